//! What became of each message.

use std::collections::{HashMap, HashSet};

use crate::vocabulary::{Flow, SpanId, TraceId};

use super::failure::Failure;

/// Which flow: its trace and its local root.
type Identity = (TraceId, SpanId);

/// Which message: of which flow, and its place among those of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    flow: Identity,
    nth: usize,
}

impl Ticket {
    /// Its place among the messages of its flow, from 0 on.
    pub(super) const fn nth(self) -> usize {
        self.nth
    }
}

/// What is known of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// It was not handed to librdkafka, or that has given it back.
    Here,
    /// librdkafka has it, and has not said yet what became of it.
    UnderWay,
    /// The brokers have it.
    Delivered,
    /// The brokers will not have it.
    Refused(Failure),
}

/// A message, as far as it matters here.
#[derive(Debug)]
struct Entry {
    /// How many spans of its flow it stands for.
    spans: usize,
    state: State,
}

impl Entry {
    fn is(&self, state: &State) -> bool {
        self.state == *state
    }

    /// Why it was refused.
    const fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Refused(failure) => Some(failure),
            _ => None,
        }
    }
}

/// What became of the messages of flows that are not done with.
///
/// Holds the flows of one export, and those that librdkafka still has of earlier ones: no more than its queue has room for.
#[derive(Debug, Default)]
pub(super) struct Ledger(HashMap<Identity, Vec<Entry>>);

impl Ledger {
    /// Forgets flows of which nothing is under way and that are not among these.
    ///
    /// What is under way is remembered even if its flow does not come: it may be waiting elsewhere, and come then.
    pub(super) fn begin(&mut self, flows: &[Flow]) {
        let coming: HashSet<_> = flows.iter().map(identity).collect();
        self.0.retain(|flow, entries| coming.contains(flow) || any(entries, &State::UnderWay));
    }

    /// Whether something of this flow is to be handed to librdkafka.
    pub(super) fn wants(&self, flow: &Flow) -> bool {
        self.0.get(&identity(flow)).is_none_or(|entries| any(entries, &State::Here))
    }

    /// The messages of this flow that are to be handed over, of those that it has, which stand for so many spans each.
    pub(super) fn open(&mut self, flow: &Flow, spans: impl IntoIterator<Item = usize>) -> Vec<Ticket> {
        let flow = identity(flow);
        let entries = self.0.entry(flow).or_default();
        // The same flow has the same messages, whenever it comes.
        let new = spans.into_iter().skip(entries.len());
        entries.extend(new.map(|spans| Entry { spans, state: State::Here }));
        let here = entries.iter().enumerate().filter(|(_, entry)| entry.is(&State::Here));
        here.map(|(nth, _)| Ticket { flow, nth }).collect()
    }

    /// librdkafka has taken it.
    pub(super) fn handed_over(&mut self, ticket: Ticket) {
        self.set(ticket, State::UnderWay);
    }

    /// The brokers have taken it.
    pub(super) fn delivered(&mut self, ticket: Ticket) {
        self.set(ticket, State::Delivered);
    }

    /// It was not delivered: it is to be sent again, or was refused for good.
    pub(super) fn failed(&mut self, ticket: Ticket, failure: Failure) {
        self.set(ticket, if failure.may_pass() { State::Here } else { State::Refused(failure) });
    }

    fn set(&mut self, ticket: Ticket, state: State) {
        if let Some(entry) = self.0.get_mut(&ticket.flow).and_then(|entries| entries.get_mut(ticket.nth)) {
            entry.state = state;
        }
    }

    /// Whether librdkafka has something of these flows.
    pub(super) fn is_under_way(&self, flows: &[Flow]) -> bool {
        flows.iter().any(|flow| any(self.entries(flow), &State::UnderWay))
    }

    /// How many of these flows are neither delivered nor refused as a whole.
    pub(super) fn undecided(&self, flows: &[Flow]) -> usize {
        let is_undecided = |flow: &&Flow| match self.0.get(&identity(flow)) {
            Some(entries) => any(entries, &State::Here) || any(entries, &State::UnderWay),
            None => true,
        };
        flows.iter().filter(is_undecided).count()
    }

    /// The positions of those of these flows that were delivered as a whole.
    pub(super) fn arrived(&self, flows: &[Flow]) -> Vec<usize> {
        let has_arrived = |flow: &Flow| {
            let entries = self.entries(flow);
            !entries.is_empty() && entries.iter().all(|entry| entry.is(&State::Delivered))
        };
        (0..flows.len()).filter(|nth| has_arrived(&flows[*nth])).collect()
    }

    /// The positions of those of these flows of which something was refused, and why the first of them was.
    pub(super) fn refused(&self, flows: &[Flow]) -> Option<(Vec<usize>, Failure)> {
        let failure = |nth: &usize| self.entries(&flows[*nth]).iter().find_map(Entry::failure);
        let refused: Vec<_> = (0..flows.len()).filter(|nth| failure(nth).is_some()).collect();
        let first = refused.first().and_then(failure)?.clone();
        Some((refused, first))
    }

    /// How many spans of this flow the messages stand for that were refused.
    pub(super) fn refused_spans(&self, flow: &Flow) -> usize {
        let refused = self.entries(flow).iter().filter(|entry| entry.failure().is_some());
        refused.map(|entry| entry.spans).sum()
    }

    /// Whether something of this flow was delivered.
    pub(super) fn has_arrived_in_part(&self, flow: &Flow) -> bool {
        any(self.entries(flow), &State::Delivered)
    }

    /// Forgets these flows: they are done with.
    pub(super) fn close(&mut self, flows: &[Flow]) {
        flows.iter().for_each(|flow| drop(self.0.remove(&identity(flow))));
    }

    fn entries(&self, flow: &Flow) -> &[Entry] {
        self.0.get(&identity(flow)).map_or(&[], Vec::as_slice)
    }
}

fn any(entries: &[Entry], state: &State) -> bool {
    entries.iter().any(|entry| entry.is(state))
}

fn identity(flow: &Flow) -> Identity {
    (flow.trace_id, flow.root().map_or(SpanId::NONE, |root| root.span_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    fn flows(traces: impl IntoIterator<Item = u128>) -> Vec<Flow> {
        let of = |trace| Flow { trace_id: TraceId::from_u128(trace), ..flow([span("f", None)]) };
        traces.into_iter().map(of).collect()
    }

    fn hand_over(ledger: &mut Ledger, flow: &Flow, messages: usize) -> Vec<Ticket> {
        let tickets = ledger.open(flow, std::iter::repeat_n(1, messages));
        tickets.iter().for_each(|ticket| ledger.handed_over(*ticket));
        tickets
    }

    #[test]
    fn what_is_under_way_or_delivered_is_not_wanted_again() {
        let mut ledger = Ledger::default();
        let [flow] = &flows([1])[..] else { unreachable!() };
        let [first, second] = hand_over(&mut ledger, flow, 2)[..] else { panic!("two messages") };
        assert!(!ledger.wants(flow) && ledger.is_under_way(std::slice::from_ref(flow)));
        ledger.delivered(first);
        ledger.failed(second, Failure::TimedOut);
        assert_eq!(ledger.undecided(std::slice::from_ref(flow)), 1);
        assert!(ledger.wants(flow));
        assert_eq!(hand_over(&mut ledger, flow, 2), [second]);
        ledger.delivered(second);
        assert_eq!(ledger.undecided(std::slice::from_ref(flow)), 0);
    }

    #[test]
    fn what_is_under_way_outlives_exports_of_other_flows_and_what_is_decided_does_not() {
        let mut ledger = Ledger::default();
        let flows = flows(1..=3);
        let [first] = hand_over(&mut ledger, &flows[0], 1)[..] else { panic!("one message") };
        let [second] = hand_over(&mut ledger, &flows[1], 1)[..] else { panic!("one message") };
        ledger.delivered(second);
        ledger.begin(&flows[2..]);
        assert_eq!((ledger.wants(&flows[0]), ledger.wants(&flows[1])), (false, true));
        ledger.delivered(first);
        ledger.begin(&flows[..1]);
        assert!(!ledger.wants(&flows[0]));
        ledger.begin(&[]);
        assert!(ledger.0.is_empty());
    }

    #[test]
    fn what_is_refused_of_a_flow_in_pieces_is_counted_by_its_spans() {
        let mut ledger = Ledger::default();
        let [flow] = &flows([1])[..] else { unreachable!() };
        let [first, second, third] = ledger.open(flow, [10, 20, 30])[..] else { panic!("three messages") };
        ledger.failed(first, Failure::TooLarge);
        ledger.delivered(second);
        assert_eq!(ledger.open(flow, [10, 20, 30]), [third]);
        ledger.failed(third, Failure::TooLarge);
        assert_eq!((ledger.refused_spans(flow), ledger.has_arrived_in_part(flow)), (40, true));
    }

    #[test]
    fn flows_that_are_refused_are_named_with_the_first_reason() {
        let mut ledger = Ledger::default();
        let flows = flows(1..=3);
        let tickets: Vec<_> = flows.iter().flat_map(|flow| hand_over(&mut ledger, flow, 1)).collect();
        ledger.failed(tickets[0], Failure::TooLarge);
        ledger.failed(tickets[1], Failure::Forbidden);
        ledger.delivered(tickets[2]);
        assert_eq!(ledger.refused(&flows), Some((vec![0, 1], Failure::TooLarge)));
        assert_eq!(ledger.arrived(&flows), [2]);
        assert_eq!(ledger.undecided(&flows), 0);
        ledger.close(&flows);
        assert_eq!(ledger.refused(&flows), None);
    }
}

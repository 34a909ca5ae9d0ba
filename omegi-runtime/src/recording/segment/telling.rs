//! An open flow that is exported as it stands, because it holds errors.
//!
//! Ended spans are told once, and leave the segment. Open spans are told too, and again when they
//! end. The ids stay the same.

use std::mem;

use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::decision::DecisionReason;

use crate::recording::budget::{self, BUDGET};
use crate::recording::data::error_paths::ErrorRecord;
use crate::recording::data::parting::{Parting, Pieces};
use crate::recording::data::record::SpanRef;
use crate::recording::data::recorded::{Attached, RecordedFlow};
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::policy::{FlowEnding, Policy};
use crate::recording::segment::Segment;

/// Telling.
impl Segment {
    /// Returns the reason for which its rest is kept: it was told before, or a child of a span is
    /// kept.
    pub(crate) fn kept_already(&self) -> Option<DecisionReason> {
        self.told_for.into_iter().chain(self.kept_for_children()).min()
    }

    /// Returns whether an error left an open span that has been open for long, or nothing is known
    /// of an error: it would not come out with a finished child.
    pub(crate) fn has_error_of_long_span(&self) -> bool {
        let origins = self.errors.records().iter().filter_map(|error| error.path.first());
        self.failed && (self.errors.any_unknown() || origins.into_iter().any(|step| self.is_long(step.span)))
    }

    /// Returns the flow as it stands, if an error counts in it or, at the `last` chance, a child of
    /// it is kept; `None` if it is dropped or there is no room for it.
    pub(crate) fn tell(&mut self, policy: &Policy, last: bool) -> Option<RecordedFlow> {
        let errors = self.judge_so_far(policy, last);
        let has_counted_error = !errors.counted.as_slice().is_empty();
        let for_children = self.kept_for_children().filter(|_| last && self.told_for.is_none());
        if !has_counted_error && for_children.is_none() {
            return None;
        }
        let kept_flow = self.part.as_ref().and_then(FlowPart::kept_for);
        let decision = policy.processor.decide(&FlowEnding {
            root: self.root_site(),
            sampled: self.sampled,
            keep_requested: self.keep_requested,
            upstreams: &self.upstreams,
            has_counted_error,
            errors: &errors,
            kept_already: for_children.into_iter().chain(kept_flow).min(),
        });
        // The ends of open spans count as read.
        self.time_from_now_on();
        let count = self.records.len() + self.late_len();
        let members: Box<[SpanRef]> = (0..count).filter(|span| self.is_recorded(*span)).collect();
        let (open, ended): (Vec<SpanRef>, Vec<SpanRef>) =
            members.iter().partition(|span| self.record(**span).is_some_and(|record| record.end == 0));
        COUNTERS.ended(ended.len() as u64, decision.reason);
        let (bytes, is_kept) = (self.hand_over_bytes() + size_of_val(&*members), decision.reason.is_kept());
        let fits = is_kept && policy.reserve(bytes, true);
        self.note_told(is_kept.then_some(decision.reason));
        let mut parting = Parting::new(count as usize);
        let part = parting.add_part();
        members.iter().for_each(|span| parting.put(*span, part));
        open.iter().for_each(|span| parting.copy(*span));
        let mut flow = self.told(&members, part, &parting, if fits { bytes } else { 0 });
        self.vacate(ended.into_iter());
        if !fits {
            // Its errors are judged: the next look does not find them again.
            BUDGET.release(flow.reserved);
            if is_kept {
                budget::lost(flow.span_count());
            }
            return None;
        }
        decision.write_into(&mut flow);
        flow.was_told = self.told_for.replace(decision.reason).is_some();
        COUNTERS.told_while_open();
        Some(flow)
    }

    fn note_told(&mut self, kept: Option<DecisionReason>) {
        self.opener.iter().zip(kept).for_each(|(opener, reason)| opener.keep(reason));
        // The ids of open spans are known from now on.
        self.ids_given = true;
        self.long.get_or_insert_default();
        self.choose_way();
    }

    fn told(&mut self, members: &[SpanRef], part: usize, parting: &Parting, bytes: usize) -> RecordedFlow {
        let mut own = mem::take(&mut self.errors);
        let passed =
            |error: &ErrorRecord| error.passed_on(|span| self.site_of(span), |span| self.ids_of(span));
        let mut errors: Vec<ErrorRecord> =
            own.split_off(|span| parting.part(span), passed).into_iter().map(|(_, error)| error).collect();
        let dropped_errors = own.take_unseen();
        self.errors = own;
        self.excused = 0;
        let steps = errors.iter_mut().flat_map(|error| &mut error.path);
        steps.for_each(|step| step.span = parting.place_in(part, step.span));
        let error_bytes: usize = errors.iter().map(|error| error.bytes).sum();
        self.reserved = self.reserved.saturating_sub(error_bytes);
        let mut parts = [Some(Pieces::default())];
        self.part(parting, &mut parts);
        let pieces = parts.into_iter().flatten().next().unwrap_or_default();
        let (records, seed) = (self.parted_records(members, part, parting), self.identity.seed);
        let is_member = |at: Attached| at.seed == seed && parting.part(at.span).is_some();
        let branches = self.part.as_ref().map_or_else(Vec::new, |own| own.take_attached(is_member));
        let of_branches: usize = branches.iter().map(|branch| branch.reserved).sum();
        RecordedFlow {
            trace_id: self.identity.trace_id,
            parent_span_id: self.parent_span_id,
            seed,
            timed_from: self.timed_from,
            records,
            numbers: Some(members.into()),
            attributes: pieces.attributes,
            updates: pieces.updates,
            waits: pieces.waits.into_boxed_slice(),
            errors,
            summaries: pieces.summaries,
            dropped_spans: 0,
            dropped_errors,
            must_keep: true,
            kept_by: "",
            suppressed: 0,
            attached: None,
            open_at: Some(self.latest),
            was_told: false,
            branches,
            reserved: bytes + pieces.reserved + error_bytes + of_branches,
        }
    }
}

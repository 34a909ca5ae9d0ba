//! Spans that stay open for long: each finished child is cut out of the segment, as a flow of its
//! own.
//!
//! A span is long once it has been open for `OMEGI_FLOW_OPEN`. Its children that begin later have a
//! segment of their own ([`child`](Segment::child)). Those that began earlier are in the segment of
//! the long span. Each is cut out with all that it called, when all of that has ended. The numbers
//! of its records are not used again, because the ids of its spans follow from them.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crate::vocabulary::counters::COUNTERS;
use crate::vocabulary::decision::DecisionReason;
use crate::vocabulary::{CallSite, Link, SpanId, TraceId, clock};

use crate::recording::budget::{self, ALLOCATIONS, BUDGET};
use crate::recording::data::error_paths::ErrorRecord;
use crate::recording::data::parting::{Parting, Pieces};
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRecord, SpanRef};
use crate::recording::data::recorded::{Attached, RecordedFlow};
use crate::recording::data::updates::SpanUpdate;
use crate::recording::flow::opener::Opener;
use crate::recording::flow::origin::{Origin, Trace};
use crate::recording::flow::shared_flow::FlowPart;
use crate::recording::ids;
use crate::recording::muting::quietly;
use crate::recording::policy::{Decision, FlowEnding, Policy};
use crate::recording::segment::long_spans::LongSpan;
use crate::recording::segment::open_functions;
use crate::recording::segment::{Identity, Segment};

/// The most updates of a segment with a long span. A span shows at most 128 of each kind by
/// default.
const MOST_UPDATES: usize = 1024;

/// A finished child of a long span, with all that it called.
#[derive(Debug)]
struct Subtree {
    members: Vec<SpanRef>,
    parent: SpanRef,
    /// Its trace, if that is a new one.
    trace: Option<TraceId>,
    errors: Vec<ErrorRecord>,
    /// Its spans that failed without an error.
    undescribed: Vec<SpanRef>,
}

/// Long spans.
impl Segment {
    /// Returns whether its calls are to look for long spans.
    pub(crate) fn is_watched(&self) -> bool {
        self.failed || self.long.is_some() || self.is_full()
    }

    /// Drops the oldest updates of a long span that has very many of them: it may get more for
    /// ever.
    pub(super) fn shed_updates(&mut self, span: SpanRef) {
        if self.long.is_some() && self.updates.len() >= MOST_UPDATES && self.is_long(span) {
            let bytes = self.updates.shed(span, MOST_UPDATES / 2);
            self.reserved = self.reserved.saturating_sub(bytes);
        }
    }

    /// Returns whether there is no room for one more record.
    fn is_full(&self) -> bool {
        self.records.len() as usize == self.records.capacity()
    }

    /// Returns whether something is to be cut out: `ended` was called by a long span, or a span has
    /// become long, after `open`.
    pub(crate) fn is_due(&mut self, ended: Option<SpanRef>, open: Duration) -> bool {
        let parent = ended.map(|span| self.parent(span));
        if parent.is_some_and(|parent| self.is_long(parent)) {
            return true;
        }
        let now = clock::ticks();
        if self.next_look == 0 {
            let root = self.records.as_slice().first();
            let begin = root.map_or(u64::MAX, |root| root.start);
            self.next_look = begin.saturating_add(clock::ticks_in(open));
        }
        now >= self.next_look
    }

    /// Returns the origin of a child of the active span, or of the foreign span that is newer, if
    /// that is long: a flow of its own, linked to it.
    pub(crate) fn child(&mut self) -> Option<Origin> {
        self.long.as_ref()?;
        let parent = self.active_foreign().unwrap_or(self.cursor);
        self.child_of(parent)
    }

    /// Returns the origin of a child of `parent`, if that is long.
    pub(crate) fn child_of(&mut self, parent: SpanRef) -> Option<Origin> {
        if !self.is_long(parent) {
            return None;
        }
        let opener = quietly(|| self.opener_of(parent))?;
        opener.begin_child();
        self.long.iter_mut().for_each(|long| long.children += 1);
        let link = Some(Link::to(opener.trace_id, opener.span_id));
        Some(Origin {
            trace: Trace::New,
            link,
            opener: Some(opener),
            remote: self.remote.clone(),
            ..Origin::default()
        })
    }

    /// Takes the errors that left children of `span`, so that it may pass them on.
    pub(super) fn receive_errors(&mut self, span: SpanRef) {
        let opener = self.long.as_ref().and_then(|long| long.find(span)).and_then(|it| it.opener.clone());
        let begun = self.begun();
        for child in opener.iter().flat_map(|opener| opener.take_errors()) {
            let opened = if child.is_latest { begun } else { u64::MAX };
            quietly(|| self.errors.arrive(child.error, span, opened));
        }
    }

    /// Tells the span that opened this flow as its child about the errors that left the root.
    pub(crate) fn pass_errors_on(&mut self) {
        let Some(opener) = self.opener.clone() else { return };
        for error in self.errors.records().iter().filter(|error| error.has_left(ROOT)) {
            opener.pass_on(error.passed_on(|span| self.site_of(span), |span| self.ids_of(span)));
        }
    }

    /// Returns the open span whose child this flow is.
    pub(crate) fn opener(&self) -> Option<&Opener> {
        self.opener.as_deref()
    }

    /// Notes that others know ids of its spans.
    #[cfg(any(feature = "otel", feature = "tracing"))]
    pub(crate) fn note_ids_given(&mut self) {
        self.ids_given = true;
    }

    /// Sets the segment that its thread works on again after this one.
    pub(crate) fn set_outer(&mut self, outer: &'static mut Self) {
        self.outer = Some(outer);
    }

    /// Takes the segment that its thread works on again after this one, as it rests.
    pub(crate) fn take_outer(&mut self) -> Option<&'static mut Self> {
        self.outer.take()
    }

    /// Returns the number of spans that have begun, but are in flows of their own.
    pub(super) fn begun_elsewhere(&self) -> u64 {
        self.long.as_ref().map_or(0, |long| long.children + long.cut)
    }

    /// Returns how many spans were cut out, and the records of how many are gone.
    pub(super) fn cut_spans(&self) -> (u64, u64) {
        self.long.as_ref().map_or((0, 0), |long| (long.cut, long.gone))
    }

    /// Returns the most important reason for which a child of a span of this segment is kept.
    pub(super) fn kept_for_children(&self) -> Option<DecisionReason> {
        let openers = self.long.iter().flat_map(|long| &long.spans).filter_map(|it| it.opener.as_ref());
        openers.filter_map(|opener| opener.kept()).min()
    }

    /// Returns the most important reason for which a child of `span` is kept.
    fn kept_for_children_of(&self, span: SpanRef) -> Option<DecisionReason> {
        self.long.as_ref()?.find(span)?.opener.as_ref()?.kept()
    }

    pub(super) fn is_long(&self, span: SpanRef) -> bool {
        self.long.as_ref().is_some_and(|long| long.find(span).is_some())
    }

    fn opener_of(&mut self, span: SpanRef) -> Option<Arc<Opener>> {
        let (trace_id, span_id) = self.ids_of(span);
        // Nothing is to be said of a loop that serves: its turns are flows anyway.
        let serves = span == self.serving || (span == ROOT && self.is_turn());
        let site = self.site_of(span).filter(|_| !serves);
        let long = self.long.as_mut()?.spans.iter_mut().find(|long| long.span == span)?;
        if long.opener.is_none() {
            site.into_iter().for_each(open_functions::note);
        }
        let opener = long.opener.get_or_insert_with(|| Arc::new(Opener::new(trace_id, span_id)));
        Some(Arc::clone(opener))
    }

    pub(super) fn ids_of(&self, span: SpanRef) -> (TraceId, SpanId) {
        (self.identity.trace_id, ids::span_id(self.identity.seed, span))
    }

    /// Returns whether a record is in use.
    pub(super) fn is_recorded(&self, span: SpanRef) -> bool {
        self.record(span).is_some_and(|record| !record.is_vacant())
    }

    pub(super) fn site_of(&self, span: SpanRef) -> Option<&'static CallSite> {
        self.record(span).map(|record| record.site)
    }

    /// Returns a record or a late record.
    pub(super) fn record(&self, span: SpanRef) -> Option<&SpanRecord> {
        let records = self.records.as_slice();
        let late = (span as usize).checked_sub(records.len());
        match late {
            Some(late) => self.overflow.as_ref()?.late_records().get(late),
            None => records.get(span as usize),
        }
    }
}

/// Cutting out.
impl Segment {
    /// Cuts out the finished children of all long spans, and decides about them. Returns those that
    /// are kept. `draw` draws a trace id.
    pub(crate) fn cut(&mut self, policy: &Policy, draw: &mut dyn FnMut() -> TraceId) -> Vec<RecordedFlow> {
        let needed = clock::ticks_in(policy.settings.flow_open);
        let (mut subtrees, parting) = self.find_subtrees(needed);
        for subtree in &mut subtrees {
            subtree.trace = self.takes_new_trace(subtree, needed).then(&mut *draw);
        }
        self.split_errors(&mut subtrees, &parting);
        let decisions: Vec<_> = subtrees.iter().map(|subtree| self.decide_subtree(subtree, policy)).collect();
        let mut pieces: Vec<_> = decisions.iter().map(|kept| kept.map(|_| Pieces::default())).collect();
        self.part(&parting, &mut pieces);
        let kept = subtrees.iter_mut().zip(decisions).zip(pieces).enumerate();
        let flows = kept.filter_map(|(nth, ((subtree, decision), pieces))| {
            let error_bytes: usize = subtree.errors.iter().map(|error| error.bytes).sum();
            self.reserved = self.reserved.saturating_sub(error_bytes);
            let Some((decision, pieces)) = decision.zip(pieces) else {
                BUDGET.release(error_bytes);
                return None;
            };
            let mut flow = self.cut_flow(subtree, nth, &parting, pieces);
            flow.reserved += error_bytes;
            decision.write_into(&mut flow);
            Some(flow)
        });
        let flows = flows.collect();
        self.vacate(subtrees.iter().flat_map(|subtree| &subtree.members).copied());
        flows
    }

    /// Finds the spans that have been open for `needed` ticks, and their finished children. Notes
    /// when the next span will be long.
    fn find_subtrees(&mut self, needed: u64) -> (Vec<Subtree>, Parting) {
        let bound = clock::ticks().saturating_sub(needed);
        let count = self.records.len() + self.late_len();
        let (mut parting, mut long) = (Parting::new(count as usize), Vec::new());
        let (mut subtrees, mut waits): (Vec<Subtree>, Vec<bool>) = (Vec::new(), Vec::new());
        self.next_look = u64::MAX;
        for span in 0..count {
            let Some(record) = self.record(span).filter(|record| !record.is_vacant()).copied() else {
                continue;
            };
            let is_open = record.end == 0;
            // The start of a sparse span is a lower bound, except that of the root.
            if is_open && record.start <= bound && (span == ROOT || !record.meta.is_sparse()) {
                long.push(span);
                continue;
            }
            if is_open {
                self.next_look = self.next_look.min(record.start.saturating_add(needed));
            }
            let parent = record.parent;
            let begins = long.contains(&parent) || self.record(parent).is_some_and(SpanRecord::is_vacant);
            if begins {
                let (errors, undescribed) = (Vec::new(), Vec::new());
                subtrees.push(Subtree { members: Vec::new(), parent, trace: None, errors, undescribed });
                waits.push(false);
            }
            let of = if begins { Some(parting.add_part()) } else { parting.part(parent) };
            if let Some(of) = of {
                parting.put(span, of);
                subtrees[of].members.push(span);
                waits[of] |= is_open;
            }
        }
        for host in self.overflow.iter().flat_map(|overflow| overflow.open_hosts()) {
            parting.part(host).into_iter().for_each(|of| waits[of] = true);
        }
        for (subtree, _) in subtrees.iter_mut().zip(waits).filter(|(_, waits)| *waits) {
            subtree.members.drain(..).for_each(|span| parting.leave(span));
        }
        self.note_long(&long);
        (subtrees, parting)
    }

    /// Notes which spans are long now.
    fn note_long(&mut self, spans: &[SpanRef]) {
        if spans.is_empty() && self.long.is_none() {
            return;
        }
        let known = self.long.get_or_insert_default();
        for span in spans.iter().filter(|span| known.find(**span).is_none()).copied().collect::<Vec<_>>() {
            known.spans.push(LongSpan { span, opener: None });
        }
        self.choose_way();
    }

    /// Returns whether a subtree ended after its caller became long, and no other part of the
    /// program knows the ids of its spans.
    fn takes_new_trace(&self, subtree: &Subtree, needed: u64) -> bool {
        let Some(root) = subtree.members.first() else { return false };
        let became_long = self.record(subtree.parent).map_or(u64::MAX, |it| it.start.saturating_add(needed));
        let ended = self.record(*root).map_or(0, |root| root.end);
        !self.ids_given && ended > became_long && !self.is_long(*root)
    }

    fn split_errors(&mut self, subtrees: &mut [Subtree], parting: &Parting) {
        let mut errors = mem::take(&mut self.errors);
        for span in errors.undescribed() {
            parting.part(span).into_iter().for_each(|of| subtrees[of].undescribed.push(span));
        }
        let passed = |error: &ErrorRecord| {
            let of = error.path.first().and_then(|step| parting.part(step.span));
            let trace = of.and_then(|of| subtrees[of].trace).unwrap_or(self.identity.trace_id);
            error.passed_on(|span| self.site_of(span), |span| (trace, self.ids_of(span).1))
        };
        let taken = errors.split_off(|span| parting.part(span), passed);
        taken.into_iter().for_each(|(of, error)| subtrees[of].errors.push(error));
        self.errors = errors;
        self.excused = 0;
    }

    /// Decides about a subtree. Returns the decision if it is kept and there is room for it.
    fn decide_subtree(&mut self, subtree: &Subtree, policy: &Policy) -> Option<Decision> {
        let root = *subtree.members.first()?;
        let errors = self.judge_child(&subtree.errors, &subtree.undescribed, &subtree.members, policy);
        let kept_flow = self.part.as_ref().and_then(FlowPart::kept_for);
        let decision = policy.processor.decide(&FlowEnding {
            root: self.site_of(root),
            sampled: subtree.trace.map_or(self.sampled, |trace| policy.processor.samples(trace, None)),
            keep_requested: self.keep_requested,
            upstreams: &self.upstreams,
            has_counted_error: !errors.counted.as_slice().is_empty(),
            errors: &errors,
            kept_already: self
                .kept_for_children_of(root)
                .into_iter()
                .chain(kept_flow)
                .chain(self.told_for)
                .min(),
        });
        let spans = subtree.members.len() as u64;
        COUNTERS.ended(spans, decision.reason);
        COUNTERS.child_of_open_span();
        if !decision.reason.is_kept() {
            return None;
        }
        self.opener_of(subtree.parent).into_iter().for_each(|opener| opener.keep(decision.reason));
        let fits = policy.reserve(cut_bytes(subtree), decision.reason != DecisionReason::Sampled);
        if !fits {
            budget::lost(spans);
        }
        fits.then_some(decision)
    }

    /// Moves the data of records that leave to their parts.
    pub(super) fn part(&mut self, parting: &Parting, parts: &mut [Option<Pieces>]) {
        let freed = parting.part_attributes(&mut self.attributes, parts)
            + parting.part_updates(&mut self.updates, parts);
        self.reserved = self.reserved.saturating_sub(freed);
        parting.part_waits(&mut self.waits, parts);
        self.overflow.iter_mut().for_each(|overflow| parting.part_summaries(overflow, parts));
    }

    /// Returns the records of a part, with their parents' places.
    pub(super) fn parted_records(
        &self,
        members: &[SpanRef],
        part: usize,
        parting: &Parting,
    ) -> Box<[SpanRecord]> {
        let numbered = members.iter().filter_map(|span| self.record(*span)).enumerate();
        let records = numbered.map(|(place, record)| {
            let parent = if place == 0 { NO_SPAN } else { parting.place_in(part, record.parent) };
            SpanRecord { parent, ..*record }
        });
        records.collect()
    }

    fn cut_flow(
        &mut self,
        subtree: &mut Subtree,
        part: usize,
        parting: &Parting,
        mut pieces: Pieces,
    ) -> RecordedFlow {
        let Identity { trace_id, seed } = self.identity;
        let parent = ids::span_id(seed, subtree.parent);
        let mut errors = mem::take(&mut subtree.errors);
        let steps = errors.iter_mut().flat_map(|error| &mut error.path);
        steps.for_each(|step| step.span = parting.place_in(part, step.span));
        let link = SpanUpdate::Link(Link::to(trace_id, parent));
        let link_bytes = pieces.updates.add(ROOT, link, usize::MAX).unwrap_or(0);
        let is_member = |at: Attached| at.seed == seed && parting.part(at.span) == Some(part);
        let branches = self.part.as_ref().map_or_else(Vec::new, |own| own.take_attached(is_member));
        let of_branches: usize = branches.iter().map(|branch| branch.reserved).sum();
        RecordedFlow {
            trace_id: subtree.trace.unwrap_or(trace_id),
            parent_span_id: if subtree.trace.is_some() { SpanId::NONE } else { parent },
            seed,
            timed_from: self.timed_from,
            records: self.parted_records(&subtree.members, part, parting),
            numbers: Some(subtree.members.as_slice().into()),
            attributes: pieces.attributes,
            updates: pieces.updates,
            waits: pieces.waits.into_boxed_slice(),
            errors,
            summaries: pieces.summaries,
            dropped_spans: 0,
            dropped_errors: 0,
            must_keep: false,
            kept_by: "",
            suppressed: 0,
            attached: None,
            open_at: None,
            was_told: self.told_for.is_some(),
            branches,
            reserved: cut_bytes(subtree) + pieces.reserved + link_bytes + of_branches,
        }
    }

    /// Forgets records whose spans are told elsewhere. Frees those at the end, if no call will
    /// begin a record here any more.
    pub(super) fn vacate(&mut self, spans: impl Iterator<Item = SpanRef>) {
        let mut cut = 0;
        for span in spans {
            cut += 1;
            let late = span.checked_sub(self.records.len());
            match late {
                Some(late) => {
                    if let Some(overflow) = &mut self.overflow {
                        overflow.late()[late as usize] = SpanRecord::vacant();
                    }
                }
                None => self.records.as_mut_slice()[span as usize] = SpanRecord::vacant(),
            }
        }
        let records = &self.records;
        let in_use = records.as_slice().iter().rposition(|record| !record.is_vacant()).map_or(0, |it| it + 1);
        let mut gone = 0;
        if self.next_look == u64::MAX && self.overflow.is_none() && in_use < self.records.capacity() {
            let (len, bytes) = (self.records.len(), self.records.capacity_bytes());
            self.records.truncate(SpanRef::try_from(in_use).unwrap_or(len));
            gone = u64::from(len - self.records.len());
            let freed = bytes - self.records.capacity_bytes();
            BUDGET.release(freed);
            self.reserved = self.reserved.saturating_sub(freed);
        }
        if let Some(mut long) = self.long.take() {
            long.cut += cut;
            long.gone += gone;
            long.spans.retain(|it| self.is_recorded(it.span));
            self.long = Some(long);
        }
        self.failed = self.failed && self.errors.any_failure();
    }
}

/// Returns the memory of a subtree's records and of the flow around them, in bytes.
fn cut_bytes(subtree: &Subtree) -> usize {
    let records = subtree.members.len() * (size_of::<SpanRecord>() + size_of::<SpanRef>());
    records + 2 * size_of::<RecordedFlow>() + ALLOCATIONS
}

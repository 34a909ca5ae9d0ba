//! A span that is no call: whoever holds it may enter it, on any thread, any number of times, and leave it in any order.
//!
//! Its record is opened when it is made. While it is at work on no thread, its segment is wherever the flow is: with the call or
//! the task that the flow began with, or, if it began with such a span, at its [home](super::home). A span that is
//! entered where its segment is not at hand, because that is at work on another thread, goes on in a segment of its own: a
//! *continuation*, whose spans are joined to the flow as if they were in it.

use std::sync::Arc;
use std::thread;

use crate::vocabulary::{CallSite, Outcome, SpanId, TraceId};

use super::attributes::Taken;
use super::current;
use super::home::Home;
use super::ids;
use super::notes::What;
use super::origin::{Origin, Trace};
use super::panics;
use super::record::{COUNTED, SpanRef};
use super::recorded::Attached;
use super::root;
use super::segment::{Identity, Segment};
use super::shield::shielded;
use super::span::ROOT;
use super::visits;

/// The open span: closed when it is dropped, and nobody can enter it any more.
#[derive(Debug)]
#[must_use = "the span is closed when this is dropped"]
pub(crate) struct SharedSpan {
    site: &'static CallSite,
    trace_id: TraceId,
    part: Part,
    /// The record that it stands on, if it has none itself.
    host: SpanRef,
    /// Whether it is the root of its segment.
    owner: bool,
    /// Where it goes on elsewhere.
    continuations: Vec<Part>,
    failed: bool,
    unwinding: bool,
}

/// A record in a segment.
#[derive(Clone, Debug)]
struct Part {
    seed: u64,
    span: SpanRef,
    home: Arc<Home>,
}

impl SharedSpan {
    /// A span below the one that is at work on this thread; the root of a flow, if there is none.
    pub(crate) fn open(site: &'static CallSite) -> Option<Self> {
        visits::tidy();
        let below = current::with(|segment| {
            let cursor = segment.cursor();
            Self::below_of(site, segment, cursor)
        });
        below.or_else(|| Self::root(site))
    }

    /// The root of a flow of its own.
    pub(crate) fn root(site: &'static CallSite) -> Option<Self> {
        let (segment, home) = Self::begin(site, Origin::default())?;
        let identity = segment.identity();
        let part = Part { seed: identity.seed, span: ROOT, home: Arc::clone(&home) };
        home.bring(segment);
        let mut span = Self::new(site, identity.trace_id, part, ROOT);
        span.owner = true;
        Some(span)
    }

    /// A span below this one.
    pub(crate) fn below(&mut self, site: &'static CallSite) -> Option<Self> {
        self.with(|segment, parent| Self::below_of(site, segment, parent))
    }

    fn new(site: &'static CallSite, trace_id: TraceId, part: Part, host: SpanRef) -> Self {
        let unwinding = thread::panicking();
        Self { site, trace_id, part, host, owner: false, continuations: Vec::new(), failed: false, unwinding }
    }

    fn below_of(site: &'static CallSite, segment: &mut Segment, parent: SpanRef) -> Self {
        let span = segment.open_below(parent, site);
        let host = segment.host_of(if span == COUNTED { parent } else { span });
        let Identity { trace_id, seed } = segment.identity();
        Self::new(site, trace_id, Part { seed, span, home: segment.home() }, host)
    }

    fn begin(site: &'static CallSite, origin: Origin) -> Option<(&'static mut Segment, Arc<Home>)> {
        let (segment, root) = root::begin(site, origin)?;
        segment.mark_shared(root);
        let home = segment.home();
        Some((segment, home))
    }

    /// Puts the span to work on this thread, until that [leaves](visits::leave) `key`.
    pub(crate) fn enter(&mut self, key: u64) {
        visits::tidy();
        if let Some(segment) = current::take() {
            if let Some(span) = self.span_in(segment) {
                let span = if span == COUNTED { segment.cursor() } else { span };
                return visits::enter(key, segment, span, None);
            }
            current::put(segment);
        }
        let resting = self.parts().find_map(|part| Some((part.home.take()?, part.clone())));
        if let Some((segment, Part { span, home, .. })) = resting {
            segment.move_to_thread(super::pool::thread());
            visits::enter(key, segment, span, Some(home));
        } else if let Some(segment) = self.go_on() {
            let home = segment.home();
            visits::enter(key, segment, ROOT, Some(home));
        }
    }

    /// Its trace, and its id there.
    pub(crate) fn ids(&self) -> (TraceId, SpanId) {
        (self.trace_id, ids::span_id(self.part.seed, self.host))
    }

    /// Says something of the span.
    pub(crate) fn note(&mut self, what: What) {
        self.with(|segment, span| segment.note(span, what));
    }

    /// Adds an attribute.
    pub(crate) fn attribute(&mut self, key: &'static str, value: Taken<'_>) {
        self.with(|segment, span| segment.add_attribute(span, key, value));
    }

    /// The span fails, and with it the flow.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
        self.with(|segment, span| segment.fail_untold(span));
    }

    fn close(&self) {
        visits::tidy();
        let panicked = thread::panicking() && !self.unwinding;
        let outcome = match (panicked, self.failed) {
            (true, _) => Outcome::Panic,
            (_, true) => Outcome::Error,
            _ => Outcome::Returned,
        };
        self.parts().find_map(|part| part.with(|segment| part.end(segment, outcome)));
        let own = self.owner.then_some(&self.part);
        self.continuations.iter().chain(own).for_each(|part| part.home.close(outcome));
    }

    /// Works on the segment in which the span is, wherever that is; where it is out of reach, on one in which it goes on.
    fn with<R>(&mut self, work: impl FnOnce(&mut Segment, SpanRef) -> R) -> Option<R> {
        let mut work = Some(work);
        for part in self.parts() {
            let done = part.with(|segment| work.take().map(|work| work(segment, part.span)));
            if done.is_some() {
                return done.flatten();
            }
        }
        let segment = self.go_on()?;
        let result = work.take().map(|work| work(segment, ROOT));
        let home = segment.home();
        home.bring(segment);
        result
    }

    /// Begins a segment in which the span goes on.
    #[cold]
    fn go_on(&mut self) -> Option<&'static mut Segment> {
        let Part { seed, home, .. } = &self.part;
        let attached = Attached { seed: *seed, span: self.host };
        let origin = Origin {
            trace: Trace::Known(self.trace_id),
            parent_span_id: ids::span_id(*seed, self.host),
            branch: Some((home.join(), attached)),
            ..Origin::default()
        };
        let (segment, home) = Self::begin(self.site, origin)?;
        segment.mark_continuation();
        self.continuations.push(Part { seed: segment.identity().seed, span: ROOT, home });
        Some(segment)
    }

    fn span_in(&self, segment: &Segment) -> Option<SpanRef> {
        let seed = segment.identity().seed;
        self.parts().find(|part| part.seed == seed).map(|part| part.span)
    }

    /// The record that it began with, and those of its continuations.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.part).chain(&self.continuations)
    }
}

impl Drop for SharedSpan {
    fn drop(&mut self) {
        let _ = shielded(|| self.close());
    }
}

impl Part {
    /// The span ends: all but the root, with which its segment does.
    fn end(&self, segment: &mut Segment, outcome: Outcome) {
        if outcome == Outcome::Panic {
            panics::record(segment, self.span);
        }
        segment.pass_on(self.span);
        if self.span != ROOT {
            segment.end(self.span, outcome);
        }
    }

    /// Works on the segment, if that is at work on this thread or rests.
    fn with<R>(&self, work: impl FnOnce(&mut Segment) -> R) -> Option<R> {
        let Some(segment) = current::take() else { return self.home.with(work) };
        if segment.identity().seed != self.seed {
            current::put(segment);
            return self.home.with(work);
        }
        let result = work(segment);
        current::put(segment);
        Some(result)
    }
}

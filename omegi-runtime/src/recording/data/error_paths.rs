//! The path of an error: its origin, and every span that it left.
//!
//! # From values to a path
//!
//! A Rust error is a value. A function returns one, and its caller returns another one, or the same
//! one, or handles it. The value has no identity, and nothing in it says where it began. The
//! recorder sees only that one span after the other ends with an error. It makes a path of these:
//!
//! ```text
//!   flow                          path of the error
//!   next_order ✗ ImportError      3 next_order    import.rs:76   became ImportError
//!   └─ insert ✗ StoreError        2 insert        store.rs:92    became StoreError
//!      └─ insert_order ✗ Error    1 insert_order  store.rs:124   Error: FOREIGN KEY …   (origin)
//! ```
//!
//! An [`ErrorRecord`] has the text of the error where it began, and its causes. It has a [`Step`]
//! for each span that it left. A step has a new text only where the text changed: a `map_err`, a
//! `From` behind a `?`, a wrapper. The path is therefore short to store, and every text can be told
//! ([`ErrorRecord::texts`]).
//!
//! # The origin
//!
//! The origin is the span that failed while no failed call of its own explains it. It alone gets
//! the event `exception`. All later spans of the path have the status and the type of the error.
//! [`errors`](crate::recording::data::errors) finds for each failing span whether one of its calls
//! explains it: by the same text, by a text that quotes the earlier one, or because nothing else
//! was called in between.
//!
//! The last of these is a guess. `pass` notes it, because the new text may as well belong to
//! another error: the cache had no price, then the database refused. Each guessed text is a
//! [`Form`] that counts on its own. So a rule that ignores the first error does not hide the
//! second.
//!
//! # The place
//!
//! A step has the file and line of the exit: of the `?`, the `Err(…)` or the panic. Woven code
//! notes them before the error leaves ([`ExitPlace`]). Without a note the step has the line of its
//! function.
//!
//! # Calls without a span
//!
//! A function with the detail `errors` has no span. An error that leaves its call gets a step
//! inside of the span that is active then ([`Step::unrecorded`]). The error is in flight to that
//! span afterwards, as it was before: the next such call, or the span itself, may return it.
//!
//! # Paths that leave a flow
//!
//! An error passes on to another flow when it leaves a turn of a loop, or a child of a long span.
//! It takes its path along ([`EarlierPath`]). The next flow tells the whole path, and links to the
//! span where it began.

use crate::vocabulary::{CallSite, ErrorSeen, ErrorText, Location, SpanId, TraceId};

use crate::recording::budget::ALLOCATIONS;
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRef};

/// An error or a panic, and every span that it passed.
#[derive(Debug)]
pub(crate) struct ErrorRecord {
    pub(crate) text: ErrorText,
    /// The messages of its causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// The spans that it left, from the origin outwards. Empty only while an error of another flow
    /// is in flight. A span is there again where the program reported the error before it returned
    /// it.
    pub(crate) path: Vec<Step>,
    /// True if it left a turn of a loop before: the turn's flow tells where it began.
    pub(crate) began_in_turn: bool,
    /// The latest step at which its text changed.
    changed: Option<usize>,
    /// Later texts that may belong to other errors, in the order of the path.
    guessed: Vec<Guess>,
    /// The number of its texts, from the first on, that never count: a function that it left with
    /// the last of them ignores it. [`forms`](Self::forms) skips them.
    ignored: usize,
    /// Its path through another flow, from which it came.
    pub(crate) earlier: Option<Box<EarlierPath>>,
    /// The memory that its descriptions have reserved, in bytes.
    pub(crate) bytes: usize,
}

/// The path of an error through another flow.
#[derive(Clone, Debug)]
pub(crate) struct EarlierPath {
    /// Its text and its causes where it began.
    pub(crate) text: ErrorText,
    pub(crate) causes: Vec<String>,
    pub(crate) steps: Vec<EarlierStep>,
    /// The span in which it began.
    pub(crate) origin: (TraceId, SpanId),
}

/// A span of another flow that an error left.
#[derive(Clone, Debug)]
pub(crate) struct EarlierStep {
    pub(crate) site: &'static CallSite,
    pub(crate) location: Option<Location>,
    pub(crate) became: Option<ErrorText>,
}

/// An error that left the root of its flow, as the next flow takes it.
#[derive(Debug)]
pub(crate) struct PassedError {
    pub(crate) earlier: EarlierPath,
    /// Its text at the end of that path.
    pub(crate) text: ErrorText,
    /// True if it never counts.
    pub(crate) ignored: bool,
}

/// A new text of an error that does not quote the one before.
#[derive(Debug)]
struct Guess {
    /// The step of the path at which it appeared.
    step: usize,
    causes: Vec<String>,
}

/// A text of an error: the first one, or a later one that may belong to another error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    /// The span that it left first.
    pub(crate) span: SpanRef,
    /// The call without a span that it left first, inside of that span.
    pub(crate) unrecorded: Option<&'static CallSite>,
    pub(crate) text: &'a ErrorText,
    /// The text before the `?` at which it began has converted it.
    operand: Option<&'a ErrorText>,
    causes: &'a [String],
    escapes: bool,
    /// True if the error went on with the later texts by a `?` each time. Otherwise something may
    /// have handled it, and the later texts are of another error.
    pub(crate) goes_on: bool,
}

impl ErrorRecord {
    /// Returns an error that begins where it leaves its first span: as `operand`, if a `?` there
    /// has converted it.
    pub(super) fn new(operand: Option<ErrorFacts>, returned: ErrorFacts, left: Step) -> Self {
        let bytes = operand.as_ref().map_or(0, ErrorFacts::bytes) + returned.bytes();
        let ErrorFacts { text: returned, causes, ignored } = returned;
        let (text, causes, became) = match operand {
            Some(operand) if operand.text != returned => (operand.text, operand.causes, Some(returned)),
            _ => (returned, causes, None),
        };
        let (began_in_turn, changed, earlier) = (false, became.as_ref().map(|_| 0), None);
        let (path, guessed, ignored) = (vec![Step { became, ..left }], Vec::new(), usize::from(ignored));
        Self { text, causes, path, began_in_turn, changed, guessed, ignored, earlier, bytes }
    }

    /// Returns an error that came from another flow, and has left no span of this one.
    pub(super) fn continued(passed: PassedError) -> Self {
        let PassedError { earlier, text, ignored } = passed;
        let (causes, ignored) = (Vec::new(), usize::from(ignored));
        let (path, guessed) = (Vec::new(), Vec::new());
        Self {
            text,
            causes,
            path,
            began_in_turn: false,
            changed: None,
            guessed,
            ignored,
            earlier: Some(Box::new(earlier)),
            bytes: 0,
        }
    }

    /// Returns the error as the next flow takes it. `site` returns the call site of a record, and
    /// `id` the ids of its span.
    pub(crate) fn passed_on(
        &self,
        site: impl Fn(SpanRef) -> Option<&'static CallSite>,
        id: impl Fn(SpanRef) -> (TraceId, SpanId),
    ) -> PassedError {
        let own = self.path.iter().filter_map(|step| {
            let Step { span, location, became, .. } = step;
            let site = step.unrecorded.or_else(|| site(*span))?;
            Some(EarlierStep { site, location: *location, became: became.clone() })
        });
        let earlier = match &self.earlier {
            Some(earlier) => {
                let steps = earlier.steps.iter().cloned().chain(own).collect();
                EarlierPath { steps, ..EarlierPath::clone(earlier) }
            }
            None => {
                let (text, causes) = (self.text.clone(), self.causes.clone());
                EarlierPath { text, causes, steps: own.collect(), origin: id(self.origin()) }
            }
        };
        let ignored = self.forms().next().is_none();
        PassedError { earlier, text: self.latest_text().clone(), ignored }
    }

    /// Cuts the path after `steps` steps. Returns the rest of it, as a path of its own after
    /// `passed`, which is this error up to there.
    pub(super) fn split_off(&mut self, steps: usize, passed: impl FnOnce(&Self) -> PassedError) -> Self {
        let path = self.path.split_off(steps);
        let first_guess = self.guessed.partition_point(|guess| guess.step < steps);
        let guessed = self.guessed.split_off(first_guess);
        self.changed = self.path.iter().rposition(|step| step.became.is_some());
        let mut rest = Self::continued(passed(self));
        rest.changed = path.iter().rposition(|step| step.became.is_some());
        rest.guessed = guessed.into_iter().map(|guess| Guess { step: guess.step - steps, ..guess }).collect();
        rest.path = path;
        rest
    }

    /// Adds a span that it leaves.
    pub(super) fn pass(&mut self, facts: ErrorFacts, matched: Match, left: Step) {
        self.bytes += facts.bytes();
        let ErrorFacts { text, causes, ignored } = facts;
        let step = self.path.len();
        let became = (*self.latest_text() != text).then_some(text);
        if became.is_some() {
            self.changed = Some(step);
            if matched == Match::Guessed {
                self.guessed.push(Guess { step, causes });
            }
        }
        if ignored {
            self.ignored = 1 + self.guessed.len();
        }
        self.path.push(Step { became, ..left });
    }

    /// Returns its text where it was seen last.
    pub(crate) fn latest_text(&self) -> &ErrorText {
        self.changed.and_then(|step| self.path[step].became.as_ref()).unwrap_or(&self.text)
    }

    /// Returns whether `span` is the last that it left.
    pub(crate) fn has_left(&self, span: SpanRef) -> bool {
        self.path.last().is_some_and(|step| step.has_left(span))
    }

    /// Returns the text with which it left the span that it began in.
    pub(crate) fn first_left(&self) -> &ErrorText {
        self.path.first().and_then(|step| step.became.as_ref()).unwrap_or(&self.text)
    }

    /// Returns its text after this step of its path.
    pub(crate) fn text_at(&self, step: usize) -> &ErrorText {
        self.path[..=step].iter().rev().find_map(|step| step.became.as_ref()).unwrap_or(&self.text)
    }

    /// Returns the causes that it had at this step of its path, as far as they are known.
    pub(crate) fn causes_at(&self, step: usize) -> &[String] {
        let guess = self.guessed.iter().find(|guess| guess.step == step);
        if step == 0 { &self.causes } else { guess.map_or(&[], |guess| &guess.causes) }
    }

    /// Returns whether it has left the span of this step before: the program reported it first.
    pub(crate) fn leaves_again_at(&self, step: usize) -> bool {
        let Some(before) = step.checked_sub(1).map(|before| &self.path[before]) else { return false };
        before.unrecorded.is_none() && self.path[step].has_left(before.span)
    }

    /// Returns how sure it is that the error of this step is the one of the step before.
    pub(crate) fn match_at(&self, step: usize) -> Likeness {
        if self.path[step].became.is_none() || self.leaves_again_at(step) {
            Likeness::Equal
        } else if self.guessed.iter().any(|guess| guess.step == step) {
            Likeness::None
        } else {
            Likeness::Quoted
        }
    }

    /// Returns the span that it began in.
    fn origin(&self) -> SpanRef {
        self.path.first().map_or(NO_SPAN, |step| step.span)
    }

    /// Returns all its texts, from the origin outwards.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &ErrorText> {
        std::iter::once(&self.text).chain(self.path.iter().filter_map(|step| step.became.as_ref()))
    }

    /// Returns whether it is a panic.
    pub(crate) fn is_panic(&self) -> bool {
        self.texts().any(|text| text.error_type == "panic")
    }

    /// Returns its texts that may count, from the origin outwards.
    pub(crate) fn forms(&self) -> impl Iterator<Item = Form<'_>> {
        let escapes = self.has_left(ROOT);
        let goes_on = |later: &[Guess]| later.iter().all(|guess| self.path[guess.step].by_question_mark);
        let (left, causes) = (self.first_left(), &self.causes);
        let operand = (*left != self.text).then_some(&self.text);
        let first = Form {
            span: self.origin(),
            unrecorded: self.path.first().and_then(|step| step.unrecorded),
            text: left,
            operand,
            causes,
            escapes,
            goes_on: goes_on(&self.guessed),
        };
        let later = self.guessed.iter().enumerate().filter_map(move |(nth, Guess { step, causes })| {
            let Step { span, unrecorded, became, .. } = &self.path[*step];
            let goes_on = goes_on(&self.guessed[nth + 1..]);
            let (span, unrecorded, text) = (*span, *unrecorded, became.as_ref()?);
            Some(Form { span, unrecorded, text, operand: None, causes, escapes, goes_on })
        });
        std::iter::once(first).chain(later).skip(self.ignored)
    }
}

impl<'a> Form<'a> {
    /// Returns its texts in the form that the program's rule sees. It counts if all do: a `?` only
    /// translates. `site` is the call site of its `span`.
    pub(crate) fn seen(&self, site: &'static CallSite) -> impl Iterator<Item = ErrorSeen<'a>> {
        let Self { text, operand, causes, escapes, .. } = *self;
        let function = site.function();
        std::iter::once(text).chain(operand).map(move |text| ErrorSeen { text, causes, function, escapes })
    }
}

/// A call that an error left.
#[derive(Debug)]
pub(crate) struct Step {
    /// The span of the call, or the span that it was made in.
    pub(crate) span: SpanRef,
    /// The function of the call, if its calls have no span.
    pub(crate) unrecorded: Option<&'static CallSite>,
    /// True if it is a panic that began there or in a call of the span: it is none that another
    /// thread ended with.
    pub(crate) is_own_panic: bool,
    /// The time at which it left, in ticks.
    pub(crate) at: u64,
    /// The exit by which it left, or the place of the panic.
    pub(crate) location: Option<Location>,
    /// True if that is a `?`: the function did not make the error itself.
    pub(crate) by_question_mark: bool,
    /// Its text there, if that is new.
    pub(crate) became: Option<ErrorText>,
}

impl Step {
    /// Returns whether the error left `span` itself.
    pub(crate) fn has_left(&self, span: SpanRef) -> bool {
        self.span == span && self.unrecorded.is_none()
    }
}

/// The place of an exit by an error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExitPlace {
    pub(crate) location: Location,
    pub(crate) by_question_mark: bool,
}

impl ExitPlace {
    /// Returns the place of a `?`.
    pub(crate) fn question_mark(here: &'static std::panic::Location<'static>) -> Self {
        Self { location: Location::of(here), by_question_mark: true }
    }

    /// Returns the place of an error that the function makes itself.
    pub(crate) fn own_error(here: &'static std::panic::Location<'static>) -> Self {
        Self { location: Location::of(here), by_question_mark: false }
    }
}

/// The description of an error.
#[derive(Debug)]
pub(crate) struct ErrorFacts {
    pub(crate) text: ErrorText,
    pub(crate) causes: Vec<String>,
    /// True if the function that it leaves ignores it: it is no reason to keep a flow.
    pub(crate) ignored: bool,
}

impl ErrorFacts {
    /// Adds the causes of the operand of a `?`, which became `returned`: those behind its own
    /// message, if that is there.
    pub(super) fn within(self, returned: &Self) -> Self {
        let own = returned.causes.iter().position(|cause| *cause == self.text.message);
        let causes = returned.causes[own.map_or(0, |own| own + 1)..].to_vec();
        Self { causes, ..self }
    }

    /// Returns the memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(|cause| cause.len() + size_of::<String>()).sum();
        size_of::<ErrorRecord>() + size_of::<Step>() + self.text.message.len() + causes + ALLOCATIONS
    }
}

/// The way in which an error leaves a span.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Exit {
    /// The call returns it.
    Returned,
    /// The thread unwinds, because of a panic at this place, if that is known.
    Unwound { from: Option<Location>, panic: PanicStage },
}

/// The relation of a panic to the spans that it unwound before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PanicStage {
    /// It has unwound no span yet.
    New,
    /// It has unwound a call of this span.
    Unwinding,
    /// No hook has seen it: it was resumed.
    Unseen,
}

impl Exit {
    /// Returns whether a panic begins here.
    pub(super) const fn begins(self) -> bool {
        matches!(self, Self::Unwound { panic: PanicStage::New, .. })
    }

    /// Returns whether it is a panic that began on this thread, or has unwound a span of it.
    pub(super) const fn is_own_panic(self) -> bool {
        matches!(self, Self::Unwound { panic: PanicStage::New | PanicStage::Unwinding, .. })
    }
}

/// The reason to take an error that leaves a span for one that arrived there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Its text is the same, or quotes the other.
    Known,
    /// Nothing was called in between. It may be another error.
    Guessed,
}

impl Match {
    /// Returns the match of an error that quotes another. A panic over an error does not pass it
    /// on, whatever it quotes.
    pub(super) const fn quoted(exit: Exit) -> Self {
        if matches!(exit, Exit::Returned) { Self::Known } else { Self::Guessed }
    }
}

/// The beginnings of the names of errors that only std can make.
const MADE_BY_STD: [&str; 6] = [
    "core::array::TryFrom",
    "core::char::",
    "core::net::parser::",
    "core::num::",
    "core::str::",
    "alloc::string::FromUtf",
];

/// Returns whether only std can make an error of this type. Such an error is no other in new words:
/// a `map_err` could not make it.
pub(super) fn is_made_by_std_alone(error_type: &str) -> bool {
    MADE_BY_STD.iter().any(|beginning| error_type.starts_with(beginning))
}

/// The likeness of an error to an earlier one that it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// It has another text.
    None,
    /// Its text or a cause of it quotes the earlier message.
    Quoted,
    /// It has the same type and message.
    Equal,
}

/// The shortest message, in bytes, that does not appear in another one by chance.
const QUOTABLE: usize = 6;

/// Returns whether an error quotes `message`, in its text or in one of its causes.
pub(crate) fn quotes(says: &str, causes: &[String], message: &str) -> bool {
    causes.iter().any(|cause| cause == message) || (message.len() >= QUOTABLE && says.contains(message))
}

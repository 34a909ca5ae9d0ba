//! A call without a span: of a function with the detail `errors`.
//!
//! Nothing is recorded while such calls succeed. The branches by which an error leaves them exist
//! in the program anyway, and call the cold functions below. They add the call to the error's path,
//! inside of the span that is active (`data/error_paths.rs`).

use std::cell::Cell;
use std::panic::Location;
use std::ptr;

use crate::vocabulary::CallSite;

use crate::recording::data::error_paths::{Exit, ExitPlace};
use crate::recording::policy;
use crate::recording::probe::error_view::{ErrorView, Failing, NoteExit, View};
use crate::recording::span::call;
use crate::recording::thread::current;

/// A call of a function without spans.
#[derive(Clone, Copy, Debug)]
pub struct UnrecordedCall {
    site: &'static CallSite,
    /// Starts omegi, if the program's first error does.
    first_call: fn() -> bool,
}

thread_local! {
    /// The latest exit from a call outside of all flows, and its function.
    static ALONE: Cell<Option<(&'static CallSite, ExitPlace)>> = const { Cell::new(None) };
}

impl UnrecordedCall {
    /// Returns a call of `site`. Its error calls `first_call` if omegi is not started yet.
    #[inline]
    pub(crate) const fn of(site: &'static CallSite, first_call: fn() -> bool) -> Self {
        Self { site, first_call }
    }

    /// Notes the place of an exit by an error that the function makes itself.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn fails_here(self) {
        self.note(Location::caller());
    }

    /// Notes the place of such an exit.
    #[cold]
    #[inline(never)]
    pub fn note(self, here: &'static Location<'static>) {
        self.note_exit(ExitPlace::own_error(here), || None);
    }

    /// Notes an exit by an error, and what is known of the error.
    fn note_exit<'e>(self, place: ExitPlace, error: impl FnOnce() -> Option<ErrorView<'e>>) {
        if self.site.error_allowance().is_used_up() {
            return;
        }
        let query = current::with_memory(|segment| segment.note_exit(place));
        ALONE.set(if query.is_none() { Some((self.site, place)) } else { None });
        if let Some((error, query)) = query.and_then(|query| Some((error()?, query))) {
            let facts = error.facts(&query);
            current::with(|segment| segment.describe_exit(facts));
        }
    }
}

impl Failing for UnrecordedCall {
    #[inline(always)]
    fn fail_with<'e, E>(&mut self, error: &'e E, view: View<'e, E>) {
        fail_with(*self, error, view);
    }
}

impl NoteExit for UnrecordedCall {
    fn note_question_mark<'e>(
        &self,
        here: &'static Location<'static>,
        error: impl FnOnce() -> Option<ErrorView<'e>>,
    ) {
        self.note_exit(ExitPlace::question_mark(here), error);
    }
}

#[cold]
#[inline(never)]
fn fail_with<'e, E>(call: UnrecordedCall, error: &'e E, view: View<'e, E>) {
    if policy::may_record() && call.site.error_allowance().admit() {
        fail(call, &view(error));
    }
}

#[cold]
#[inline(never)]
fn fail(UnrecordedCall { site, first_call }: UnrecordedCall, error: &ErrorView<'_>) {
    match current::with_memory(|segment| segment.fail_in_call(site)) {
        Some(Some(query)) => {
            let facts = error.facts(&query);
            current::with(|segment| segment.describe_failure_in_call(site, facts, Exit::Returned));
        }
        Some(None) => {}
        None => {
            let noted = ALONE.take().filter(|(of, _)| ptr::eq(*of, site)).map(|(_, place)| place);
            call::fail_alone(site, first_call, noted, error);
        }
    }
}

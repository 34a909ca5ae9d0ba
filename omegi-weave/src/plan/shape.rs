//! Decides the form in which a body is woven.

use syn::{Attribute, Block, ReturnType, Signature};

use crate::parse::attributes;
use crate::plan::in_place::{self, ResultUse};
use crate::plan::{futures, return_type};

/// The form in which a body is woven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyShape {
    /// A guard before the body.
    Guard,
    /// A guard, and the body in a closure: its value is visible however the body returns.
    Closure,
    /// A guard, and a look at each visible return value: for bodies that cannot be in a closure.
    Returns,
    /// A span in an `async fn`'s own future, and a look at every wait and exit of its body.
    Async,
    /// A span in an `async fn`, whose body is in a future of its own because it may hide an exit.
    Nested,
    /// A span in each `async` block that a function returns.
    AsyncBlock,
}

impl BodyShape {
    /// Chooses the form for a function.
    pub(crate) fn of(attrs: &[Attribute], sig: &Signature, body: &Block, result: ResultUse) -> Self {
        if sig.asyncness.is_some() {
            if in_place::is_possible(body, result) { Self::Async } else { Self::Nested }
        } else if ends_in_future(body) && returns_future(&sig.output) {
            Self::AsyncBlock
        } else if !result.is_inspected() {
            Self::Guard
        } else if is_caller_tracked(attrs) {
            // A value of inferred type cannot be inspected at its exits.
            if result == ResultUse::InspectedBehind { Self::Guard } else { Self::Returns }
        } else {
            Self::Closure
        }
    }

    /// Returns the name of the runtime's function that opens the span.
    pub(crate) const fn opened_by(self) -> &'static str {
        match self {
            Self::Guard | Self::Closure | Self::Returns => "enter",
            Self::Async | Self::Nested | Self::AsyncBlock => "task",
        }
    }

    /// Returns the name of the runtime's function that counts a call.
    pub(crate) const fn profiled_by(self) -> &'static str {
        match self {
            Self::Guard | Self::Closure | Self::Returns => "profiled",
            Self::Async | Self::Nested | Self::AsyncBlock => "profiled_task",
        }
    }

    /// Returns the name of the runtime's type for the open span.
    pub(crate) const fn span_type(self) -> &'static str {
        match self {
            Self::Guard | Self::Closure | Self::Returns => "SpanGuard",
            Self::Async | Self::Nested | Self::AsyncBlock => "TaskSpan",
        }
    }

    /// Returns whether the arguments move with the body.
    pub(crate) const fn takes_arguments(self) -> bool {
        matches!(self, Self::Closure | Self::Nested)
    }
}

/// Returns whether a body ends with an `async` block.
pub(crate) fn ends_in_future(body: &Block) -> bool {
    !futures::blocks_at_end(body).is_empty()
}

fn returns_future(output: &ReturnType) -> bool {
    return_type::written(output).and_then(futures::output).is_some()
}

/// Returns whether the function has `#[track_caller]`: inside a closure, its caller would be our
/// code.
fn is_caller_tracked(attrs: &[Attribute]) -> bool {
    attributes::names(attrs).iter().any(|name| name == "track_caller")
}

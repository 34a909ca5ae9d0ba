//! The detail of a function with the reason for it, and the facts that decide.

use std::fmt::{self, Display};

use proc_macro2::Ident;
use syn::Type;

use crate::parse::detail::{Detail, DetailOption};
use crate::plan::choice::ChoiceReason;
use crate::plan::return_type::{self, TypeScope};

/// A function's detail, and the reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenDetail {
    /// The detail.
    pub detail: Detail,
    /// The reason for it.
    pub reason: DetailReason,
}

/// The reason for a function's detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetailReason {
    /// All functions have it that nothing else decides about.
    Default,
    /// An attribute asks for it.
    Attribute,
    /// Without a span there are only errors to see, and the function returns none.
    NeverFails,
    /// The function's shape.
    Shape(ChoiceReason),
    /// Its measured calls.
    Profile,
}

impl Display for DetailReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Attribute => f.write_str("attribute"),
            Self::NeverFails => f.write_str("returns no error"),
            Self::Shape(reason) => reason.fmt(f),
            Self::Profile => f.write_str("profile"),
        }
    }
}

/// The facts that decide about a function's detail, once the crate's types are known that may be a
/// `Result`.
pub(crate) struct UndecidedDetail {
    pub(crate) option: DetailOption,
    /// True if an attribute of the author's has the option.
    pub(crate) is_written: bool,
    /// The reason of the shape, if the option is `auto` or `errors`.
    pub(crate) shape: Option<ChoiceReason>,
    /// The type of the value that the function returns.
    pub(crate) output: Option<Type>,
    pub(crate) scope: TypeScope,
    /// The detail that its measured calls ask for.
    pub(crate) measured: Option<Detail>,
}

impl UndecidedDetail {
    /// Returns the same for a function whose measured calls ask for this detail.
    pub(crate) fn measured(self, detail: Option<Detail>) -> Self {
        // An attribute of the author's on the function is expanded before its marks.
        let counts = self.option == DetailOption::Auto && !self.is_written;
        Self { measured: detail.filter(|_| counts), ..self }
    }

    /// Decides about the detail; `results` are the names of the crate's types that may be a
    /// `Result`, if they are known.
    pub(crate) fn decide(&self, results: Option<&[Ident]>) -> ChosenDetail {
        let may_fail = || {
            let scope = TypeScope { results: results.map(<[_]>::to_vec), ..self.scope.clone() };
            self.output.as_ref().is_some_and(|output| return_type::may_fail(output, &scope))
        };
        let written = if self.is_written { DetailReason::Attribute } else { DetailReason::Default };
        if let Some(detail) = self.measured {
            let detail = if detail == Detail::Errors && !may_fail() { Detail::None } else { detail };
            return ChosenDetail { detail, reason: DetailReason::Profile };
        }
        let (detail, reason) = match (self.option, self.shape) {
            (DetailOption::Auto, Some(shape)) if !shape.wants_span() => {
                (if may_fail() { Detail::Errors } else { Detail::None }, DetailReason::Shape(shape))
            }
            (DetailOption::Auto, Some(shape)) => (Detail::Span, DetailReason::Shape(shape)),
            (DetailOption::Auto, None) => (Detail::Span, written),
            (DetailOption::Fixed(Detail::Errors), Some(shape)) if shape.begins_flows() => {
                (Detail::Span, DetailReason::Shape(shape))
            }
            (DetailOption::Fixed(Detail::Errors), _) if !may_fail() => {
                (Detail::None, DetailReason::NeverFails)
            }
            (DetailOption::Fixed(detail), _) => (detail, written),
        };
        ChosenDetail { detail, reason }
    }
}

impl fmt::Debug for UndecidedDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UndecidedDetail").field("option", &self.option).finish_non_exhaustive()
    }
}

//! The fields of spans and events, read.

use std::error::Error;
use std::fmt::{Debug, Display};

use tracing_core::field::{Field, Visit};

use crate::recording::attributes::Taken;
use crate::recording::capture::written;
use crate::recording::errors::ErrorFacts;
use crate::recording::inquiry::Inquiry;
use crate::recording::policy;
use crate::recording::probe::ErrorView;
use crate::vocabulary::Value;

/// What a field says. All code of the user's has been called by then.
pub(super) enum Said<'a> {
    Plain(Taken<'a>),
    Written(String),
    /// An error.
    Failure {
        message: String,
        causes: Vec<String>,
    },
}

impl Said<'_> {
    /// The value, to be copied.
    pub(super) fn taken(&self) -> Taken<'_> {
        match self {
            Self::Plain(value) => *value,
            Self::Written(text) | Self::Failure { message: text, .. } => Taken::Text(text),
        }
    }

    /// The value, as an attribute has it.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Plain(Taken::Bool(value)) => value.into(),
            Self::Plain(Taken::I64(value)) => value.into(),
            Self::Plain(Taken::F64(value)) => value.into(),
            Self::Plain(Taken::Static(value)) => value.into(),
            Self::Plain(Taken::Text(value)) => value.to_owned().into(),
            Self::Written(text) | Self::Failure { message: text, .. } => text.into(),
        }
    }

    /// The same, to be kept.
    pub(super) fn into_owned(self) -> Said<'static> {
        match self {
            Self::Plain(Taken::Bool(value)) => Said::Plain(Taken::Bool(value)),
            Self::Plain(Taken::I64(value)) => Said::Plain(Taken::I64(value)),
            Self::Plain(Taken::F64(value)) => Said::Plain(Taken::F64(value)),
            Self::Plain(Taken::Static(value)) => Said::Plain(Taken::Static(value)),
            Self::Plain(Taken::Text(text)) => Said::Written(text.to_owned()),
            Self::Written(text) => Said::Written(text),
            Self::Failure { message, causes } => Said::Failure { message, causes },
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self.taken() {
            Taken::Static(text) | Taken::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Hands each field to a function: its name, and what it says.
pub(super) struct Fields<F>(pub(super) F);

impl<F: FnMut(&'static str, Said<'_>)> Fields<F> {
    fn take(&mut self, field: &Field, value: Taken<'_>) {
        self.0(field.name(), Said::Plain(value));
    }

    fn take_number(&mut self, field: &Field, number: impl TryInto<i64> + Copy + Display) {
        match number.try_into() {
            Ok(number) => self.take(field, Taken::I64(number)),
            Err(_) => self.0(field.name(), Said::Written(number.to_string())),
        }
    }
}

impl<F: FnMut(&'static str, Said<'_>)> Visit for Fields<F> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, Taken::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, Taken::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take_number(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.take_number(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.take_number(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, Taken::F64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, Taken::Text(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let limit = policy::get().map_or(0, |policy| policy.limits.value_length);
        let ErrorFacts { text, causes, .. } = ErrorView::erased(value).facts(&Inquiry::of_texts(limit));
        self.0(field.name(), Said::Failure { message: text.message, causes });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0(field.name(), Said::Written(written(format_args!("{value:?}"))));
    }
}

//! The fields of spans and events.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{Debug, Display};

use tracing_core::field::{Field, Visit};

use crate::recording::data::error_paths::ErrorFacts;
use crate::recording::data::error_query::ErrorQuery;
use crate::recording::data::scalar::Scalar;
use crate::recording::policy;
use crate::recording::probe::error_view::ErrorView;
use crate::recording::probe::value::written;
use crate::recording::text::cut;
use crate::vocabulary::Value;

/// The value of a field. It holds no code of the user: `Debug` and `Display` have been called.
pub(super) enum FieldValue<'a> {
    /// A value: text is owned where `Debug` or `Display` wrote it.
    Value(Scalar<Cow<'a, str>>),
    /// An error.
    Error { message: String, causes: Vec<String> },
}

impl FieldValue<'_> {
    /// Converts to the value of an attribute.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value.map_text(Cow::into_owned).into(),
            Self::Error { message, .. } => message.into(),
        }
    }

    /// Converts to a value that owns its text.
    pub(super) fn into_owned(self) -> FieldValue<'static> {
        match self {
            Self::Value(value) => FieldValue::Value(value.map_text(|text| Cow::Owned(text.into_owned()))),
            Self::Error { message, causes } => FieldValue::Error { message, causes },
        }
    }

    /// Returns the text, if the value is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Value(Scalar::Static(text)) => Some(text),
            Self::Value(Scalar::Text(text)) => Some(text),
            Self::Value(_) => None,
            Self::Error { message, .. } => Some(message),
        }
    }
}

/// Calls a function with the name and the value of each field.
pub(super) struct FieldVisitor<F>(pub(super) F);

impl<F: FnMut(&'static str, FieldValue<'_>)> FieldVisitor<F> {
    fn take(&mut self, field: &Field, value: Scalar<Cow<'_, str>>) {
        self.0(field.name(), FieldValue::Value(value));
    }

    fn take_number(&mut self, field: &Field, number: impl TryInto<i64> + Copy + Display) {
        match number.try_into() {
            Ok(number) => self.take(field, Scalar::I64(number)),
            Err(_) => self.take(field, Scalar::Text(number.to_string().into())),
        }
    }
}

impl<F: FnMut(&'static str, FieldValue<'_>)> Visit for FieldVisitor<F> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, Scalar::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, Scalar::I64(value));
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
        self.take(field, Scalar::F64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, Scalar::Text(cut(value, text_limit()).into()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let query = ErrorQuery::of_texts(text_limit());
        let ErrorFacts { text, causes, .. } = ErrorView::erased(value).facts(&query);
        self.0(field.name(), FieldValue::Error { message: text.message, causes });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field, Scalar::Text(written(format_args!("{value:?}")).into()));
    }
}

/// The most characters of a text.
fn text_limit() -> usize {
    policy::get().map_or(0, |policy| policy.settings.limits.value_length)
}

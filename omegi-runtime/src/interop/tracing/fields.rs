//! The fields of spans and events, read.

use std::error::Error;
use std::fmt::Debug;

use tracing_core::field::{Field, Visit};

use crate::recording::attributes::Taken;
use crate::recording::capture::Captured;
use crate::recording::errors::ErrorFacts;
use crate::recording::policy;
use crate::recording::probe::ErrorView;

/// Hands each field to a function: its name, its value as it will be written down, and, of an error, what caused it. All code of
/// the user's has been called by then.
pub(super) struct Fields<F>(pub(super) F);

impl<F: FnMut(&'static str, Taken<'_>, Option<&[String]>)> Fields<F> {
    fn take(&mut self, field: &Field, value: Captured<'_>) {
        value.taken(|value| self.0(field.name(), value, None));
    }

    fn take_number(&mut self, field: &Field, number: impl TryInto<i64> + Copy + std::fmt::Display) {
        match number.try_into() {
            Ok(number) => self.take(field, Captured::I64(number)),
            Err(_) => self.take(field, Captured::Display(&number)),
        }
    }
}

impl<F: FnMut(&'static str, Taken<'_>, Option<&[String]>)> Visit for Fields<F> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, Captured::Bool(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, Captured::I64(value));
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
        self.take(field, Captured::F64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, Captured::Text(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let limit = policy::get().map_or(0, |policy| policy.text_limit);
        let ErrorFacts { text, causes } = ErrorView::erased(value).facts(limit);
        self.0(field.name(), Taken::Text(&text.message), Some(&causes));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field, Captured::Debug(&value));
    }
}

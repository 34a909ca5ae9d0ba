//! The values that a program sets in code.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use super::choices::{ArgumentMode, CountedErrors};
use super::secret::SecretText;
use super::trimming::trimmed_text;
use super::variable::Variable;
use super::words::Word;

/// The values that a program sets in code, by the name of their variable.
#[derive(Default)]
pub(crate) struct CodeValues(HashMap<Cow<'static, str>, CodeValue>);

/// A value that is set in code.
pub(super) struct CodeValue {
    /// The text that the variable would hold. It is parsed if there is no typed value; otherwise
    /// only messages show it.
    pub(super) text: String,
    /// The value in the variable's type. It is used as it is, without parsing.
    pub(super) typed: Option<Box<dyn Any + Send + Sync>>,
}

impl CodeValues {
    /// Sets `variable` to `value`. It is checked when the settings are resolved.
    pub(crate) fn set<T: CodeSettable>(&mut self, variable: &Variable<T>, value: T) {
        let value = value.trimmed();
        let value = CodeValue { text: value.to_text(), typed: Some(Box::new(value)) };
        self.0.insert(variable.entry.name.into(), value);
    }

    /// Sets the variable `name` to a text, which is parsed and checked when the settings are
    /// resolved.
    pub(crate) fn set_text(&mut self, name: impl Into<Cow<'static, str>>, text: impl Into<String>) {
        self.0.insert(name.into(), CodeValue { text: trimmed_text(text.into()), typed: None });
    }

    /// Returns the names of all variables that are set, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }

    /// Returns the value of the variable `name`; an empty one counts as unset.
    pub(super) fn get(&self, name: &str) -> Option<&CodeValue> {
        self.0.get(name).filter(|value| !value.text.is_empty())
    }
}

/// A type of values that the builder sets without text.
pub(crate) trait CodeSettable: Clone + Send + Sync + 'static {
    /// Returns the text that the variable would hold for this value.
    fn to_text(&self) -> String;

    /// Returns the value without blanks around it, if it is a text.
    #[must_use]
    fn trimmed(self) -> Self {
        self
    }
}

impl CodeSettable for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn trimmed(self) -> Self {
        trimmed_text(self)
    }
}

impl CodeSettable for PathBuf {
    fn to_text(&self) -> String {
        self.to_string_lossy().into_owned()
    }
}

impl CodeSettable for SecretText {
    fn to_text(&self) -> String {
        self.expose().to_owned()
    }

    fn trimmed(self) -> Self {
        Self::new(self.expose().trim())
    }
}

impl CodeSettable for Duration {
    /// In milliseconds, up to the longest time that a variable can hold.
    fn to_text(&self) -> String {
        self.as_millis().min(u32::MAX.into()).to_string()
    }
}

impl CodeSettable for Option<NonZeroU64> {
    /// `0` for no limit.
    fn to_text(&self) -> String {
        self.map_or(0, NonZeroU64::get).to_string()
    }
}

impl<W: Word> CodeSettable for Vec<W> {
    /// A comma list, or `none` for an empty one.
    fn to_text(&self) -> String {
        let words: Vec<_> = self.iter().map(|it| it.word()).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(",") }
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl CodeSettable for $type {
            fn to_text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers!(bool, f64, u64, usize);

macro_rules! words {
    ($($type:ty),*) => {$(
        impl CodeSettable for $type {
            fn to_text(&self) -> String {
                self.word().to_owned()
            }
        }
    )*};
}

words!(ArgumentMode, CountedErrors);

//! A resource that is being put together.

use crate::vocabulary::{Attribute, Value};

/// The attributes found so far, one for each key.
#[derive(Debug, Default)]
pub(super) struct ResourceBuilder(Vec<Attribute>);

impl ResourceBuilder {
    /// Sets an attribute.
    pub(super) fn add(&mut self, key: &'static str, value: impl Into<Value>) {
        self.set(Attribute::new(key, value));
    }

    /// Sets an attribute to a detected text without the white space around it, unless there is
    /// none.
    pub(super) fn add_detected(&mut self, key: &'static str, value: Option<String>) {
        if let Some(value) = value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
            self.add(key, value);
        }
    }

    /// Sets an attribute; replaces the value of one with the same key.
    pub(super) fn set(&mut self, attribute: Attribute) {
        match self.0.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => known.value = attribute.value,
            None => self.0.push(attribute),
        }
    }

    /// The attributes, in the order in which their keys were set first.
    pub(super) fn into_attributes(self) -> Vec<Attribute> {
        self.0
    }
}

//! A measurement.

use crate::vocabulary::Attribute;

/// A value of an instrument, and the attributes that identify it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measurement {
    pub(super) attributes: Vec<Attribute>,
    pub(super) value: u64,
}

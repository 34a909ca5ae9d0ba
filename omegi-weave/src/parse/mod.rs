//! Reads the input: the options of attributes, and the attributes on items.

pub(crate) mod attributes;
pub(crate) mod detail;
pub(crate) mod diagnostics;
pub(crate) mod fields;
pub(crate) mod foreign_attributes;
pub(crate) mod groups;
pub(crate) mod inherit;
pub(crate) mod late;
pub(crate) mod names;
pub(crate) mod option_entry;
pub(crate) mod option_table;
pub(crate) mod option_values;
pub(crate) mod options;
pub(crate) mod own_attributes;
pub(crate) mod suggest;

//! Decides what to do with each function, in types of our own between syn's trees and the output
//! tokens.

pub(crate) mod activity;
pub(crate) mod arguments;
pub(crate) mod called_names;
pub(crate) mod capture;
pub(crate) mod choice;
pub(crate) mod chosen_detail;
pub(crate) mod error_type;
pub(crate) mod exits;
pub(crate) mod function;
pub(crate) mod futures;
pub(crate) mod in_place;
pub(crate) mod macros;
pub(crate) mod naming;
pub(crate) mod pattern;
pub(crate) mod private;
pub(crate) mod return_type;
pub(crate) mod rules;
pub(crate) mod serving;
pub(crate) mod shape;
pub(crate) mod signal_handlers;
pub(crate) mod spawners;
pub(crate) mod target;
pub(crate) mod trivial;
pub(crate) mod usage;
pub(crate) mod woven;

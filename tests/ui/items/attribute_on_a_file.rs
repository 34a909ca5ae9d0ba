//! An attribute cannot stand on a module in a file; the message names an alternative.

#[omegi::instrument_crate]
mod orders;

fn main() {}

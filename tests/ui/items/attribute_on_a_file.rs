//! An attribute cannot stand on a module that is in a file; what can is said.

#[omegi::instrument_crate]
mod orders;

fn main() {}

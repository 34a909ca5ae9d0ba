//! `#[instrument_crate]` stands on modules.

#[omegi::instrument_crate]
fn sell() {}

fn main() {}

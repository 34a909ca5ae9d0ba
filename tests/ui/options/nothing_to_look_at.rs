//! `err` and `ret` need something to look at.

#[omegi::traced(err)]
fn cannot_fail() -> u8 {
    1
}

#[omegi::traced(ret)]
fn returns_nothing() {}

fn main() {}

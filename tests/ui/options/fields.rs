//! Fields are `key = value`, or the name of a variable.

#[omegi::traced(fields(a + 1))]
fn no_key(a: u8) {}

#[omegi::traced(fields("a" = 1))]
fn text_as_key() {}

#[omegi::traced(fields(a =))]
fn no_value() {}

fn main() {}

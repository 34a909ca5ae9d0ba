//! Options that contradict each other are refused.

#[omegi::traced(skip_all, args(a))]
fn skip_all_and_args(a: u8) {}

#[omegi::traced(args(a), skip(b))]
fn args_and_skip(a: u8, b: u8) {}

#[omegi::traced(skip(a), skip_all)]
fn skip_and_skip_all(a: u8) {}

fn main() {}

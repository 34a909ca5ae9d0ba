//! `err` and `ret` need something to look at.

#[omegi::traced(err)]
fn cannot_fail() -> u8 {
    1
}

#[omegi::traced(ret)]
fn returns_nothing() {}

#[omegi::traced(ret)]
fn never_returns() -> ! {
    panic!()
}

#[omegi::traced(ret)]
fn returns_a_closure() -> impl Fn(u8) -> u8 {
    |x| x.pow(2)
}

fn main() {}

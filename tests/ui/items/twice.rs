//! An item is traced once.

#[omegi::traced(ret)]
#[omegi::traced(args)]
fn sell(a: u8) -> u8 {
    a
}

fn main() {}

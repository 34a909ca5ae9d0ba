//! A `const fn` cannot be traced.

#[omegi::traced]
const fn answer() -> u8 {
    42
}

fn main() {}

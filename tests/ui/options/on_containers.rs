//! Options of one function are not defaults for many.

#[omegi::instrument_crate(name = "all of them", skip(a), args(b))]
mod shop {
    pub fn sell(a: u8, b: u8) -> u8 {
        a + b
    }
}

fn main() {}

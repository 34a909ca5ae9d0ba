//! Only modules in files stand in `instrument_modules!`; what stands there all the same is known to the rest of the crate.

omegi::instrument_modules! {
    mod orders {
        pub fn place() {}
    }

    /// Sells.
    pub fn sell() {}

    const ANSWER: u8 = 42;
}

omegi::instrument_modules! { mod unfinished }

fn main() {
    orders::place();
    sell();
    let _ = ANSWER;
}

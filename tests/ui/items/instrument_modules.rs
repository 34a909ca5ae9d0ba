//! `instrument_modules!` takes modules in files; another item in it stays known to the crate.

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

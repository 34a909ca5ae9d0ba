//! The crate omegi can have another path.

#![deny(warnings)]

mod reexport {
    pub mod deep {
        pub use omegi::private;
    }
}

#[omegi::traced(crate = crate::reexport::deep)]
fn sell(text: &str) -> Result<u8, std::num::ParseIntError> {
    Ok(text.parse::<u8>()?)
}

fn main() {
    assert_eq!(sell("1"), Ok(1));
}

//! A mistake inside a container is reported once, and the rest of the container is woven.

#[omegi::instrument_crate]
mod shop {
    #[omegi::traced(reet)]
    pub fn sell() -> u8 {
        buy()
    }

    pub fn buy() -> u8 {
        std::process::id() as u8
    }
}

fn main() {
    let _: u8 = shop::sell();
}

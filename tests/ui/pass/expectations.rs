//! Expected warnings come, and no others.

#![deny(warnings)]

#[omegi::traced]
#[expect(unused_variables, reason = "for later")]
fn sell(price: String) -> Result<u8, String> {
    Ok(drop(Vec::<u8>::new())).map(|()| 1)
}

fn main() {
    assert_eq!(sell(String::new()), Ok(1));
}

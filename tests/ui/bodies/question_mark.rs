//! An invalid `?` is reported in the same words as without the attribute.

struct Mine;

#[omegi::traced]
fn another_error(x: &str) -> Result<u8, Mine> {
    let number = x.parse::<u8>()?;
    Ok(number)
}

#[omegi::traced]
fn returns_number(x: &str) -> u8 {
    x.parse::<u8>()?
}

fn main() {}

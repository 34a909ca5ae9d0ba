//! What `?` cannot do, it cannot do in the same words.

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

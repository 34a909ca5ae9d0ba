//! The borrow checker reports the same as without the attribute.

#[omegi::traced]
fn moved(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}

#[omegi::traced]
fn not_mutable(numbers: Vec<u8>) -> Result<usize, String> {
    numbers.push(1);
    Ok(numbers.len())
}

#[omegi::traced]
fn outlives(text: String) -> Result<&'static str, String> {
    Ok(&text)
}

#[omegi::traced]
fn lifetimes<'a>(a: &'a str, b: &str) -> Result<&'a str, String> {
    if a.is_empty() { Ok(b) } else { Ok(a) }
}

fn main() {}

//! `#[track_caller]`: a guard, because in a closure the caller would be ours; each `?` is marked.

#[omegi::traced]
#[track_caller]
fn parse(text: &str) -> Result<u8, ParseIntError> {
    Ok(text.parse::<u8>()?)
}

//! `#[track_caller]`: in a closure the caller would be our code, so each `return` shows its value.

#[omegi::traced]
#[track_caller]
fn parse(text: &str) -> Result<u8, ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number = text.parse::<u8>()?;
    if number > 9 { checked(number) } else { Ok(number) }
}

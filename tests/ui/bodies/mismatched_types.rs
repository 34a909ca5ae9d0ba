//! A type error reads the same as without the attribute.

#[omegi::traced]
fn cannot_fail(text: &str) -> usize {
    text
}

#[omegi::traced]
fn may_fail(text: &str) -> Result<usize, String> {
    text.len()
}

#[omegi::traced]
fn returns_early(text: &str) -> Result<usize, String> {
    if text.is_empty() {
        return 0;
    }
    Ok(text.len())
}

#[omegi::traced]
fn returns_nothing(text: &str) -> Result<usize, String> {
    Ok::<_, String>(text.len());
}

#[omegi::traced]
async fn asynchronous(text: &str) -> Result<usize, String> {
    text.len()
}

fn main() {}

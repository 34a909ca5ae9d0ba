//! An unknown option is underlined at its word, with the nearest right spelling.

#[omegi::traced(skipall)]
fn place(order: u64) -> Result<u64, String> {
    Ok(order)
}

#[omegi::traced(level = "debug")]
fn far_from_everything() {}

fn main() {}

//! An option is given once.

#[omegi::traced(ret, name = "a", ret)]
fn place(order: u64) -> Result<u64, String> {
    Ok(order)
}

fn main() {}

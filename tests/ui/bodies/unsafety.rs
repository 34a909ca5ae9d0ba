//! Unsafe code needs its `unsafe`.

unsafe fn danger() -> Result<u8, String> {
    Ok(1)
}

#[omegi::traced]
fn safe() -> Result<u8, String> {
    danger()
}

fn main() {}

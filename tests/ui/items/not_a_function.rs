//! An item without a body cannot be traced.

#[omegi::traced]
struct Cart;

#[omegi::traced]
pub const ANSWER: u8 = 42;

#[omegi::traced]
/// Documented.
pub enum Answer {}

trait Shop {
    #[omegi::traced]
    fn sell(&self);
}

fn main() {}

//! Names in `skip` and `args` are those of arguments.

#[omegi::traced(skip(crad))]
fn pay(order: u64, card: &str) -> Result<u64, String> {
    Ok(order + card.len() as u64)
}

#[omegi::traced(args(order))]
fn nothing_to_name() {}

struct Shop;

#[omegi::traced]
impl Shop {
    #[omegi::traced(args(this))]
    fn sell(&self) {}
}

fn main() {}

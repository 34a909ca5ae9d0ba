//! A function that returns an option: a `None` is seen where it leaves.

#[omegi::traced]
fn price(item: &str, prices: &Prices) -> Option<u32> {
    let list = prices.list()?;
    if list.is_free() {
        return None;
    }
    match list.find(item) {
        Some(price) => Some(price),
        None => list.default(),
    }
}

//! Every option.

#[omegi::traced(
    name = "order",
    kind = "server",
    args(id, card),
    fields(shop.items = %cart.len(), card),
    err(Debug),
    ret,
    crate = crate::telemetry
)]
fn order(id: u64, card: &Card, cart: &Cart) -> Result<Receipt, OrderError> {
    cart.order(id, card)
}

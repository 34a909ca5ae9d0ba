//! An `async fn`: the body stays, and everything by which it waits or ends is rewritten in its place.

#[omegi::traced]
async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
    let account = bank.account(&order).await?;
    account.pay(order).await
}

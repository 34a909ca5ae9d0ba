//! An `async fn`: the body becomes a future that the span follows.

#[omegi::traced]
async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
    let account = bank.account(&order).await?;
    account.pay(order).await
}

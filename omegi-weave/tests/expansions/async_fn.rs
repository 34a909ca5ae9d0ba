//! An `async fn`: the body stays in place, and every wait and exit in it is rewritten.

#[omegi::traced]
async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
    let account = bank.account(&order).await?;
    account.pay(order).await
}

//! Functions that return a boxed future: by async-trait, and by hand with several returns.

#[omegi::traced]
fn pay<'life0, 'async_trait>(
    bank: &'life0 Bank,
    order: Order,
) -> Pin<Box<dyn Future<Output = Result<Receipt, PayError>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
{
    Box::pin(async move {
        let order = order;
        bank.account(&order).await?.pay(order).await
    })
}

#[omegi::traced]
fn refund(receipt: Receipt, bank: Arc<Bank>) -> BoxFuture<'static, Result<(), PayError>> {
    if receipt.is_old() {
        return Box::pin(async move { Err(receipt.too_old()) });
    }
    let account = receipt.account();
    Box::pin(async move { bank.deposit(account, receipt).await })
}

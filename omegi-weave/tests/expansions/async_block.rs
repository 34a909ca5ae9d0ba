//! A function that returns a boxed future, as async-trait writes it.

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

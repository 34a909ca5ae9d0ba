//! An `async fn` in which a macro may hide an exit: the body becomes a future of its own.

#[omegi::traced]
async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
    ensure!(order.is_open(), PayError::Closed);
    bank.account(&order).await?.pay(order).await
}

#[omegi::traced(args = off)]
async fn first(inbox: &mut Inbox) {
    select! {
        letter = inbox.letters() => inbox.read(letter),
        parcel = inbox.parcels() => inbox.open(parcel),
    }
}

//! Functions whose calls are counted and timed, as `cargo omegi tune` asks for: nothing else is
//! woven.

#[omegi::traced(__profiled, args, err)]
impl Cart {
    fn total(&self, discount: u32) -> Result<u32, Empty> {
        let sum = self.sum()?;
        Ok(sum - discount)
    }

    async fn load(id: u32) -> Result<Cart, Empty> {
        let rows = fetch(id).await?;
        Ok(Cart::of(rows))
    }
}

//! A function below an attribute that may rewrite its body is left as it is: the late attribute
//! weaves what the other macro makes of it.

#[omegi::traced(ret)]
mod shop {
    use tokio_test::task;

    #[culpa::throws(ShopError)]
    pub fn total(cart: &Cart) -> u32 {
        cart.prices()?.sum()
    }

    impl<T> Cart<T> {
        /// Asks the store.
        #[cfg_attr(blocking, maybe_async::must_be_sync)]
        pub async fn ask(&self) -> Result<T, ShopError> {
            self.store.ask().await
        }

        #[tokio::main]
        #[inline]
        pub async fn run(&self) {
            self.store.run().await;
        }
    }

    #[maybe_async::maybe_async]
    impl Store for Cart {
        async fn put(&self) {
            self.ask().await;
        }
    }
}

#[omegi::traced(skip(cart))]
#[culpa::throws(ShopError)]
fn pay(cart: &Cart) -> u32 {
    cart.pay()?
}

#[omegi::traced(__late("pay"), skip(cart))]
fn pay(cart: &Cart) -> Result<u32, ShopError> {
    Ok(cart.pay()?)
}

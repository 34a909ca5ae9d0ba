//! A function below an attribute that may rewrite its body is left as it is: the late attribute
//! weaves what the other macro makes of it.

mod shop {
    use tokio_test::task;
    #[culpa::throws(ShopError)]
    #[::omegi::traced(
        __late("total"),
        __inherit("", ret, __names(task = tokio_test::task)),
        __context()
    )]
    pub fn total(cart: &Cart) -> u32 {
        cart.prices()?.sum()
    }
    impl<T> Cart<T> {
        /// Asks the store.
        #[cfg_attr(blocking, maybe_async::must_be_sync)]
        #[::omegi::traced(
            __late("ask"),
            __inherit("Cart", ret, __names(task = tokio_test::task)),
            __context(T)
        )]
        pub async fn ask(&self) -> Result<T, ShopError> {
            self.store.ask().await
        }
        #[tokio::main]
        #[inline]
        pub async fn run(&self) {
            let mut __omegi_span = ::omegi::private::task({
                static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                    ::core::module_path!(),
                    ::omegi::private::Path::Written("Cart::run"),
                );
                &__OMEGI_SITE
            });
            match self.store.run() {
                __omegi_awaited => {
                    let mut __omegi_future = ::core::future::IntoFuture::into_future(
                        __omegi_awaited,
                    );
                    let mut __omegi_context = ::omegi::private::context().await;
                    loop {
                        if let ::core::task::Poll::Ready(__omegi_value) = ::omegi::private::poll(
                            &mut __omegi_future,
                            __omegi_context,
                        ) {
                            break __omegi_value;
                        }
                        __omegi_context = ::omegi::private::TaskSpan::suspend(
                                &mut __omegi_span,
                            )
                            .await;
                    }
                }
            };
        }
    }
    #[maybe_async::maybe_async]
    #[::omegi::traced(__late(""), __inherit("", ret, __names(task = tokio_test::task)))]
    impl Store for Cart {
        async fn put(&self) {
            self.ask().await;
        }
    }
}
#[culpa::throws(ShopError)]
#[::omegi::traced(__late("pay"), skip(cart))]
fn pay(cart: &Cart) -> u32 {
    cart.pay()?
}
fn pay(cart: &Cart) -> Result<u32, ShopError> {
    let mut __omegi_span = ::omegi::private::enter({
        fn __omegi_here() {}
        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
            ::core::module_path!(),
            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                &__omegi_here,
            )),
        );
        &__OMEGI_SITE
    });
    let __omegi_operand_0 = ::omegi::private::operand();
    let __omegi_ret = ::omegi::private::run(move || -> Result<u32, ShopError> {
        Ok((::omegi::private::mark(cart.pay(), __omegi_operand_0))?)
    });
    ::omegi::private::described!(__omegi_operand_0);
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}

//! Functions whose calls are counted and timed, as `cargo omegi tune` asks for: nothing else is
//! woven.

impl Cart {
    fn total(&self, discount: u32) -> Result<u32, Empty> {
        let mut __omegi_span = ::omegi::private::profiled({
            static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                ::core::module_path!(),
                ::omegi::private::Path::Written("Cart::total"),
            );
            static __OMEGI_PROFILED: ::omegi::private::ProfiledSite = ::omegi::private::ProfiledSite::new(
                &__OMEGI_SITE,
            );
            &__OMEGI_PROFILED
        });
        match () {
            () => {
                let sum = self.sum()?;
                Ok(sum - discount)
            }
        }
    }
    async fn load(id: u32) -> Result<Cart, Empty> {
        let mut __omegi_span = ::omegi::private::profiled_task({
            static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                ::core::module_path!(),
                ::omegi::private::Path::Written("Cart::load"),
            );
            static __OMEGI_PROFILED: ::omegi::private::ProfiledSite = ::omegi::private::ProfiledSite::new(
                &__OMEGI_SITE,
            );
            &__OMEGI_PROFILED
        });
        match () {
            () => {
                let rows = match fetch(id) {
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
                            __omegi_context = ::omegi::private::ProfiledTask::suspend(
                                    &mut __omegi_span,
                                )
                                .await;
                        }
                    }
                }?;
                Ok(Cart::of(rows))
            }
        }
    }
}

//! An `async fn`: the body stays in place, and every wait and exit in it is rewritten.

async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
    let mut __omegi_span = ::omegi::private::task({
        fn __omegi_here() {}
        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
            ::core::module_path!(),
            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                &__omegi_here,
            )),
        );
        &__OMEGI_SITE
    });
    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.arg.order", & order);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
    }
    let __omegi_operand_0 = ::omegi::private::operand();
    match () {
        () => {
            let account = match ::omegi::private::divert(
                match bank.account(&order) {
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
                },
                __omegi_operand_0,
            ) {
                ::core::ops::ControlFlow::Continue(__omegi_value) => __omegi_value,
                ::core::ops::ControlFlow::Break(__omegi_stop) => {
                    return ::omegi::private::show::<
                        Result<Receipt, PayError>,
                    >(
                        ::omegi::private::run(move || -> Result<Receipt, PayError> {
                            match __omegi_stop? {}
                        }),
                        |__omegi_ret| {
                            ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                            if ::omegi::private::TaskSpan::wants_arguments(
                                &mut __omegi_span,
                            ) {
                                ::omegi::private::capture!(
                                    __omegi_span, "omegi.return", __omegi_ret
                                );
                            }
                        },
                    );
                }
            };
            #[allow(unreachable_code)]
            ::omegi::private::show::<
                Result<Receipt, PayError>,
            >(
                match account.pay(order) {
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
                },
                |__omegi_ret| {
                    ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
                        ::omegi::private::capture!(
                            __omegi_span, "omegi.return", __omegi_ret
                        );
                    }
                    ::omegi::private::described!(__omegi_operand_0);
                },
            )
        }
    }
}

//! Functions that return a boxed future: by async-trait, and by hand with several returns.

fn pay<'life0, 'async_trait>(
    bank: &'life0 Bank,
    order: Order,
) -> Pin<Box<dyn Future<Output = Result<Receipt, PayError>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
{
    Box::pin(async move {
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
            ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
            ::omegi::private::capture!(__omegi_span, "omegi.arg.order", & order);
        }
        #[allow(unreachable_code)]
        if false {
            let __omegi_hint: Result<Receipt, PayError> = loop {};
            return __omegi_hint;
        }
        let __omegi_operand_0 = ::omegi::private::operand();
        match () {
            () => {
                let order = order;
                #[allow(unreachable_code)]
                ::omegi::private::show::<
                    Result<Receipt, PayError>,
                >(
                    match match ::omegi::private::divert(
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
                        ::core::ops::ControlFlow::Continue(__omegi_value) => {
                            __omegi_value
                        }
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
                    }
                        .pay(order)
                    {
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
                        if ::omegi::private::TaskSpan::wants_arguments(
                            &mut __omegi_span,
                        ) {
                            ::omegi::private::capture!(
                                __omegi_span, "omegi.return", __omegi_ret
                            );
                        }
                        ::omegi::private::described!(__omegi_operand_0);
                    },
                )
            }
        }
    })
}
fn refund(
    receipt: Receipt,
    bank: Arc<Bank>,
) -> BoxFuture<'static, Result<(), PayError>> {
    if receipt.is_old() {
        return Box::pin(async move {
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
                ::omegi::private::capture!(__omegi_span, "omegi.arg.receipt", & receipt);
            }
            #[allow(unreachable_code)]
            if false {
                let __omegi_hint: Result<(), PayError> = loop {};
                return __omegi_hint;
            }
            match () {
                () => {
                    ::omegi::private::fails_here();
                    #[allow(unreachable_code)]
                    ::omegi::private::show::<
                        Result<(), PayError>,
                    >(
                        Err(receipt.too_old()),
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
                    )
                }
            }
        });
    }
    let account = receipt.account();
    Box::pin(async move {
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
            ::omegi::private::capture!(__omegi_span, "omegi.arg.receipt", & receipt);
            ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
        }
        #[allow(unreachable_code)]
        if false {
            let __omegi_hint: Result<(), PayError> = loop {};
            return __omegi_hint;
        }
        match () {
            () => {
                #[allow(unreachable_code)]
                ::omegi::private::show::<
                    Result<(), PayError>,
                >(
                    match bank.deposit(account, receipt) {
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
                        if ::omegi::private::TaskSpan::wants_arguments(
                            &mut __omegi_span,
                        ) {
                            ::omegi::private::capture!(
                                __omegi_span, "omegi.return", __omegi_ret
                            );
                        }
                    },
                )
            }
        }
    })
}

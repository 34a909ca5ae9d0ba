//! Functions that return a boxed future: as async-trait writes them, and by hand, in more than one place.

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
                ::omegi::private::Path::Asked(|| ::core::any::type_name_of_val(
                    &__omegi_here,
                )),
            );
            &__OMEGI_SITE
        });
        if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
            ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
            ::omegi::private::capture!(__omegi_span, "omegi.arg.order", & order);
        }
        let __omegi_ret: Result<Receipt, PayError> = ::omegi::private::TaskSpan::follow(
                &mut __omegi_span,
                async move {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    if false {
                        let __omegi_hint: Result<Receipt, PayError> = loop {};
                        return __omegi_hint;
                    }
                    let order = order;
                    (::omegi::private::mark(bank.account(&order).await))?
                        .pay(order)
                        .await
                },
            )
            .await;
        ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
        if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
            ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
        }
        __omegi_ret
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
                    ::omegi::private::Path::Asked(|| ::core::any::type_name_of_val(
                        &__omegi_here,
                    )),
                );
                &__OMEGI_SITE
            });
            if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
                ::omegi::private::capture!(__omegi_span, "omegi.arg.receipt", & receipt);
            }
            let __omegi_ret: Result<(), PayError> = ::omegi::private::TaskSpan::follow(
                    &mut __omegi_span,
                    async move {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        if false {
                            let __omegi_hint: Result<(), PayError> = loop {};
                            return __omegi_hint;
                        }
                        Err(receipt.too_old())
                    },
                )
                .await;
            ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
            if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
                ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
            }
            __omegi_ret
        });
    }
    let account = receipt.account();
    Box::pin(async move {
        let mut __omegi_span = ::omegi::private::task({
            fn __omegi_here() {}
            static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                ::core::module_path!(),
                ::omegi::private::Path::Asked(|| ::core::any::type_name_of_val(
                    &__omegi_here,
                )),
            );
            &__OMEGI_SITE
        });
        if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
            ::omegi::private::capture!(__omegi_span, "omegi.arg.receipt", & receipt);
            ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
        }
        let __omegi_ret: Result<(), PayError> = ::omegi::private::TaskSpan::follow(
                &mut __omegi_span,
                async move {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    if false {
                        let __omegi_hint: Result<(), PayError> = loop {};
                        return __omegi_hint;
                    }
                    bank.deposit(account, receipt).await
                },
            )
            .await;
        ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
        if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
            ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
        }
        __omegi_ret
    })
}

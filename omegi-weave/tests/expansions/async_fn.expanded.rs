//! An `async fn`: the body becomes a future that the span follows.

async fn pay(order: Order, bank: &Bank) -> Result<Receipt, PayError> {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.order", & order);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.bank", & bank);
    }
    let __omegi_ret: Result<Receipt, PayError> = ::omegi::private::TaskSpan::follow(
            &mut __omegi_span,
            async move {
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                if false {
                    let __omegi_hint: Result<Receipt, PayError> = loop {};
                    return __omegi_hint;
                }
                let _ = &order;
                let account = (::omegi::private::mark(bank.account(&order).await))?;
                account.pay(order).await
            },
        )
        .await;
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}

//! An `async fn` in which a macro may hide an exit: the body becomes a future of its own.

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
    let __omegi_ret: Result<Receipt, PayError> = match async move {
        #[allow(unreachable_code)]
        if false {
            let __omegi_hint: Result<Receipt, PayError> = loop {};
            return __omegi_hint;
        }
        let _ = &order;
        match () {
            () => {
                ensure!(order.is_open(), PayError::Closed);
                (::omegi::private::mark(bank.account(&order).await, __omegi_operand_0))?
                    .pay(order)
                    .await
            }
        }
    } {
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
                __omegi_context = ::omegi::private::TaskSpan::suspend(&mut __omegi_span)
                    .await;
            }
        }
    };
    ::omegi::private::described!(__omegi_operand_0);
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}
async fn first(inbox: &mut Inbox) {
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
    match async move {
        select! {
            letter = inbox.letters() => inbox.read(letter), parcel = inbox.parcels() =>
            inbox.open(parcel),
        }
    } {
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
                __omegi_context = ::omegi::private::TaskSpan::suspend(&mut __omegi_span)
                    .await;
            }
        }
    }
}

//! Every option.

fn order(id: u64, card: &Card, cart: &Cart) -> Result<Receipt, OrderError> {
    let mut __omegi_span = crate::telemetry::private::enter({
        fn __omegi_here() {}
        static __OMEGI_SITE: crate::telemetry::private::CallSite = crate::telemetry::private::CallSite::new(
                ::core::module_path!(),
                crate::telemetry::private::Path::TypeName(|| ::core::any::type_name_of_val(
                    &__omegi_here,
                )),
            )
            .named("order")
            .kind(crate::telemetry::private::SpanKind::Server);
        &__OMEGI_SITE
    });
    if crate::telemetry::private::SpanGuard::is_recording(&mut __omegi_span) {
        crate::telemetry::private::capture!(__omegi_span, "omegi.arg.id", & id);
        crate::telemetry::private::capture!(__omegi_span, "omegi.arg.card", & card);
    }
    if crate::telemetry::private::SpanGuard::is_recording(&mut __omegi_span) {
        crate::telemetry::private::capture_display!(
            __omegi_span, "shop.items", & cart.len()
        );
        crate::telemetry::private::capture!(__omegi_span, "card", & card);
    }
    let __omegi_ret = crate::telemetry::private::run(move || -> Result<
        Receipt,
        OrderError,
    > { cart.order(id, card) });
    crate::telemetry::private::outcome_debug!(__omegi_span, & __omegi_ret);
    if crate::telemetry::private::SpanGuard::is_recording(&mut __omegi_span) {
        crate::telemetry::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}

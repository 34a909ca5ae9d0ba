//! A function that returns an option: a `None` is seen where it leaves.

fn price(item: &str, prices: &Prices) -> Option<u32> {
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
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.arg.item", & item);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.prices", & prices);
    }
    match () {
        () => {
            let list = (::omegi::private::mark_none(
                prices.list(),
                &mut __omegi_span,
                const { ::omegi::private::here() },
            ))?;
            if list.is_free() {
                return ::omegi::private::show::<
                    Option<u32>,
                >(
                    None,
                    |__omegi_ret| {
                        ::omegi::private::returned!(__omegi_span, __omegi_ret);
                    },
                );
            }
            match list.find(item) {
                Some(price) => Some(price),
                #[allow(unreachable_code)]
                None => {
                    ::omegi::private::show::<
                        Option<u32>,
                    >(
                        list.default(),
                        |__omegi_ret| {
                            ::omegi::private::returned!(__omegi_span, __omegi_ret);
                        },
                    )
                }
            }
        }
    }
}

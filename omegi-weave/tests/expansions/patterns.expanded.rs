//! Patterns that leave a part unnamed move inside, so that arguments are dropped in their order.

fn merge(
    left: Half,
    __omegi_arg_1: (Half, Seal),
    __omegi_arg_2: Permit,
) -> Result<Whole, MergeError> {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.left", & left);
        {
            let (right, _) = &__omegi_arg_1;
            ::omegi::private::capture!(__omegi_span, "omegi.arg.right", right);
        }
    }
    let __omegi_ret = ::omegi::private::run(move || -> Result<Whole, MergeError> {
        let left = left;
        let __omegi_arg_1 = __omegi_arg_1;
        let (right, _) = __omegi_arg_1;
        let __omegi_arg_2 = __omegi_arg_2;
        match () {
            () => left.join(right),
        }
    });
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}

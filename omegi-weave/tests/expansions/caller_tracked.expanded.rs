//! `#[track_caller]`: a guard, because in a closure the caller would be ours; each `?` is marked.

#[track_caller]
fn parse(text: &str) -> Result<u8, ParseIntError> {
    let mut __omegi_span = ::omegi::private::enter({
        fn __omegi_here() {}
        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
            ::core::module_path!(),
            ::omegi::private::Path::Asked(|| ::core::any::type_name_of_val(
                &__omegi_here,
            )),
        );
        &__OMEGI_SITE
    });
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.arg.text", & text);
    }
    Ok((::omegi::private::mark(text.parse::<u8>()))?)
}

//! `#[track_caller]`: in a closure the caller would be our code, so each `return` shows its value.

#[track_caller]
fn parse(text: &str) -> Result<u8, ParseIntError> {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.text", & text);
    }
    let __omegi_operand_0 = ::omegi::private::operand();
    match () {
        () => {
            if text.is_empty() {
                return ::omegi::private::show::<
                    Result<u8, ParseIntError>,
                >(
                    Ok(0),
                    |__omegi_ret| {
                        ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                        if ::omegi::private::SpanGuard::wants_arguments(
                            &mut __omegi_span,
                        ) {
                            ::omegi::private::capture!(
                                __omegi_span, "omegi.return", __omegi_ret
                            );
                        }
                    },
                );
            }
            let number = (::omegi::private::mark_and_fail(
                text.parse::<u8>(),
                __omegi_operand_0,
                &mut __omegi_span,
                const { ::omegi::private::here() },
            ))?;
            ::omegi::private::show::<
                Result<u8, ParseIntError>,
            >(
                if number > 9 {
                    #[allow(unreachable_code)]
                    ::omegi::private::show::<
                        Result<u8, ParseIntError>,
                    >(
                        checked(number),
                        |__omegi_ret| {
                            ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                            if ::omegi::private::SpanGuard::wants_arguments(
                                &mut __omegi_span,
                            ) {
                                ::omegi::private::capture!(
                                    __omegi_span, "omegi.return", __omegi_ret
                                );
                            }
                        },
                    )
                } else {
                    ::omegi::private::show::<
                        Result<u8, ParseIntError>,
                    >(
                        Ok(number),
                        |__omegi_ret| {
                            ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                            if ::omegi::private::SpanGuard::wants_arguments(
                                &mut __omegi_span,
                            ) {
                                ::omegi::private::capture!(
                                    __omegi_span, "omegi.return", __omegi_ret
                                );
                            }
                        },
                    )
                },
                |_| {
                    ::omegi::private::described!(__omegi_operand_0);
                },
            )
        }
    }
}

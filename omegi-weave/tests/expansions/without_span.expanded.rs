//! Functions of the detail `errors`: only the branches by which an error leaves have code.

mod parser {
    fn number(text: &str) -> Result<u32, ParseError> {
        let mut __omegi_span = ::omegi::private::unrecorded({
            static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                    ::core::module_path!(),
                    ::omegi::private::Path::Written("number"),
                )
                .calling("Empty digits from_str is_empty parse text");
            &__OMEGI_SITE
        });
        let __omegi_operand_0 = ::omegi::private::operand();
        let __omegi_operand_1 = ::omegi::private::operand();
        let __omegi_ret = ::omegi::private::run(move || -> Result<u32, ParseError> {
            if text.is_empty() {
                ::omegi::private::UnrecordedCall::fails_here(__omegi_span);
                return Err(ParseError::Empty);
            }
            Ok(
                (::omegi::private::mark_in(
                    (::omegi::private::mark_in(
                        digits(text),
                        __omegi_operand_0,
                        __omegi_span,
                    ))?
                        .parse(),
                    __omegi_operand_1,
                    __omegi_span,
                ))?,
            )
        });
        ::omegi::private::described!(__omegi_operand_0 __omegi_operand_1);
        ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
        __omegi_ret
    }
    async fn read(source: Source) -> Result<u32, ParseError> {
        let mut __omegi_span = ::omegi::private::unrecorded({
            static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                    ::core::module_path!(),
                    ::omegi::private::Path::Written("read"),
                )
                .calling("number source text");
            &__OMEGI_SITE
        });
        let __omegi_operand_0 = ::omegi::private::operand();
        match () {
            () => {
                let text = match ::omegi::private::divert_in(
                    source.text().await,
                    __omegi_operand_0,
                    __omegi_span,
                ) {
                    ::core::ops::ControlFlow::Continue(__omegi_value) => __omegi_value,
                    ::core::ops::ControlFlow::Break(__omegi_stop) => {
                        return ::omegi::private::show::<
                            Result<u32, ParseError>,
                        >(
                            ::omegi::private::run(move || -> Result<u32, ParseError> {
                                match __omegi_stop? {}
                            }),
                            |__omegi_ret| {
                                ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                            },
                        );
                    }
                };
                #[allow(unreachable_code)]
                ::omegi::private::show::<
                    Result<u32, ParseError>,
                >(
                    number(&text),
                    |__omegi_ret| {
                        ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                        ::omegi::private::described!(__omegi_operand_0);
                    },
                )
            }
        }
    }
}

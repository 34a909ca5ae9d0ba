//! A function that may fail: the body becomes a closure, so that every exit is seen.

fn import(
    path: PathBuf,
    _strict: Strict,
    table: &mut Table,
) -> Result<usize, ImportError> {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.path", & path);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.table", & table);
    }
    let __omegi_operand_0 = ::omegi::private::operand();
    let __omegi_operand_1 = ::omegi::private::operand();
    let __omegi_ret = ::omegi::private::run(move || -> Result<usize, ImportError> {
        let _ = (&_strict, &path);
        match () {
            () => {
                let text = (::omegi::private::mark(
                    fs::read_to_string(&path),
                    __omegi_operand_0,
                ))?;
                for line in text.lines() {
                    ensure!(! line.is_empty(), "line without text");
                    table.add((::omegi::private::mark(parse(line), __omegi_operand_1))?);
                }
                Ok(table.len())
            }
        }
    });
    ::omegi::private::described!(__omegi_operand_0 __omegi_operand_1);
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}

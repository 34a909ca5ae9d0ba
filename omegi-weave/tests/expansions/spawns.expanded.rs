//! Spawned work continues the flow that spawned it.

fn import(files: Vec<File>, pool: &Pool) {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.files", & files);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.pool", & pool);
    }
    tokio::spawn(
        ::omegi::private::carry(
            refresh(),
            ::omegi::private::fork(
                {
                    fn __omegi_here() {}
                    static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        )
                        .part("{task}");
                    &__OMEGI_SITE
                },
                true,
            ),
        ),
    );
    pool.spawn(
        ::omegi::private::carry(
            async move { refresh().await },
            ::omegi::private::fork(
                {
                    fn __omegi_here() {}
                    static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        )
                        .part("{task}");
                    &__OMEGI_SITE
                },
                true,
            ),
        ),
    );
    std::thread::spawn({
        let __omegi_fork = ::omegi::private::fork(
            {
                fn __omegi_here() {}
                static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                        ::core::module_path!(),
                        ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                            &__omegi_here,
                        )),
                    )
                    .part("{thread}");
                &__OMEGI_SITE
            },
            true,
        );
        move || {
            let __omegi_branch = ::omegi::private::Fork::enter(__omegi_fork);
            files.sort()
        }
    });
    let work = tokio::task::spawn_blocking(
        ::omegi::private::carry_call(
            cleanup,
            ::omegi::private::fork(
                {
                    fn __omegi_here() {}
                    static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        )
                        .part("{blocking}");
                    &__OMEGI_SITE
                },
                false,
            ),
        ),
    );
    thread::scope(|scope| {
        scope
            .spawn({
                let __omegi_fork = ::omegi::private::fork(
                    {
                        fn __omegi_here() {}
                        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                                ::core::module_path!(),
                                ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                    &__omegi_here,
                                )),
                            )
                            .part("{thread}");
                        &__OMEGI_SITE
                    },
                    false,
                );
                || {
                    let __omegi_branch = ::omegi::private::Fork::enter(__omegi_fork);
                    index()
                }
            });
    });
    work.finish()
}
fn detach() {
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
    tokio::spawn(refresh());
}

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
        match refresh() {
            __omegi_work => {
                use ::omegi::private::choices::*;
                let __omegi_fork = || ::omegi::private::fork(
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
                );
                (&&::omegi::private::SpawnedWork(&__omegi_work))
                    .__omegi_future()
                    .carry(__omegi_work, __omegi_fork)
            }
        },
    );
    pool.spawn(
        match async move { refresh().await } {
            __omegi_work => {
                use ::omegi::private::choices::*;
                let __omegi_fork = || ::omegi::private::fork(
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
                );
                (&&::omegi::private::SpawnedWork(&__omegi_work))
                    .__omegi_future()
                    .carry(__omegi_work, __omegi_fork)
            }
        },
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
        match cleanup {
            __omegi_work => {
                use ::omegi::private::choices::*;
                let __omegi_fork = || ::omegi::private::fork(
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
                );
                (&&::omegi::private::SpawnedWork(&__omegi_work))
                    .__omegi_call()
                    .carry(__omegi_work, __omegi_fork)
            }
        },
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
    work.finish();
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
fn own() {
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
    thread::spawn(refresh);
}

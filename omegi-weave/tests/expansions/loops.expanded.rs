// Loops that serve: each turn is a flow of its own.

fn worker(rx: Receiver<Job>) -> Result<u32, WorkError> {
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
        ::omegi::private::capture!(__omegi_span, "omegi.arg.rx", & rx);
    }
    let __omegi_operand_0 = ::omegi::private::operand();
    let __omegi_ret = ::omegi::private::run(move || -> Result<u32, WorkError> {
        let _ = &rx;
        match () {
            () => {
                let mut done = 0;
                for job in rx {
                    let mut __omegi_turn = ::omegi::private::turn({
                        fn __omegi_here() {}
                        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        );
                        &__OMEGI_SITE
                    });
                    if job.is_last() {
                        ::omegi::private::fails_here();
                        return ::omegi::private::show::<
                            Result<u32, WorkError>,
                        >(
                            Err(WorkError::Closed),
                            |__omegi_ret| {
                                ::omegi::private::outcome!(__omegi_turn, __omegi_ret);
                            },
                        );
                    }
                    done
                        += match ::omegi::private::divert(run(job), __omegi_operand_0) {
                            ::core::ops::ControlFlow::Continue(__omegi_value) => {
                                __omegi_value
                            }
                            ::core::ops::ControlFlow::Break(__omegi_stop) => {
                                return ::omegi::private::show::<
                                    Result<u32, WorkError>,
                                >(
                                    ::omegi::private::run(move || -> Result<u32, WorkError> {
                                        match __omegi_stop? {}
                                    }),
                                    |__omegi_ret| {
                                        ::omegi::private::outcome!(__omegi_turn, __omegi_ret);
                                    },
                                );
                            }
                        };
                }
                Ok(done)
            }
        }
    });
    ::omegi::private::described!(__omegi_operand_0);
    ::omegi::private::outcome!(__omegi_span, & __omegi_ret);
    if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.return", & __omegi_ret);
    }
    __omegi_ret
}
async fn accept(listener: TcpListener) -> io::Result<()> {
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
    let mut __omegi_turns = ::omegi::private::WaitingTurns::none();
    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.arg.listener", & listener);
    }
    let __omegi_operand_0 = ::omegi::private::operand();
    loop {
        let mut __omegi_turn = ::omegi::private::TurnGuard::waiting();
        let (socket, _) = match match ::omegi::private::divert(
            match listener.accept() {
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
                        __omegi_context = ::omegi::private::WaitingTurns::suspend(
                                &mut __omegi_turns,
                                &mut __omegi_span,
                            )
                            .await;
                    }
                }
            },
            __omegi_operand_0,
        ) {
            ::core::ops::ControlFlow::Continue(__omegi_value) => __omegi_value,
            ::core::ops::ControlFlow::Break(__omegi_stop) => {
                return ::omegi::private::show::<
                    io::Result<()>,
                >(
                    ::omegi::private::show::<
                        io::Result<()>,
                    >(
                        ::omegi::private::run(move || -> io::Result<()> {
                            match __omegi_stop? {}
                        }),
                        |__omegi_ret| {
                            ::omegi::private::outcome!(__omegi_turn, __omegi_ret);
                        },
                    ),
                    |__omegi_ret| {
                        ::omegi::private::WaitingTurns::outside(
                            &__omegi_turns,
                            || {
                                ::omegi::private::outcome!(__omegi_span, __omegi_ret);
                                if ::omegi::private::TaskSpan::wants_arguments(
                                    &mut __omegi_span,
                                ) {
                                    ::omegi::private::capture!(
                                        __omegi_span, "omegi.return", __omegi_ret
                                    );
                                }
                            },
                        );
                    },
                );
            }
        } {
            __omegi_input => {
                ::omegi::private::begin_turn(
                    &mut __omegi_turn,
                    {
                        fn __omegi_here() {}
                        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        );
                        &__OMEGI_SITE
                    },
                );
                __omegi_input
            }
        };
        tokio::spawn(
            match ::omegi::private::serving(async move {
                while let Ok(request) = socket.read_request().await {
                    let mut __omegi_turn = ::omegi::private::turn({
                        fn __omegi_here() {}
                        static __OMEGI_SITE: ::omegi::private::CallSite = ::omegi::private::CallSite::new(
                            ::core::module_path!(),
                            ::omegi::private::Path::TypeName(|| ::core::any::type_name_of_val(
                                &__omegi_here,
                            )),
                        );
                        &__OMEGI_SITE
                    });
                    answer(request).await;
                }
            }) {
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
    };
    #[allow(unreachable_code)]
    {
        ::omegi::private::described!(__omegi_operand_0);
    };
}
async fn actor(mut rx: Receiver<Message>, stop: Stop) {
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
    let mut __omegi_turns = ::omegi::private::WaitingTurns::none();
    if ::omegi::private::TaskSpan::wants_arguments(&mut __omegi_span) {
        ::omegi::private::capture!(__omegi_span, "omegi.arg.rx", & rx);
        ::omegi::private::capture!(__omegi_span, "omegi.arg.stop", & stop);
    }
    match async move {
        let _ = (&stop, &rx);
        loop {
            let mut __omegi_turn = ::omegi::private::TurnGuard::waiting();
            match () {
                () => {
                    tokio::select! {
                        Some(message) = rx.recv() => { ::omegi::private::begin_turn(& mut
                        __omegi_turn, { fn __omegi_here() {} static __OMEGI_SITE :
                        ::omegi::private::CallSite =
                        ::omegi::private::CallSite::new(::core::module_path!(),
                        ::omegi::private::Path::TypeName(||
                        ::core::any::type_name_of_val(& __omegi_here))); & __OMEGI_SITE
                        }); match () { () => { handle(message). await } } }, () = stop
                        .requested() => break,
                    }
                }
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
                __omegi_context = ::omegi::private::WaitingTurns::suspend(
                        &mut __omegi_turns,
                        &mut __omegi_span,
                    )
                    .await;
            }
        }
    }
}

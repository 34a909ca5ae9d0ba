//! The flow that every subject runs: a root that calls a small function a given number of times.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::machine::ticks;

/// The body of a child: about 2 ns with the call.
#[inline(always)]
pub(crate) fn body(n: u64) -> u64 {
    black_box(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7
}

/// The error of a child.
#[derive(Debug)]
pub(crate) struct Refused(#[expect(dead_code, reason = "only printed")] u64);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Never fails, which the compiler cannot know.
#[inline(always)]
pub(crate) fn fallible(n: u64) -> Result<u64, Refused> {
    if black_box(n) == u64::MAX { Err(Refused(n)) } else { Ok(body(n)) }
}

/// Always fails.
#[inline(always)]
pub(crate) fn refusing(n: u64) -> Result<u64, Refused> {
    if black_box(true) { Err(Refused(n)) } else { Ok(n) }
}

/// Polls a future until it is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Is pending once.
#[derive(Default)]
pub(crate) struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// The flow in all its forms. All functions have the same attribute: none, or one that makes a span
/// of each call.
///
/// `$enter` stands at the beginning of every root, for recorders that need code there.
macro_rules! flows {
    ($(#[$root:meta])?; $(#[$child:meta])?; $(#[$args:meta])?; $(#[$failing:meta])?; $enter:expr) => {
        use crate::flows::{Yield, block_on, body, fallible, refusing, Refused};
        use std::hint::black_box;

        /// Calls a function.
        pub(crate) fn sync(children: u32) {
            $(#[$child])? #[inline(never)]
            fn child(n: u64) -> u64 {
                body(n)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                for n in 0..children {
                    black_box(child(u64::from(n)));
                }
            }
            root(children)
        }

        /// Calls a function that could fail.
        #[allow(dead_code, reason = "not of every recorder")]
        pub(crate) fn result(children: u32) {
            $(#[$failing])? #[inline(never)]
            fn child(n: u64) -> Result<u64, Refused> {
                fallible(n)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                for n in 0..children {
                    let _ = black_box(child(u64::from(n)));
                }
            }
            root(children)
        }

        /// Calls the same, and at the end a function that fails: the error passes three functions.
        #[allow(dead_code, reason = "not of every recorder")]
        pub(crate) fn erring(children: u32) {
            $(#[$failing])? #[inline(never)]
            fn child(n: u64) -> Result<u64, Refused> {
                fallible(n)
            }
            $(#[$failing])? #[inline(never)]
            fn origin(n: u64) -> Result<u64, Refused> {
                Ok(refusing(n)? + 1)
            }
            $(#[$failing])? #[inline(never)]
            fn between(n: u64) -> Result<u64, Refused> {
                Ok(origin(n)? + 1)
            }
            $(#[$failing])? #[inline(never)]
            fn outermost(n: u64) -> Result<u64, Refused> {
                Ok(between(n)? + 1)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                for n in 0..children.saturating_sub(3) {
                    let _ = black_box(child(u64::from(n)));
                }
                let _ = black_box(outermost(1));
            }
            root(children)
        }

        /// Calls a function with two numbers and a string.
        #[allow(dead_code, reason = "not of every recorder")]
        pub(crate) fn args(children: u32) {
            $(#[$args])? #[inline(never)]
            fn child(count: u64, share: f64, name: &str) -> u64 {
                body(count ^ share.to_bits() ^ name.len() as u64)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                for n in 0..children {
                    black_box(child(u64::from(n), black_box(0.5), black_box("a short text")));
                }
            }
            root(children)
        }

        /// Awaits a function that is ready at once.
        pub(crate) fn ready(children: u32) {
            $(#[$child])? #[inline(never)]
            async fn child(n: u64) -> u64 {
                body(n)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                block_on(async {
                    for n in 0..children {
                        black_box(child(u64::from(n)).await);
                    }
                });
            }
            root(children)
        }

        /// Awaits a function that is pending once: two polls.
        #[allow(dead_code, reason = "not of every recorder")]
        pub(crate) fn yielding(children: u32) {
            $(#[$child])? #[inline(never)]
            async fn child(n: u64) -> u64 {
                Yield::default().await;
                body(n)
            }
            $(#[$root])? #[inline(never)]
            fn root(children: u32) {
                let _entered = $enter;
                block_on(async {
                    for n in 0..children {
                        black_box(child(u64::from(n)).await);
                    }
                });
            }
            root(children)
        }

        /// Awaits one function that is pending a given number of times, which gives the cost of a
        /// poll of an open span.
        #[allow(dead_code, reason = "not of every recorder")]
        pub(crate) fn polled(times: u32) {
            $(#[$child])? #[inline(never)]
            async fn child(times: u32) {
                for n in 0..times {
                    Yield::default().await;
                    black_box(body(u64::from(n)));
                }
            }
            $(#[$root])? #[inline(never)]
            fn root(times: u32) {
                let _entered = $enter;
                block_on(async {
                    child(times).await;
                });
            }
            root(times)
        }
    };
}
pub(crate) use flows;

/// The body without instrumentation. This is also the program without omegi's feature `enable`: a
/// test shows that the machine code is the same.
pub(crate) mod plain {
    super::flows! { ; ; ; ; () }
}

pub(crate) mod omegi {
    super::flows! { #[omegi::traced]; #[omegi::traced]; #[omegi::traced(args)]; #[omegi::traced]; () }
}

/// The lowest possible cost of recording a call with its times.
pub(crate) mod floor {
    use super::{black_box, body, ticks};

    #[derive(Clone, Copy)]
    struct Slot {
        _site: u64,
        _start: u64,
        _end: u64,
        _parent: u32,
        _meta: u32,
    }
    const _: () = assert!(size_of::<Slot>() == 32);

    impl Slot {
        const EMPTY: Self = Self { _site: 0, _start: 0, _end: 0, _parent: 0, _meta: 0 };
    }

    struct Slots {
        slots: [Slot; 128],
        next: usize,
    }

    impl Slots {
        #[inline(always)]
        fn record<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
            let start = ticks();
            let result = work(self);
            let end = ticks();
            self.slots[self.next & 127] = Slot { _site: 1, _start: start, _end: end, _parent: 0, _meta: 1 };
            self.next += 1;
            result
        }
    }

    pub(crate) fn sync(children: u32) {
        #[inline(never)]
        fn child(slots: &mut Slots, n: u64) -> u64 {
            slots.record(|_| body(n))
        }
        #[inline(never)]
        fn root(slots: &mut Slots, children: u32) {
            slots.record(|slots| {
                for n in 0..children {
                    black_box(child(slots, u64::from(n)));
                }
            });
        }
        thread_local! {
            static SLOTS: std::cell::RefCell<Slots> =
                const { std::cell::RefCell::new(Slots { slots: [Slot::EMPTY; 128], next: 0 }) };
        }
        SLOTS.with_borrow_mut(|slots| {
            root(slots, children);
            black_box(slots);
        });
    }
}

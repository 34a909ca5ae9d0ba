//! A program with a signal handler that calls traced functions, beside threads that begin, record,
//! allocate and end.
//!
//! The first argument selects the handler, the second the signals:
//!
//! - `allocations ROUNDS`: each call of the allocator is interrupted, so the handler runs at every
//!   moment at which the program or omegi allocates.
//! - `timer SECONDS`: a timer and a thread send 20,000 signals a second each.
//!
//! `blocked before ROUNDS` and `blocked after ROUNDS`: no handler runs. The program handles SIGTERM
//! and blocks it, before or after omegi starts; `blocked unhandled ROUNDS` blocks it alone. Prints
//! the numbers of flows.
//!
//! Prints how often the handler ran, and how often something in it called the allocator: real
//! programs hang there.

#![cfg_attr(unix, expect(unsafe_code, reason = "std handles no signals"))]

#[cfg(unix)]
fn main() {
    unix::main();
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;
    use std::ffi::{c_int, c_long};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::task::{Context, Poll, Waker};
    use std::thread;
    use std::time::{Duration, Instant};

    mod system {
        use std::ffi::{c_int, c_long};

        pub(super) type Handler = extern "C" fn(c_int);

        /// `sigset_t` of Linux.
        #[cfg(target_os = "linux")]
        #[repr(C)]
        pub(super) struct SignalSet(pub(super) [u64; 16]);

        /// `struct sigaction` of glibc and musl.
        #[cfg(target_os = "linux")]
        #[repr(C)]
        pub(super) struct Action {
            pub(super) handler: Handler,
            pub(super) mask: SignalSet,
            pub(super) flags: c_int,
            pub(super) restorer: usize,
        }

        // SAFETY: as above.
        #[cfg(target_os = "linux")]
        unsafe extern "C" {
            pub(super) safe fn sigaction(signal: c_int, new: &Action, old: Option<&mut Action>) -> c_int;
            pub(super) safe fn pthread_sigmask(
                how: c_int,
                new: &SignalSet,
                old: Option<&mut SignalSet>,
            ) -> c_int;
        }

        /// The interval and the first moment: seconds and microseconds.
        #[repr(C)]
        pub(super) struct Timer(pub(super) [[c_long; 2]; 2]);

        // SAFETY: POSIX declares them like this. The thread of a `pthread_t` must not have ended:
        // here it is that of `main`.
        unsafe extern "C" {
            pub(super) safe fn signal(signal: c_int, handler: Option<Handler>) -> usize;
            pub(super) safe fn raise(signal: c_int) -> c_int;
            pub(super) safe fn pthread_self() -> usize;
            pub(super) safe fn pthread_kill(thread: usize, signal: c_int) -> c_int;
            pub(super) safe fn setitimer(which: c_int, new: &Timer, old: Option<&mut Timer>) -> c_int;
        }
    }

    /// The pause between two signals of the timer and of the thread.
    const PAUSE: Duration = Duration::from_micros(50);

    const SIGALRM: c_int = 14;
    #[cfg(target_os = "linux")]
    const SIGTERM: c_int = 15;
    #[cfg(target_os = "linux")]
    const SA_RESTART: c_int = 0x1000_0000;
    const ITIMER_REAL: c_int = 0;

    /// True while each call of the allocator is interrupted.
    static INTERRUPTS: AtomicBool = AtomicBool::new(false);
    static HANDLED: AtomicU64 = AtomicU64::new(0);
    static ALLOCATED: AtomicU64 = AtomicU64::new(0);
    static HANDLED_CALLS: AtomicU64 = AtomicU64::new(0);

    thread_local! {
        static IN_HANDLER: Cell<bool> = const { Cell::new(false) };
    }

    /// The system's allocator, interrupted.
    struct Interrupted;

    #[global_allocator]
    static ALLOCATOR: Interrupted = Interrupted;

    // SAFETY: the system's allocator does the work.
    unsafe impl GlobalAlloc for Interrupted {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            interrupt();
            // SAFETY: the caller's promises.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            interrupt();
            // SAFETY: the caller's promises.
            unsafe { System.dealloc(memory, layout) }
        }
    }

    fn interrupt() {
        if IN_HANDLER.get() {
            allocated();
        } else if INTERRUPTS.load(Ordering::Relaxed) {
            system::raise(SIGALRM);
        }
    }

    /// A place for a debugger's breakpoint.
    #[inline(never)]
    fn allocated() {
        ALLOCATED.fetch_add(1, Ordering::Relaxed);
    }

    #[omegi::instrument_crate]
    mod shop {
        use std::ffi::c_int;
        use std::num::ParseIntError;

        /// A handler in woven code.
        pub(super) extern "C" fn on_signal(_: c_int) {
            super::handle();
        }

        /// A handler that is traced on demand.
        #[omegi::traced]
        pub(super) extern "C" fn on_signal_traced(_: c_int) {
            super::handle();
        }

        /// The work of all handlers: more calls than a segment has room for at first, and errors.
        pub(super) fn tick(depth: u32) -> u32 {
            let _ = parsed("no number");
            let _ = converted("no number");
            if depth == 0 {
                describe();
                super::poll_all(std::pin::pin!(later()));
                return super::called();
            }
            tick(depth - 1) + 1
        }

        /// Describes the span and the flow, so that it takes memory.
        fn describe() {
            omegi::tag("depth", 0);
            let here = omegi::current().attribute("depth", 0).tag("depth", 0);
            let here = here.event("ticked", [omegi::Attribute::new("depth", 0)]);
            if let Err(error) = "no number".parse::<u32>() {
                here.exception(&error).fail(&error);
            }
        }

        /// Waits once.
        async fn later() -> Result<u32, ParseIntError> {
            super::Later(false).await;
            parsed("no number")
        }

        fn converted(text: &str) -> Result<u32, ParseIntError> {
            Ok(parsed(text)? + 1)
        }

        fn parsed(text: &str) -> Result<u32, ParseIntError> {
            text.parse()
        }

        /// The work of all threads. It fails for every fourth order.
        pub(super) fn order(number: u32) -> Result<usize, String> {
            let items: Vec<_> = (0..20).map(|item| item_of(number, item)).collect();
            check(number)?;
            Ok(items.iter().map(String::len).sum())
        }

        fn item_of(number: u32, item: u32) -> String {
            format!("item {item} of order {number}")
        }

        fn check(number: u32) -> Result<(), String> {
            if number.is_multiple_of(4) { Err(format!("cannot deliver order {number}.")) } else { Ok(()) }
        }

        /// A flow of one call.
        #[cfg(target_os = "linux")]
        pub(super) fn check_again(number: u32) -> Result<u32, String> {
            if number.is_multiple_of(4) { Err(String::new()) } else { Ok(number) }
        }

        /// Orders and new threads while a call is open.
        pub(super) fn serve(numbers: std::ops::Range<u32>) -> usize {
            numbers.map(super::order_on_all_threads).sum()
        }
    }

    /// A future that is ready at the second poll.
    struct Later(bool);

    impl Future for Later {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    /// Polls a future until it is ready.
    fn poll_all<F: Future>(mut future: Pin<&mut F>) {
        let mut context = Context::from_waker(Waker::noop());
        while future.as_mut().poll(&mut context).is_pending() {}
    }

    fn called() -> u32 {
        HANDLED_CALLS.fetch_add(1, Ordering::Relaxed);
        1
    }

    /// Runs in every handler.
    fn handle() {
        let outer = IN_HANDLER.replace(true);
        HANDLED.fetch_add(1, Ordering::Relaxed);
        shop::tick(if INTERRUPTS.load(Ordering::Relaxed) { 40 } else { 0 });
        IN_HANDLER.set(outer);
    }

    /// A handler that omegi does not see.
    extern "C" fn on_signal(_: c_int) {
        handle();
    }

    fn order_on_all_threads(number: u32) -> usize {
        // The first call of a thread, and its last one.
        let other = thread::spawn(move || shop::order(number).unwrap_or_default());
        let own = shop::order(number + 1).unwrap_or_default();
        own + other.join().expect("it does not panic")
    }

    /// Sends signals to the calling thread, and to the process, for good.
    fn send_signals() {
        let main = system::pthread_self();
        thread::spawn(move || {
            loop {
                system::pthread_kill(main, SIGALRM);
                thread::sleep(PAUSE);
            }
        });
        let pause = [0, c_long::from(i32::try_from(PAUSE.as_micros()).expect("it is short"))];
        system::setitimer(ITIMER_REAL, &system::Timer([pause, pause]), None);
    }

    fn handle_signals(handler: &str) {
        match handler {
            "woven" => drop(system::signal(SIGALRM, Some(shop::on_signal))),
            "traced" => drop(system::signal(SIGALRM, Some(shop::on_signal_traced))),
            #[cfg(target_os = "linux")]
            "filled" => {
                let mask = system::SignalSet([u64::MAX; 16]);
                let action = system::Action { handler: on_signal, mask, flags: SA_RESTART, restorer: 0 };
                system::sigaction(SIGALRM, &action, None);
            }
            "plain" => drop(system::signal(SIGALRM, Some(on_signal))),
            // SAFETY: the handler takes no lock and allocates nothing, if omegi does not.
            "registered" => unsafe {
                signal_hook::low_level::register(SIGALRM, handle).expect("the signal can be handled");
            },
            other => panic!("no handler {other}"),
        }
    }

    /// Blocks SIGTERM in this thread and in those that it starts.
    #[cfg(target_os = "linux")]
    fn block() {
        const SIG_BLOCK: c_int = 0;
        let mut blocked = [0; 16];
        blocked[0] = 1 << (SIGTERM - 1);
        system::pthread_sigmask(SIG_BLOCK, &system::SignalSet(blocked), None);
    }

    /// Makes flows on threads that block a signal for which the program has a handler.
    #[cfg(target_os = "linux")]
    fn work_while_blocked(moment: &str, rounds: u32) {
        if moment == "before" {
            block();
        }
        let omegi = omegi::init();
        if moment != "unhandled" {
            system::signal(SIGTERM, Some(ignore));
        }
        block();
        thread::spawn(move || (0..rounds).map(shop::check_again).filter(Result::is_ok).count())
            .join()
            .expect("it does not panic");
        let health = omegi::health();
        println!("flows {}", health.flows);
        println!("unrecorded {}", health.unrecorded_flows);
        drop(omegi);
    }

    pub(super) fn main() {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let [handler, signals, amount] = &arguments[..] else { panic!("three arguments") };
        let amount = amount.parse().expect("a number");
        #[cfg(target_os = "linux")]
        if handler == "blocked" {
            return work_while_blocked(signals, u32::try_from(amount).expect("a small number"));
        }
        let omegi = omegi::builder().init();
        handle_signals(handler);
        let mut total = 0;
        if signals == "timer" {
            let begun = Instant::now();
            send_signals();
            for round in 0.. {
                total += shop::serve(round * 8..round * 8 + 4) + order_on_all_threads(round * 8 + 4);
                if begun.elapsed() > Duration::from_secs(amount) {
                    break;
                }
            }
            system::signal(SIGALRM, Some(ignore));
        } else {
            INTERRUPTS.store(true, Ordering::Relaxed);
            let rounds = u32::try_from(amount).expect("a small number");
            total += (0..rounds).map(order_on_all_threads).sum::<usize>() + shop::serve(0..rounds);
            INTERRUPTS.store(false, Ordering::Relaxed);
        }
        drop(omegi);
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        println!("total {total}");
        println!("handled {} calls {}", of(&HANDLED), of(&HANDLED_CALLS));
        println!("allocated {}", of(&ALLOCATED));
    }

    extern "C" fn ignore(_: c_int) {}
}

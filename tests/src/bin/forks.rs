//! A program whose process forks: once, or often beside busy threads.

#![cfg_attr(unix, expect(unsafe_code, reason = "std cannot fork"))]

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    unix::main()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use std::io::Write as _;
    use std::process::ExitCode;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;

    #[omegi::instrument_crate]
    mod shop {
        pub(super) fn serve(who: &str) -> Result<usize, String> {
            look_up(who)?;
            Ok(price(who))
        }

        pub(super) fn price(who: &str) -> usize {
            who.len()
        }

        fn look_up(who: &str) -> Result<(), String> {
            Err(format!("cannot serve {who}."))
        }

        /// Forks inside of a flow that fails in both processes.
        pub(super) fn forks_inside() -> Result<i32, String> {
            let child = super::fork();
            let who = if child == 0 { "inner child" } else { "outer parent" };
            let _ = look_up(who);
            Err(format!("left by {who}."))
        }
    }

    mod system {
        unsafe extern "C" {
            pub(super) safe fn fork() -> i32;
            pub(super) safe fn _exit(status: i32) -> !;
            pub(super) safe fn raise(signal: i32) -> i32;
            pub(super) safe fn alarm(seconds: u32) -> u32;
            // SAFETY: the status is written to a valid place.
            pub(super) unsafe fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
        }
    }

    /// The seconds after which a child counts as hanging.
    const HANGS: u32 = 120;

    fn fork() -> i32 {
        let child = system::fork();
        if child == 0 {
            system::alarm(HANGS);
        }
        child
    }

    /// Returns whether the child ended by itself, without an error.
    fn ended_well(child: i32) -> bool {
        let mut status = -1;
        // SAFETY: `status` lives longer than the call.
        let waited = unsafe { system::waitpid(child, &raw mut status, 0) };
        waited == child && status == 0
    }

    pub(super) fn main() -> ExitCode {
        let mut arguments = std::env::args().skip(1);
        let how = arguments.next().unwrap_or_default();
        if how == "without-omegi" {
            return by_children(&how);
        }
        if how == "own-exporter" {
            return own_exporter();
        }
        let _omegi = omegi::init();
        match arguments.next().and_then(|rounds| rounds.parse().ok()) {
            Some(rounds) => often(&how, rounds),
            None => by_children(&how),
        }
    }

    /// Forks a daemon, which may fork another one.
    fn by_children(how: &str) -> ExitCode {
        (0..3).for_each(|nth| drop(shop::serve(&format!("before {nth}"))));
        if how == "inside" {
            let left = shop::forks_inside();
            return if left == Err("left by inner child.".to_owned()) {
                end("return")
            } else {
                wait_for_all()
            };
        }
        if how == "daemon" {
            return daemon();
        }
        if how == "signal" {
            return signal();
        }
        if fork() != 0 {
            (0..3).for_each(|nth| drop(shop::serve(&format!("after {nth}"))));
            return wait_for_all();
        }
        let _again = (how == "init" || how == "without-omegi").then(omegi::init);
        let daemon = thread::spawn(|| (0..3).for_each(|nth| drop(shop::serve(&format!("child {nth}")))));
        daemon.join().unwrap();
        if how == "grandchild" && fork() != 0 {
            return wait_for_all();
        }
        if how == "grandchild" {
            drop(shop::serve("grandchild"));
        }
        if how == "health" {
            let health = omegi::health();
            println!(
                "flows {} failed {} dropped {}",
                health.flows, health.failed_flows, health.dropped_spans
            );
        }
        end(how)
    }

    /// Forks in a program with an exporter of its own, which a child cannot make again.
    fn own_exporter() -> ExitCode {
        let _omegi = omegi::builder().exporter(omegi::MemoryExporter::new()).init();
        if fork() != 0 {
            return wait_for_all();
        }
        drop(shop::serve("nobody"));
        let memory = omegi::MemoryExporter::new();
        let _again = omegi::builder().exporter(memory.clone()).init();
        drop(shop::serve("child"));
        let flushed = omegi::flush(Duration::from_secs(60));
        println!("{flushed} {}", memory.outlines().contains("cannot serve child."));
        ExitCode::SUCCESS
    }

    /// Forks a child that dies of a signal.
    fn signal() -> ExitCode {
        const SIGTERM: i32 = 15;
        let child = fork();
        if child == 0 {
            drop(shop::serve("child"));
            system::raise(SIGTERM);
            loop {
                thread::park();
            }
        }
        let mut status = 0;
        // SAFETY: `status` lives longer than the call.
        unsafe { system::waitpid(child, &raw mut status, 0) };
        ExitCode::from(u8::from(status != SIGTERM))
    }

    /// Forks twice, as a daemon does. The process in between asks omegi for things, but calls
    /// nothing that is recorded.
    fn daemon() -> ExitCode {
        if fork() != 0 {
            return wait_for_all();
        }
        omegi::tag("asks", "the policy");
        assert!(omegi::flush(Duration::from_secs(60)) && omegi::health().flows == 0);
        let child = fork();
        if child != 0 {
            return if ended_well(child) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        drop(shop::serve("daemon"));
        ExitCode::SUCCESS
    }

    fn wait_for_all() -> ExitCode {
        let mut all_well = true;
        let mut status = 0;
        // SAFETY: `status` lives longer than the call.
        while unsafe { system::waitpid(-1, &raw mut status, 0) } > 0 {
            all_well &= status == 0;
        }
        if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Ends the process in the way `how`.
    fn end(how: &str) -> ExitCode {
        match how {
            "exit" => std::process::exit(0),
            "_exit" => {
                let flushed = omegi::flush(Duration::from_secs(60));
                system::_exit(i32::from(!flushed))
            }
            _ => ExitCode::SUCCESS,
        }
    }

    /// std takes a lock of its own where a thread starts or ends. A child that is forked off at
    /// that moment hangs at its first thread or at its end, with or without omegi.
    static SPAWNING: Mutex<()> = Mutex::new(());

    static STOP: AtomicBool = AtomicBool::new(false);
    static FAILED: AtomicU64 = AtomicU64::new(0);

    fn busy(work: impl Fn() + Send + 'static) -> JoinHandle<()> {
        thread::spawn(move || {
            while !STOP.load(Ordering::Relaxed) {
                (0..5).for_each(|_| work());
                thread::sleep(Duration::from_millis(1));
            }
        })
    }

    fn fail() {
        FAILED.fetch_add(1, Ordering::Relaxed);
        let _ = shop::serve("parent");
    }

    /// Threads that hold each lock of omegi and of std's streams as often as they can.
    fn busy_threads() -> Vec<JoinHandle<()>> {
        vec![
            busy(|| {
                shop::price("recorded");
            }),
            busy(fail),
            busy(fail),
            busy(|| {
                let _spawns = SPAWNING.lock();
                let _ = thread::spawn(omegi::in_flow(fail)).join();
            }),
            busy(|| {
                let mut stderr = std::io::stderr().lock();
                let _ = stderr.write_all(b".");
                thread::sleep(Duration::from_millis(1));
            }),
            busy(|| {
                let mut stdout = std::io::stdout().lock();
                let _ = writeln!(stdout, ".");
                thread::sleep(Duration::from_millis(1));
            }),
        ]
    }

    /// Forks this many children, one after the other. Each records a flow that fails, and ends.
    fn often(how: &str, rounds: u32) -> ExitCode {
        let threads = busy_threads();
        for round in 0..rounds {
            let spawning = SPAWNING.lock();
            let child = fork();
            drop(spawning);
            if child == 0 {
                let _again = (round % 2 == 0).then(omegi::init);
                drop(shop::serve(&format!("child {round}")));
                return end(if how == "all" { ["return", "exit", "_exit"][round as usize % 3] } else { how });
            }
            if !ended_well(child) {
                eprintln!("child {round} hung or failed");
                std::process::exit(1);
            }
        }
        STOP.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let flushed = omegi::flush(Duration::from_secs(60));
        let health = omegi::health();
        let made = FAILED.load(Ordering::Relaxed);
        assert!(flushed && health.waiting_flows == 0 && health.flows_lost_to_export == 0, "{health:?}");
        assert!(health.failed_flows + health.suppressed_flows <= made, "{made}: {health:?}");
        println!("exported {}", health.exported_flows);
        ExitCode::SUCCESS
    }
}

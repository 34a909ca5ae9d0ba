//! Makes one kind of error very often, and another kind now and then; prints the number of exported
//! ones of each.
//!
//! With an argument, makes one flow of each sort instead, with this choice of the errors that
//! count: `any`, `escaped`, `rule`. With `outlived`, makes a hundred flows whose failing part is
//! not awaited, of which one is to be kept.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use omegi::{CountedErrors, ExportError, Exporter, Flow};

const FLOWS: u32 = 400_000;

mod shop {
    use std::sync::mpsc::{Receiver, Sender};
    use std::thread::{self, JoinHandle};

    #[omegi::traced]
    pub(crate) fn fails_often() -> Result<(), String> {
        Err("the same as ever".to_owned())
    }

    #[omegi::traced]
    pub(crate) fn breaks() -> Result<(), u32> {
        Err(7)
    }

    /// Handles one error, and causes another.
    #[omegi::traced]
    pub(crate) fn handles_and_breaks() -> Result<(), u32> {
        let _ = fails_often();
        breaks()
    }

    #[omegi::traced]
    pub(crate) fn handles() {
        let _ = fails_often();
    }

    /// Fails, reports the error, and continues.
    #[omegi::traced]
    fn goes_on(failed: &Sender<()>, go: &Receiver<()>) {
        let _ = fails_often();
        let _ = failed.send(());
        let _ = go.recv();
    }

    /// Ends before its spawned part, which fails.
    #[omegi::traced]
    pub(crate) fn is_outlived(
        failed: Sender<()>,
        has_failed: &Receiver<()>,
        go: Receiver<()>,
    ) -> JoinHandle<()> {
        let goes_on = thread::spawn(move || goes_on(&failed, &go));
        let _ = has_failed.recv();
        goes_on
    }
}

#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl Exporter for Errors {
    fn name(&self) -> &'static str {
        "errors"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        let name = |flow: &Flow| flow.root().map(|root| root.name.to_string()).unwrap_or_default();
        self.0.lock().expect("no thread panics with the lock").extend(flows.iter().map(name));
        Ok(())
    }
}

fn frequent_errors() {
    let started = Instant::now();
    for number in 0..FLOWS {
        let _ = shop::fails_often();
        if number.is_multiple_of(50_000) {
            let _ = (shop::breaks(), shop::handles_and_breaks());
        }
    }
    eprintln!("{} ns a flow", started.elapsed().as_nanos() / u128::from(FLOWS));
}

fn outlived() {
    for _ in 0..100 {
        let (decided, (failed, has_failed), (go, goes)) =
            (omegi::health().flows, mpsc::channel(), mpsc::channel());
        let goes_on = shop::is_outlived(failed, &has_failed, goes);
        while omegi::health().flows == decided {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = go.send(());
        goes_on.join().expect("it does not panic");
    }
}

fn main() {
    let errors = Errors::default();
    let builder = omegi::builder().flow_rate(0).error_limit(100).exporter(errors.clone());
    let choice = std::env::args().nth(1);
    let builder = match choice.as_deref() {
        Some("escaped") => builder.counted_errors(CountedErrors::Escaped),
        Some("outlived") => builder.error_limit(1).flow_wait(Duration::from_millis(1)),
        Some("rule") => builder.error_filter(|error| error.function.ends_with("breaks")),
        _ => builder,
    };
    let _omegi = builder.init();
    if choice.as_deref() == Some("outlived") {
        outlived();
    } else if choice.is_some() {
        let _ = (shop::fails_often(), shop::breaks(), shop::handles_and_breaks(), shop::handles());
    } else {
        frequent_errors();
    }
    assert!(omegi::flush(Duration::from_secs(60)));
    let kept = errors.0.lock().expect("no thread panics with the lock");
    for name in [
        "shop::fails_often",
        "shop::breaks",
        "shop::handles_and_breaks",
        "shop::handles",
        "shop::is_outlived",
    ] {
        println!("{name} {}", kept.iter().filter(|kept| *kept == name).count());
    }
    println!("suppressed {}", omegi::health().suppressed_flows);
}

//! A storm of one kind of error, and now and then another kind; prints how many of each were exported.
//!
//! With an argument, one flow of each sort instead, with that choice of what counts: `any`, `escaped`, `rule`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use omegi::{CountedErrors, ExportError, Exporter, Flow};

const FLOWS: u32 = 400_000;

mod shop {
    #[omegi::traced]
    pub(crate) fn storms() -> Result<(), String> {
        Err("the same as ever".to_owned())
    }

    #[omegi::traced]
    pub(crate) fn breaks() -> Result<(), u32> {
        Err(7)
    }

    /// Handles one error, and meets another.
    #[omegi::traced]
    pub(crate) fn handles_and_breaks() -> Result<(), u32> {
        let _ = storms();
        breaks()
    }

    #[omegi::traced]
    pub(crate) fn handles() {
        let _ = storms();
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
        self.0.lock().expect("nobody panics with it").extend(flows.iter().map(name));
        Ok(())
    }
}

fn storm() {
    let started = Instant::now();
    for number in 0..FLOWS {
        let _ = shop::storms();
        if number.is_multiple_of(50_000) {
            let _ = (shop::breaks(), shop::handles_and_breaks());
        }
    }
    eprintln!("{} ns a flow", started.elapsed().as_nanos() / u128::from(FLOWS));
}

fn main() {
    let errors = Errors::default();
    let builder = omegi::builder().flow_rate(0).error_limit(100).exporter(errors.clone());
    let choice = std::env::args().nth(1);
    let builder = match choice.as_deref() {
        Some("escaped") => builder.counted_errors(CountedErrors::Escaped),
        Some("rule") => builder.error_filter(|error| error.function.ends_with("breaks")),
        _ => builder,
    };
    let _omegi = builder.init();
    if choice.is_some() {
        let _ = (shop::storms(), shop::breaks(), shop::handles_and_breaks(), shop::handles());
    } else {
        storm();
    }
    assert!(omegi::flush(Duration::from_secs(60)));
    let kept = errors.0.lock().expect("nobody panics with it");
    for name in ["shop::storms", "shop::breaks", "shop::handles_and_breaks", "shop::handles"] {
        println!("{name} {}", kept.iter().filter(|kept| *kept == name).count());
    }
    println!("suppressed {}", omegi::health().suppressed_flows);
}

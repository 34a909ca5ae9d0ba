//! A program whose panics abort it; compiled by the tests in `mortal.rs`. Its argument selects the
//! end.

use std::fmt;
use std::time::Duration;

use omegi::{ExportError, Exporter, Flow};

#[omegi::traced]
fn fails(number: u32) -> Result<(), String> {
    Err(format!("number {number}."))
}

/// Its flow is not exported at once.
#[omegi::traced]
fn goes_well() {}

#[omegi::traced]
fn outer() -> u32 {
    inner(&[]) + 1
}

#[omegi::traced]
fn inner(items: &[u32]) -> u32 {
    if items.is_empty() { panic!("on purpose") } else { items.iter().sum() }
}

/// An error whose `Display` panics. Only omegi formats it in this program.
struct Angry;

impl fmt::Display for Angry {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("angry on purpose")
    }
}

#[omegi::traced]
fn angers() -> Result<(), Angry> {
    Err(Angry)
}

impl Exporter for Angry {
    fn name(&self) -> &'static str {
        "angry"
    }

    fn export(&mut self, _: &[Flow]) -> Result<(), ExportError> {
        panic!("angry on purpose")
    }
}

fn main() {
    let end = std::env::args().nth(1).unwrap_or_default();
    let builder = omegi::builder();
    let _omegi = if end == "exporter-panics" { builder.exporter(Angry) } else { builder }.init();
    for number in 0..100 {
        let _ = fails(number);
    }
    match end.as_str() {
        "error-panics" => {
            // No urgent flow causes an export of this one.
            std::thread::sleep(Duration::from_millis(500));
            goes_well();
            drop(angers());
        }
        "exporter-panics" => drop(omegi::flush(Duration::MAX)),
        "panics" => drop(outer()),
        "panics-elsewhere" => drop(std::thread::spawn(outer).join()),
        _ => {
            std::thread::sleep(Duration::from_millis(500));
            std::process::abort();
        }
    }
}

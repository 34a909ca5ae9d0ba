//! Injected errors of a program, each with a number.
//!
//! This is a crate of its own, outside of the program's workspace, so it is not woven. `FAULT` is
//! the number of the function that fails: once in each case of the workload, up to eight times.

use std::fmt::{self, Debug};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// An error that can be made of a text.
pub trait Fault {
    /// Returns the error that tells this text, if it can.
    fn fault(text: String) -> Self;
}

/// Makes errors of a crate out of a text:
/// `faults! { crate::Error: |text| crate::Error::new(text) }`.
#[macro_export]
macro_rules! faults {
    ($($error:ty: |$text:ident| $made:expr),* $(,)?) => {
        $(impl $crate::Fault for $error {
            fn fault($text: String) -> Self {
                $made
            }
        })*
    };
}

faults! {
    String: |text| text,
    Box<dyn std::error::Error>: |text| text.into(),
    Box<dyn std::error::Error + Send + Sync>: |text| text.into(),
    std::io::Error: |text| Self::other(text),
    fmt::Error: |_text| Self,
}

/// The largest number of cases in which the chosen function fails.
const STRIKES_MAX: usize = 8;

/// The number of functions that can be told apart.
const FUNCTIONS: usize = 8192;

static CHOSEN: LazyLock<Option<u32>> = LazyLock::new(|| std::env::var("FAULT").ok()?.parse().ok());
static HAS_STRUCK: AtomicBool = AtomicBool::new(false);
static STRIKES: AtomicUsize = AtomicUsize::new(0);
static CALLED: [AtomicBool; FUNCTIONS] = [const { AtomicBool::new(false) }; FUNCTIONS];

/// Returns whether this call of the function with this number is to fail.
pub fn strikes(number: u32) -> bool {
    CALLED[number as usize].store(true, Relaxed);
    *CHOSEN == Some(number) && !HAS_STRUCK.swap(true, Relaxed) && STRIKES.fetch_add(1, Relaxed) < STRIKES_MAX
}

/// Returns the error of a function.
pub fn error<E: Fault>(number: u32) -> E {
    // Errors of one text would be one error where a call may be any function's.
    E::fault(format!("injected fault {number}.{}", STRIKES.load(Relaxed)))
}

/// Returns the error of a function if this call is to fail.
pub fn check<E: Fault>(number: u32) -> Result<(), E> {
    if strikes(number) { Err(error(number)) } else { Ok(()) }
}

/// Returns the error of a function as the function's own result.
pub fn failed<T, E: Fault>(number: u32) -> Result<T, E> {
    Err(error(number))
}

/// Runs a case of the workload, in which the chosen function fails once, and prints its end.
pub fn case<T: Debug>(name: &str, body: impl FnOnce() -> T) {
    HAS_STRUCK.store(false, Relaxed);
    let end = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => format!("{value:?}"),
        Err(_) => "panicked".to_owned(),
    };
    println!("{name}: {}", end.chars().take(200).collect::<String>());
}

/// Prints the numbers of the functions that were called, if `FAULT_CALLS` is set.
pub fn finish() {
    if std::env::var_os("FAULT_CALLS").is_some() {
        let called = (0..FUNCTIONS).filter(|number| CALLED[*number].load(Relaxed));
        println!("called: {:?}", called.collect::<Vec<_>>());
    }
}

//! A program whose panics abort it; compiled by the tests in `mortal.rs`. Its argument says how it ends.

use std::time::Duration;

#[omegi::traced]
fn fails(number: u32) -> Result<(), String> {
    Err(format!("number {number}."))
}

#[omegi::traced]
fn outer() -> u32 {
    inner(&[]) + 1
}

#[omegi::traced]
fn inner(items: &[u32]) -> u32 {
    if items.is_empty() { panic!("on purpose") } else { items.iter().sum() }
}

fn main() {
    let _omegi = omegi::init();
    for number in 0..100 {
        let _ = fails(number);
    }
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "panics" => drop(outer()),
        "panics-elsewhere" => drop(std::thread::spawn(outer).join()),
        _ => {
            std::thread::sleep(Duration::from_millis(500));
            std::process::abort();
        }
    }
}

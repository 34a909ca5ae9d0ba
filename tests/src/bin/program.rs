//! A small program for the tests under `process/`: its output and exit code must not depend on
//! omegi.
//!
//! Its argument says when it calls `init`: `once`, `twice`, `never`, `late`, `without-guard`,
//! `try`. `try-anyway` continues after an error; `quiet` prints nothing. `exits` and
//! `exits-elsewhere` exit inside of a call in which another has failed, on the thread of `main` or
//! another. `holds-stdout` exits while it holds the lock of stdout.

use std::process::ExitCode;

#[omegi::instrument_crate]
mod shop {
    pub(crate) fn place(item: u32) -> Result<u32, String> {
        let found = find(item)?;
        Ok(found * 2)
    }

    #[omegi::traced]
    pub(crate) fn exits() -> u32 {
        let _ = place(12);
        std::process::exit(3)
    }

    fn find(item: u32) -> Result<u32, String> {
        if item < 10 { Ok(item.wrapping_add(1)) } else { Err(format!("no item {item}")) }
    }
}

fn main() -> ExitCode {
    let when = std::env::args().nth(1).unwrap_or_default();
    if when == "late" {
        let _ = shop::place(1);
    }
    let _guard = match when.as_str() {
        "never" => None,
        "without-guard" => {
            std::mem::forget(omegi::init());
            None
        }
        "try" => match omegi::builder().try_init() {
            Ok(guard) => Some(guard),
            Err(error) => {
                println!("not started:\n{error}");
                return ExitCode::FAILURE;
            }
        },
        "try-anyway" => omegi::builder().try_init().ok(),
        _ => Some(omegi::init()),
    };
    let _second = (when == "twice").then(omegi::init);
    match when.as_str() {
        "exits" => drop(shop::exits()),
        "exits-elsewhere" => drop(std::thread::spawn(shop::exits).join()),
        "holds-stdout" => {
            let _held = std::io::stdout().lock();
            shop::exits();
        }
        _ => {}
    }
    for item in [1, 12] {
        let placed = shop::place(item);
        if when != "quiet" {
            println!("{placed:?}");
        }
    }
    ExitCode::from(3)
}

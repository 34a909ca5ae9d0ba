//! A program that sets panic hooks of its own, for the tests under `process/`. Its argument says
//! how: all ways that keep omegi from being the one that is called first.

use std::panic::{self, PanicHookInfo};
use std::thread;

#[omegi::instrument_crate]
mod shop {
    pub(crate) fn place(item: u32) -> u32 {
        find(item) * 2
    }

    fn find(item: u32) -> u32 {
        assert!(item < 10, "no item {item}");
        item.wrapping_add(1)
    }
}

/// A hook that prints the panic in its own way.
fn printing(name: &'static str) -> Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> {
    Box::new(move |panic| {
        let payload = panic.payload();
        let literal = payload.downcast_ref::<&str>().copied();
        let text = literal.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        println!("{name}: {text} at {}", panic.location().unwrap());
    })
}

/// Sets hooks in woven code.
#[omegi::traced]
fn set(way: &str) {
    let previous = panic::take_hook();
    let own = printing("own");
    match way {
        "held" => {
            panic::set_hook(own);
            std::mem::forget(previous);
        }
        "called-seldom" => panic::set_hook(Box::new(move |panic| {
            own(panic);
            if panic.location().is_none() {
                previous(panic);
            }
        })),
        "restored" => {
            panic::set_hook(own);
            drop(panic::catch_unwind(|| shop::place(11)));
            panic::set_hook(previous);
            chain("chained");
        }
        way => panic!("no such way: {way}"),
    }
}

/// Chains a hook before the one that is set, as many libraries do.
fn chain(name: &'static str) {
    let (previous, own) = (panic::take_hook(), printing(name));
    panic::set_hook(Box::new(move |panic| {
        own(panic);
        previous(panic);
    }));
}

fn main() {
    let _guard = omegi::init();
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "set" => panic::set_hook(printing("own")),
        "set-twice" => {
            panic::set_hook(printing("first"));
            panic::set_hook(printing("second"));
        }
        "taken-and-set" => {
            drop(panic::take_hook());
            panic::set_hook(printing("own"));
        }
        "chained" => {
            panic::set_hook(printing("first"));
            chain("second");
            chain("third");
        }
        "chained-and-replaced" => {
            chain("first");
            panic::set_hook(printing("second"));
        }
        "set-elsewhere" => thread::spawn(|| panic::set_hook(printing("own"))).join().unwrap(),
        "set-again-and-again" => {
            for _ in 0..1000 {
                panic::set_hook(printing("own"));
                let previous = panic::take_hook();
                panic::set_hook(previous);
            }
        }
        way => set(way),
    }
    for item in [1, 12, 13] {
        println!("{:?}", panic::catch_unwind(|| shop::place(item)).is_ok());
    }
}

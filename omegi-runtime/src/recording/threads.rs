//! The threads on which spans begin, as numbers of 16 bits.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use crate::vocabulary::per_process::PerProcess;

use crate::recording::muting::quietly;
use crate::recording::shield::shielded;

/// A thread as the semantic conventions describe it.
#[derive(Clone, Debug)]
pub(crate) struct ThreadInfo {
    /// `thread.id`: the number that Rust gives it.
    pub(crate) id: i64,
    /// `thread.name`, if it has one.
    pub(crate) name: Option<String>,
}

/// The number of every thread after the 65,535th, about which nothing is known.
const UNKNOWN: u16 = 0;

/// One entry for each thread that records, never removed: at most 65,535 entries of some 60 bytes.
static THREADS: PerProcess<Mutex<Vec<ThreadInfo>>> = PerProcess::new(Mutex::new(Vec::new()));

thread_local! {
    static NUMBER: Cell<Option<u16>> = const { Cell::new(None) };
}

/// Returns the number of this thread, for the records. The first call on a thread registers it.
pub(crate) fn current() -> u16 {
    NUMBER.get().unwrap_or_else(first_number)
}

/// Forgets the number of this thread, in a process that was just forked off.
pub(crate) fn forget() {
    NUMBER.set(None);
}

#[cold]
fn first_number() -> u16 {
    // The allocator may be the user's, and instrumented.
    let number = quietly(register);
    NUMBER.set(Some(number));
    number
}

/// Registers the current thread and returns its number.
fn register() -> u16 {
    let mut threads = THREADS.get().lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(number) = u16::try_from(threads.len() + 1) else { return UNKNOWN };
    // It panics where a thread has no handle of itself any more.
    let Ok(thread) = shielded(std::thread::current) else { return UNKNOWN };
    threads.push(ThreadInfo { id: numeric(thread.id()), name: thread.name().map(str::to_owned) });
    number
}

/// Returns the description of the thread with this number.
pub(crate) fn info(number: u16) -> Option<ThreadInfo> {
    let index = usize::from(number.checked_sub(1)?);
    THREADS.get().lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
}

/// `ThreadId(7)` is 7: the number itself has no stable accessor.
fn numeric(id: std::thread::ThreadId) -> i64 {
    let text = format!("{id:?}");
    text.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_known_by_number_and_name() {
        let builder = std::thread::Builder::new().name("worker-7".into());
        let thread = builder.spawn(current).unwrap();
        let id = numeric(thread.thread().id());
        let info = info(thread.join().unwrap()).unwrap();
        assert_eq!((info.id, info.name.as_deref()), (id, Some("worker-7")));
        assert!(id > 0);
    }

    #[test]
    fn nothing_is_known_of_no_thread() {
        assert!(info(UNKNOWN).is_none());
    }
}

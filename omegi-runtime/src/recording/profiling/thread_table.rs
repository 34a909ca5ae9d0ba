//! The table of the current thread.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::vocabulary::per_process::{self, PerProcess};
use crate::vocabulary::signal_handler;

use crate::recording::muting::{is_muted, quietly};

use crate::recording::profiling::table::Table;

/// All tables of the process: as many as threads counted calls at one time.
static TABLES: PerProcess<Mutex<Tables>> = PerProcess::new(Mutex::new(Tables::new()));

#[derive(Debug, Default)]
struct Tables {
    all: Vec<&'static Table>,
    /// Those whose threads have ended.
    free: Vec<&'static Table>,
}

impl Tables {
    const fn new() -> Self {
        Self { all: Vec::new(), free: Vec::new() }
    }
}

/// The state of a thread. It has no destructor, so that calls in those of others are safe.
struct ProfiledThread {
    table: Cell<Option<&'static Table>>,
    /// The generation of the process in which the thread got its table.
    generation: Cell<u32>,
    /// True if the thread has given its table back.
    has_ended: Cell<bool>,
    /// Ticks that the calls inside the innermost open call took from it: with all overhead.
    taken: Cell<i64>,
    /// The same without overhead.
    nested: Cell<i64>,
}

/// The ticks that calls inside of an open call have taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inside {
    pub(super) taken: i64,
    pub(super) nested: i64,
}

thread_local! {
    static THREAD: ProfiledThread = const {
        ProfiledThread {
            table: Cell::new(None),
            generation: Cell::new(0),
            has_ended: Cell::new(false),
            taken: Cell::new(0),
            nested: Cell::new(0),
        }
    };
    static AT_END: EndOfThread = const { EndOfThread };
}

/// Gives the thread's table to a later thread.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        THREAD.with(|thread| {
            thread.has_ended.set(true);
            let table = thread.table.take().filter(|_| thread.generation.get() == per_process::generation());
            if let Some(table) = table {
                quietly(|| tables().free.push(table));
            }
        });
    }
}

/// Returns the table of this thread, if it has one.
#[inline]
pub(crate) fn get() -> Option<&'static Table> {
    THREAD.with(|thread| thread.table.get().filter(|_| thread.generation.get() == per_process::generation()))
}

/// Gives this thread a table, unless it has ended or its calls do not count: omegi's own, and those
/// of a signal handler. Then calls `begin`.
#[cold]
#[inline(never)]
pub(super) fn make(begin: fn()) -> Option<&'static Table> {
    if is_muted() || signal_handler::is_active() || THREAD.with(|thread| thread.has_ended.get()) {
        return None;
    }
    quietly(|| {
        AT_END.try_with(|_| ()).ok()?;
        let table = take();
        THREAD.with(|thread| {
            thread.generation.set(per_process::generation());
            thread.table.set(Some(table));
        });
        begin();
        Some(table)
    })
}

fn take() -> &'static Table {
    let mut tables = tables();
    tables.free.pop().unwrap_or_else(|| {
        let table: &'static Table = Box::leak(Box::new(Table::new()));
        tables.all.push(table);
        table
    })
}

fn tables() -> MutexGuard<'static, Tables> {
    TABLES.get().lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns all tables of the process.
pub(crate) fn all() -> Vec<&'static Table> {
    tables().all.clone()
}

/// Begins a call: returns the ticks inside of its caller so far, for [`end_inside`].
#[inline]
pub(super) fn begin_inside() -> Inside {
    THREAD.with(|thread| Inside { taken: thread.taken.replace(0), nested: thread.nested.replace(0) })
}

/// Ends a call: returns the ticks inside of it, and restores those of its caller.
#[inline]
pub(super) fn end_inside(caller: Inside) -> Inside {
    THREAD.with(|thread| Inside {
        taken: thread.taken.replace(caller.taken),
        nested: thread.nested.replace(caller.nested),
    })
}

/// Adds to the ticks inside of the innermost open call.
#[inline]
pub(super) fn add_inside(more: Inside) {
    THREAD.with(|thread| {
        thread.taken.set(thread.taken.get() + more.taken);
        thread.nested.set(thread.nested.get() + more.nested);
    });
}

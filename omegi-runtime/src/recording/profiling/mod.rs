//! Profiling: counts calls and their times by function, for `cargo omegi tune`. Nothing else is
//! recorded in a program that is woven for it.
//!
//! Each thread has a [table](table::Table) with a row for each function. A call adds to its row and
//! takes no lock. The rows of all threads are read at the end of the process, also those of threads
//! that still run. A table outlives its thread, and serves a later one: sums stay right.
//!
//! A call reads the clock twice. The [overhead](overhead::Overhead) of that is measured once and
//! taken off the times: the inner part off the call's own, all of it off its caller's.

pub(crate) mod call;
pub(crate) mod measuring;
pub(crate) mod overhead;
pub(crate) mod site;
pub(crate) mod table;
pub(crate) mod task;
pub(crate) mod thread_table;

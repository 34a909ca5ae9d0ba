//! The call sites of `tracing`'s spans.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tracing_core::{Level, Metadata};

use crate::vocabulary::call_site::FunctionPath;
use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::{CallSite, Location};

/// The size of a thread's cache, by the address of the metadata. Two that share an entry replace
/// each other.
const CACHE_SIZE: usize = 64;

type CacheEntry = (&'static Metadata<'static>, &'static CallSite);

thread_local! {
    static CACHE: [Cell<Option<CacheEntry>>; CACHE_SIZE] = const { [const { Cell::new(None) }; CACHE_SIZE] };
}

/// Returns the call site of the spans that `metadata` describes. It is made once for each place in
/// the source that makes spans, and never freed.
pub(super) fn of(metadata: &'static Metadata<'static>) -> &'static CallSite {
    // Statics are some ten words each.
    let entry = (address(metadata) >> 5) % CACHE_SIZE;
    CACHE.with(|cache| match cache[entry].get() {
        Some((known, site)) if std::ptr::eq(known, metadata) => site,
        _ => {
            let site = look_up(metadata);
            cache[entry].set(Some((metadata, site)));
            site
        }
    })
}

#[cold]
fn look_up(metadata: &'static Metadata<'static>) -> &'static CallSite {
    static SITES: PerProcess<Mutex<Option<HashMap<usize, &'static CallSite>>>> =
        PerProcess::new(Mutex::new(None));
    let mut sites = SITES.get().lock().unwrap_or_else(PoisonError::into_inner);
    sites
        .get_or_insert_default()
        .entry(address(metadata))
        .or_insert_with(|| Box::leak(Box::new(site(metadata))))
}

fn site(metadata: &'static Metadata<'static>) -> CallSite {
    let module = metadata.module_path().unwrap_or_default();
    let location =
        Location { file: metadata.file().unwrap_or_default(), line: metadata.line().unwrap_or_default() };
    let mut attributes = vec![("omegi.level", level(metadata))];
    if metadata.target() != module {
        attributes.push(("omegi.target", metadata.target()));
    }
    CallSite::new(module, FunctionPath::Written(metadata.name()))
        .named(metadata.name())
        .at(location)
        .with_attributes(attributes.leak())
}

/// Returns the level of a span or an event.
pub(super) fn level(metadata: &Metadata<'_>) -> &'static str {
    match *metadata.level() {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata).addr()
}

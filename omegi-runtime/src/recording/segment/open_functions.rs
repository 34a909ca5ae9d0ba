//! The functions whose calls stayed open for long, each to be reported once.

use std::ptr;
use std::sync::Mutex;

use crate::vocabulary::CallSite;
use crate::vocabulary::per_process::PerProcess;

use crate::recording::flow::sync::lock_static_soon;
use crate::recording::muting::quietly;

/// The most functions that are reported.
const FUNCTIONS: usize = 32;

/// The functions that were noted, and how many of them were taken.
static NOTED: PerProcess<Mutex<(Vec<&'static CallSite>, usize)>> =
    PerProcess::new(Mutex::new((Vec::new(), 0)));

/// Notes that a call of `site` has been open for long and has children that are flows of their own.
pub(super) fn note(site: &'static CallSite) {
    let Some(mut noted) = lock_static_soon(NOTED.get()) else { return };
    let (sites, _) = &mut *noted;
    if sites.len() < FUNCTIONS && !sites.iter().any(|known| ptr::eq(*known, site)) {
        quietly(|| sites.push(site));
    }
}

/// Takes the functions that are to be reported.
pub(crate) fn take() -> Vec<&'static CallSite> {
    let Some(mut noted) = lock_static_soon(NOTED.get()) else { return Vec::new() };
    let (sites, taken) = &mut *noted;
    let new = sites[*taken..].to_vec();
    *taken = sites.len();
    new
}

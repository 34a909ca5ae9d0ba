//! Call sites that no macro made: one for each place in the source that requests one.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

use crate::vocabulary::call_site::{CallSite, FunctionPath};
use crate::vocabulary::per_process::PerProcess;

type SiteKey = (&'static str, &'static Location<'static>);

/// Returns the call site with this name and place. Each is made once and never freed: as many as
/// there are calls of the requesting function in the program's text.
pub(crate) fn site(name: &'static str, place: &'static Location<'static>) -> &'static CallSite {
    static SITES: PerProcess<Mutex<Option<HashMap<SiteKey, &'static CallSite>>>> =
        PerProcess::new(Mutex::new(None));
    let mut sites = SITES.get().lock().unwrap_or_else(PoisonError::into_inner);
    sites.get_or_insert_default().entry((name, place)).or_insert_with(|| {
        let site = CallSite::new("", FunctionPath::Written(name)).at(crate::vocabulary::Location::of(place));
        Box::leak(Box::new(site))
    })
}

//! The file with the program's profile, which all its processes write together.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::recording::muting::quietly;
use crate::recording::profiling::overhead;
use crate::recording::profiling::table::CallTotals;
use crate::recording::profiling::thread_table;
use crate::recording::shield::shielded;
use crate::settings::env;
use crate::vocabulary::clock::Calibration;
use crate::vocabulary::file_lock;
use crate::vocabulary::per_process::PerProcess;
use crate::vocabulary::profile::{CallTimes, Profile, ProfiledFunction};
use crate::vocabulary::say::say_lost;

/// The unit of times in `/proc/self/stat`: Linux has 100 in a second on every machine.
const NS_PER_JIFFY: u64 = 10_000_000;

/// The part of the profile that this process has written.
static WRITTEN: PerProcess<Mutex<Measured>> = PerProcess::new(Mutex::new(Measured::new()));

/// The sums of a process, in ticks.
#[derive(Clone, Debug, Default)]
struct Measured {
    cpu_ns: u64,
    functions: BTreeMap<ProfiledFunction, CallTotals>,
}

/// Adds the calls since the last time to the file. Does nothing in a program that is not profiled.
pub(super) fn write() {
    if let Err(message) = shielded(|| quietly(write_measured)) {
        say_lost(format_args!("cannot write the profile: {message} (a bug of omegi)"));
    }
}

fn write_measured() {
    let now = Measured::now();
    if now.functions.is_empty() {
        return;
    }
    let Some(path) = env::profile_file() else { return };
    let mut written = WRITTEN.get().lock().unwrap_or_else(PoisonError::into_inner);
    match add(&path, now.profile_since(&written)) {
        Ok(()) => *written = now,
        Err(error) => say_lost(format_args!("cannot write the profile to {}: {error}", path.display())),
    }
}

impl Measured {
    const fn new() -> Self {
        Self { cpu_ns: 0, functions: BTreeMap::new() }
    }

    fn now() -> Self {
        let mut functions = BTreeMap::<_, CallTotals>::new();
        for (site, sums) in thread_table::all().into_iter().flat_map(|table| table.sums()) {
            if site.is_function() {
                let function = ProfiledFunction {
                    path: site.function().to_owned(),
                    file: site.location().file.to_owned(),
                };
                functions.entry(function).or_default().add(sums);
            }
        }
        Self { cpu_ns: cpu_ns(&fs::read_to_string("/proc/self/stat").unwrap_or_default()), functions }
    }

    fn profile_since(&self, written: &Self) -> Profile {
        let calibration = Calibration::measure();
        let mut profile = Profile::default();
        for (function, now) in &self.functions {
            let sums = written.functions.get(function).map_or(*now, |before| now.since(*before));
            let times = CallTimes {
                calls: sums.calls,
                inclusive_ns: calibration.duration_ns(sums.inclusive_ticks),
                self_ns: calibration.duration_ns(sums.self_ticks),
            };
            profile.add(function.clone(), times);
        }
        let calls: u64 = profile.functions.values().map(|times| times.calls).sum();
        let overhead = overhead::get();
        let each = u64::try_from(overhead.inner + overhead.outer).unwrap_or(0);
        let overhead_ns = calibration.duration_ns(each.saturating_mul(calls));
        profile.program_ns = self.cpu_ns.saturating_sub(written.cpu_ns).saturating_sub(overhead_ns);
        profile
    }
}

/// Returns the CPU time of the process by the contents of `/proc/self/stat`; 0 elsewhere.
fn cpu_ns(stat: &str) -> u64 {
    // The name of the program stands in parentheses, and may contain any.
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = behind_name.split_whitespace().skip(11).map(|field| field.parse::<u64>().unwrap_or(0));
    let (user, system) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
    (user + system).saturating_mul(NS_PER_JIFFY)
}

/// Adds a profile to the file. Processes wait for each other, and a reader finds a whole file.
fn add(path: &Path, more: Profile) -> io::Result<()> {
    let lock = File::create(with_extension(path, "lock"))?;
    // Without locks, two processes that end at once may lose the calls of one.
    let _ = file_lock::lock(&lock);
    let mut profile = match fs::read_to_string(path) {
        Ok(text) => Profile::parse(&text).map_err(|error| io::Error::other(error.to_string()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Profile::default(),
        Err(error) => return Err(error),
    };
    profile.add_all(more);
    let beside = with_extension(path, &format!("{}.tmp", std::process::id()));
    fs::write(&beside, profile.to_string())
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_process_is_read() {
        let stat = "42 (a) (b c) S 1 42 42 0 -1 4194560 9 8 7 6 150 50 3 2 20 0 1 0 77";
        assert_eq!(cpu_ns(stat), 2_000_000_000);
        assert_eq!(cpu_ns(""), 0);
    }

    #[test]
    fn processes_add_to_one_file() {
        let folder = std::env::temp_dir().join(format!("omegi-profile-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("raw");
        let text = "omegi profile 1\nprogram 7\na::b\ts.rs\t1\t3\t2\n";
        let more = || Profile::parse(text).unwrap();
        std::thread::scope(|scope| {
            (0..8).for_each(|_| drop(scope.spawn(|| add(&path, more()).unwrap())));
        });
        let added = fs::read_to_string(&path).unwrap();
        fs::write(&path, "x").unwrap();
        let refused = add(&path, more()).unwrap_err().to_string();
        let files = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(added, "omegi profile 1\nprogram 56\na::b\ts.rs\t8\t24\t16\n");
        assert_eq!(refused, "line 1: a profile begins with `omegi profile 1`");
        assert_eq!(files, 2);
    }
}

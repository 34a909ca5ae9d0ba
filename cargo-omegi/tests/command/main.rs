//! `cargo omegi` from outside: real projects, plain and woven.

mod bad_input;
mod details;
#[cfg(unix)]
mod enabling;
mod flooding;
mod freshness;
mod healing;
mod inspection;
#[cfg(target_os = "linux")]
mod killed;
mod messages;
mod no_std;
mod probes;
mod project;
mod project_kinds;
mod quiet_tests;
mod running;
mod showing;
mod tuning;
#[cfg(unix)]
mod wrappers;

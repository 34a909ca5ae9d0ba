//! `cargo omegi` from outside: real projects, plain and woven.

mod bad_input;
mod freshness;
mod inspection;
mod messages;
mod project;
mod project_kinds;
mod running;
mod showing;

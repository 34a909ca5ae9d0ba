//! `cargo omegi` from outside: real projects, plain and woven.

mod bad_input;
mod freshness;
mod homes;
mod looking;
mod messages;
mod project;
mod running;
mod showing;

//! Compares programs with the trees of their flows.

mod arguments;
mod branches;
mod calls;
mod errors;
mod kinds;
mod loops;
mod origins;
mod panics;
mod saying;
mod spawns;
mod tasks;

//! Compares programs with the trees of their flows.

mod arguments;
mod attributes;
mod branches;
mod calls;
mod details;
mod errors;
mod kinds;
mod locks;
mod loops;
mod origins;
mod panics;
mod saying;
mod spawns;
mod tasks;

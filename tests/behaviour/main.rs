//! What a program's flows look like: the program beside the trees that it makes.

mod arguments;
mod calls;
mod errors;
mod kinds;
mod panics;
mod saying;
mod spawns;
mod tasks;

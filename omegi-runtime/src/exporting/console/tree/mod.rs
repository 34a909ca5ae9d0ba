//! A flow for people: a tree of calls, then the path of every error.
//!
//! ```text
//! ✗ orders::run  1.50ms  shop  trace 4bf92f3577b34da6a3ce929d0e0e4736
//! ├─ ✓ cart::load  1.50ms  id=7  → Cart { items: 2 }
//! └─ ✗ orders::place  1.50ms
//!    └─ ✗ db::find  1.10µs  key=x  shop::db::Error: no such item "x"  ◀ began here
//!
//! error  shop::db::Error: no such item "x"
//!        caused by: row 3 is empty
//!   began in  db::find       src/db.rs:42
//!   through   orders::place  src/orders.rs:17
//!   reached   orders::run    src/main.rs:9
//! ```
//!
//! It stays readable for any flow: many equal calls become one line ([`groups`]), indentation has a
//! limit ([`guides`]), and long or hostile values are shortened and escaped
//! ([`clean`](crate::exporting::clean)).

mod branches;
mod error_list;
mod figures;
mod flow_tree;
mod groups;
mod guides;
mod line;
mod paint;

use std::fmt;

pub(super) use flow_tree::Tree;

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        branches::write(f, self)?;
        error_list::write(f, self.flow, self.paint)?;
        f.write_str("\n")
    }
}

#[cfg(test)]
mod tests;

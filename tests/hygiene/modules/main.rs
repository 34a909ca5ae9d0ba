//! Modules in files, in all the ways in which a crate can declare them.
#![forbid(unsafe_code)]
#![warn(missing_docs, unused_results, unreachable_pub, unused_qualifications)]
#![warn(clippy::all, clippy::pedantic)]

extern crate omegi;

/// Not the core library.
pub mod core {}
/// Not a primitive.
#[allow(non_camel_case_types)]
pub struct u8;

// A comment with ä, and with a module that is none: `mod x;`.
omegi::instrument_modules! {
    #[macro_use]
    mod words;
    /// The module of orders.
    pub mod orders; pub(crate) mod trivial;
    #[path = "elsewhere.rs"]
    pub(in crate) mod r#type;
    #[cfg(not(all()))]
    mod missing;
    #[cfg_attr(all(), path = "platform/this.rs")]
    #[cfg_attr(not(all()), path = "platform/other.rs")]
    mod platform;
}

/// Around a statement.
pub mod inner {
    ::omegi::instrument_modules! { pub mod stock; }
    ::omegi::instrument_modules! {}
}

macro_rules! only_in_a_macro {
    ($($item:item)*) => { ::omegi::instrument_modules! { $($item)* } };
}
only_in_a_macro! {
    mod late;
}

/// Behind the statement: `shout!` is known here as well.
fn main() {
    let _omegi = omegi::init();
    println!("{}", shout!("begin"));
    println!("{:?} {:?}", orders::place(1), orders::place(200));
    println!("{} {}", trivial::one(), r#type::name(3));
    println!("{} {}", platform::name(7), inner::stock::count(&[1, 2]));
    println!("{}", late::line(5));
    let _ = (u8, stringify!(core));
}

//! Modules that shadow every name that a macro might use, and forbid everything that it might do.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![warn(missing_docs, unused_results, unreachable_pub)]
#![warn(clippy::all, clippy::pedantic)]
#![allow(dead_code, clippy::enum_variant_names)]

extern crate omegi;
/// The standard library under another name.
pub mod real {
    pub use ::std::*;
}

/// Not the core library.
pub mod core {}
/// Not the allocation library.
pub mod alloc {}

/// A prelude of the user's own.
pub mod shadows {
    /// Not `Result`.
    pub struct Result;
    /// Not `Option`.
    pub struct Option;
    /// Not `Some`, `None`, `Ok` and `Err`.
    pub enum Impostor {
        /// Not that.
        Some,
        /// Not that.
        None,
        /// Not that.
        Ok,
        /// Not that.
        Err,
    }
    /// Not `drop`.
    pub struct Drop;
    /// Not a primitive.
    #[allow(non_camel_case_types)]
    pub struct bool;
}

/// The functions under test.
#[::omegi::instrument_crate(args, ret)]
pub mod woven {
    /// Not the standard library.
    pub mod std {}
    /// Not omegi.
    pub mod omegi {}

    use super::shadows::Impostor::{Err, None, Ok, Some};
    use super::shadows::{bool, Drop, Option, Result};
    use super::{real, shadows};

    /// Every name that a macro might use.
    pub fn names(_: &Result, _: Option, _: Drop, _: bool) {
        call(Ok);
        call(Some);
        call(None);
        call(Err);
    }

    fn call(x: shadows::Impostor) {
        real::mem::drop(x);
    }

    /// Fails under other names.
    ///
    /// # Errors
    ///
    /// If it is not a number.
    pub fn fails(text: &str, secret: u8) -> real::result::Result<u8, real::num::ParseIntError> {
        let number = real::str::FromStr::from_str(text)?;
        real::result::Result::Ok(secret.max(number).min(number))
    }

    trait Secrets {
        fn max(self, other: u8) -> u8;
        fn min(self, other: u8) -> u8;
    }

    impl Secrets for u8 {
        fn max(self, other: u8) -> u8 {
            real::cmp::Ord::max(self, other)
        }
        fn min(self, other: u8) -> u8 {
            real::cmp::Ord::min(self, other)
        }
    }

    /// Methods with names that the runtime's types have.
    pub trait Follow {
        /// Not that.
        fn is_recording(&self);
        /// Not that.
        fn wants_arguments(&self);
        /// Not that.
        fn follow(self);
        /// Not that.
        fn capture(&self);
        /// Not that.
        fn captured(&self);
        /// Not that.
        fn error(&self);
        /// Not that.
        fn fail(self);
        /// Not that.
        fn none(&self);
    }

    impl<T> Follow for T {
        fn is_recording(&self) {
            shadowed();
        }
        fn wants_arguments(&self) {
            shadowed();
        }
        fn follow(self) {
            shadowed();
        }
        fn capture(&self) {
            shadowed();
        }
        fn captured(&self) {
            shadowed();
        }
        fn error(&self) {
            shadowed();
        }
        fn fail(self) {
            shadowed();
        }
        fn none(&self) {
            shadowed();
        }
    }

    fn shadowed() {
        call(Ok);
    }
}

fn main() {
    woven::names(&shadows::Result, shadows::Option, shadows::Drop, shadows::bool);
    real::println!("{:?}", woven::fails("x", 1).is_err());
    real::println!("{:?}", woven::fails("3", 1));
}

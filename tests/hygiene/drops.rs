//! Arguments are dropped when the plain function would drop them, however a call ends.
#![warn(missing_docs)]
#![warn(clippy::all, clippy::pedantic)]

extern crate omegi;

/// Prints its name when it is dropped.
#[derive(Debug)]
pub struct Loud(&'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        println!("  drop {}", self.0);
    }
}

/// Two of them.
#[derive(Debug)]
pub struct Pair {
    first: Loud,
    second: Loud,
}

/// The functions under test.
#[::omegi::instrument_crate]
pub mod woven {
    use super::{Loud, Pair};

    /// The error of these functions.
    #[derive(Debug)]
    pub struct Failed;

    /// Has one argument of each sort: used, unused, partly used, moved, unnamed.
    ///
    /// # Errors
    ///
    /// Fails on request.
    pub fn every_argument(
        used: Loud,
        pair: Pair,
        _: Loud,
        (left, right): (Loud, Loud),
        _unused: Loud,
        mut replaced: Loud,
        fail: bool,
    ) -> Result<&'static str, Failed> {
        let local = Loud("local");
        let first = pair.first;
        drop(replaced);
        replaced = Loud(if fail { "replaced, failing" } else { "replaced" });
        println!("  body {} {} {} {} {}", used.0, first.0, left.0, local.0, replaced.0);
        drop(right);
        if fail {
            return Err(Failed);
        }
        Ok(used.0)
    }

    /// Has patterns that leave parts unnamed.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn partial_patterns(
        (a, _): (Loud, Loud),
        Pair { first, .. }: Pair,
        [b, ..]: [Loud; 2],
        ref whole @ Loud(name): Loud,
    ) -> Result<usize, Failed> {
        let late = Loud("late");
        println!("  body {} {} {} {} {} {}", a.0, first.0, b.0, whole.0, name, late.0);
        Ok(name.len())
    }

    macro_rules! first {
        ($name:ident) => {
            ($name, _)
        };
    }

    /// Has patterns that borrow, and opaque patterns.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn opaque_patterns(
        first!(a): (Loud, Loud),
        ref mut b: Loud,
        _: Loud,
    ) -> Result<&'static str, Failed> {
        let before = b.0;
        *b = Loud("replaced");
        println!("  body {} {}", a.0, b.0);
        Ok(before)
    }

    /// Unwinds.
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn unwinding(a: Loud, _: Loud, b: Loud) -> Result<(), Failed> {
        let local = Loud("local");
        println!("  body {} {} {}", a.0, b.0, local.0);
        panic!("on purpose");
    }

    /// A question mark.
    ///
    /// # Errors
    ///
    /// If `a` is not a number.
    pub fn question(a: Loud, text: &str) -> Result<u8, ::std::num::ParseIntError> {
        let number = text.parse::<u8>()?;
        println!("  body {} {}", a.0, number);
        Ok(number)
    }

    impl Pair {
        /// By value.
        ///
        /// # Errors
        ///
        /// Never.
        pub fn by_value(self, other: Loud) -> Result<Loud, Failed> {
            println!("  body {}", other.0);
            Ok(self.first)
        }

        /// Mutable by value.
        ///
        /// # Errors
        ///
        /// Never.
        pub fn by_mutable_value(mut self, _: Loud, other: Loud) -> Result<(), Failed> {
            self.first = other;
            println!("  body {}", self.first.0);
            Ok(())
        }

        /// In a box.
        ///
        /// # Errors
        ///
        /// Never.
        pub fn boxed(self: Box<Self>, _other: Loud) -> Result<Loud, Failed> {
            println!("  body");
            Ok(self.second)
        }

        /// Borrowed mutably, returning a borrow.
        ///
        /// # Errors
        ///
        /// Never.
        pub fn borrowed<'a>(&'a mut self, other: Loud) -> Result<&'a mut Loud, Failed> {
            self.second = other;
            Ok(&mut self.second)
        }
    }
}

fn pair() -> Pair {
    Pair { first: Loud("first"), second: Loud("second") }
}

fn main() {
    for &fail in &[false, true] {
        println!("every argument, failing: {fail}", fail = fail);
        let halves = (Loud("left"), Loud("right"));
        let result = woven::every_argument(
            Loud("used"),
            pair(),
            Loud("_"),
            halves,
            Loud("unused"),
            Loud("original"),
            fail,
        );
        println!("  = {:?}", result);
    }
    println!("partial patterns");
    let result =
        woven::partial_patterns((Loud("a"), Loud("_")), pair(), [Loud("b"), Loud("c")], Loud("whole"));
    println!("  = {:?}", result);
    println!("opaque patterns");
    println!("  = {:?}", woven::opaque_patterns((Loud("a"), Loud("_")), Loud("b"), Loud("c")));
    println!("unwinding");
    let unwound = ::std::panic::catch_unwind(|| woven::unwinding(Loud("a"), Loud("_"), Loud("b")));
    println!("  = {}", unwound.is_err());
    println!("question");
    println!("  = {:?}", woven::question(Loud("a"), "12"));
    println!("  = {:?}", woven::question(Loud("a"), "x").is_err());
    println!("self");
    println!("  = {:?}", pair().by_value(Loud("other")));
    println!("  = {:?}", pair().by_mutable_value(Loud("_"), Loud("other")));
    println!("  = {:?}", Box::new(pair()).boxed(Loud("other")));
    println!("  = {:?}", pair().borrowed(Loud("other")));
}

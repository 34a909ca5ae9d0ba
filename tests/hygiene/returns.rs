//! Functions whose body cannot be called from elsewhere: the macro inspects their return values in
//! place.
#![warn(missing_docs, unused_results, unreachable_pub)]
#![warn(clippy::all, clippy::pedantic)]
#![allow(clippy::missing_errors_doc)]

extern crate omegi;

/// The functions under test.
#[::omegi::instrument_crate(args, ret)]
pub mod woven {
    use std::error::Error;
    use std::fmt::Display;
    use std::ops::ControlFlow;
    use std::panic::Location;
    use std::task::Poll;

    /// An alias.
    pub type Answer<T> = Result<T, Box<dyn Error>>;

    /// An alias that hides a trait object.
    pub type Shown = Box<dyn Display>;

    /// An alias that hides a slice.
    pub type Bytes<'a> = &'a [u8];

    /// An alias that hides a function.
    pub type Function = fn(u32) -> u32;

    /// Prints its name when it is dropped.
    #[derive(Debug)]
    pub struct Loud(pub &'static str);

    impl Drop for Loud {
        fn drop(&mut self) {
            println!("  drop {}", self.0);
        }
    }

    impl Loud {
        fn length(&self) -> Answer<usize> {
            println!("  length of {}", self.0);
            Ok(self.0.len())
        }
    }

    macro_rules! bail {
        ($why:expr) => {
            return Err($why.into())
        };
    }

    /// Returns the place of the call.
    #[track_caller]
    #[must_use]
    pub fn line() -> String {
        Location::caller().line().to_string()
    }

    /// Ends in every way.
    #[track_caller]
    pub fn ends(way: u8) -> Answer<String> {
        if way == 0 {
            return Err(line().into());
        }
        if way == 1 {
            Err(line())?;
        }
        if way == 2 {
            bail!(line());
        }
        let number = match way {
            3 => "x".parse()?,
            _ => "4".parse()?,
        };
        let inferred: u64 = number;
        let closure = |text: &str| -> Answer<u8> {
            if text.is_empty() {
                return Err("empty".into());
            }
            Ok(text.parse::<u8>()?)
        };
        match way {
            4 => Err("four".into()),
            5 => {
                println!("five");
                Ok(line())
            }
            6 => closure("").map(|x| x.to_string()),
            7 => return Ok(inferred.to_string()),
            8 => panic!("eight"),
            _ => loop {
                if inferred > 3 {
                    break Ok(line());
                }
            },
        }
    }

    /// Ends in returns alone.
    #[track_caller]
    #[allow(clippy::needless_return)]
    pub fn only_returns(way: u8) -> Answer<u8> {
        match way {
            0 => return Ok(way.pow(1)),
            _ => return Err(Box::new(std::fmt::Error)),
        }
    }

    /// Converts its return value.
    #[track_caller]
    #[must_use]
    pub fn boxed(way: bool) -> Shown {
        println!("boxed");
        if way {
            return Box::new(1);
        }
        Box::new("x")
    }

    /// Converts an array.
    #[track_caller]
    #[must_use]
    pub fn slice(bytes: &[u8; 3]) -> Bytes<'_> {
        println!("slice");
        bytes
    }

    /// Converts a closure.
    #[track_caller]
    #[must_use]
    pub fn function(way: bool) -> Function {
        println!("function");
        if way {
            return u32::swap_bytes;
        }
        |x| x.pow(2)
    }

    /// Borrows its possible return value.
    #[track_caller]
    pub fn borrows(bytes: &mut Vec<u8>, at: usize) -> Answer<&mut u8> {
        if at == 9 {
            return bytes.first_mut().ok_or_else(|| "nothing there".into());
        }
        bytes.push(1);
        bytes.get_mut(at).ok_or(line().into())
    }

    /// Returns something opaque.
    #[track_caller]
    pub fn opaque(count: u8) -> Answer<impl Iterator<Item = u8>> {
        if count == 0 {
            return Err("0".into());
        }
        Ok((0..count).map(|x| x.pow(2)))
    }

    /// Drops in order.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value)]
    pub fn drops(first: Loud, second: Loud, way: u8) -> Answer<usize> {
        let local = Loud("local");
        if way == 0 {
            return Loud("returned").length();
        }
        if way == 1 {
            let _ = Loud("asked").length().and_then(|_| Err("asked".into()))?;
        }
        if way == 2 {
            drop(first);
        }
        println!("  body {} {}", second.0, local.0);
        Loud("temporary").length()
    }

    /// Infers its return type.
    #[track_caller]
    pub fn inferred<T: Default, E: From<String>>(fails: bool) -> Result<T, E> {
        if fails {
            return Err(line().into());
        }
        Ok(Default::default())
    }

    /// Is called with `None`.
    #[::omegi::traced(err)]
    #[track_caller]
    #[must_use]
    pub fn option(text: Option<&str>) -> Option<usize> {
        let text = text?;
        if text.is_empty() {
            return None;
        }
        Some(text.len())
    }

    /// Is polled.
    #[track_caller]
    pub fn poll(way: u8) -> Poll<Answer<u8>> {
        if way == 0 {
            return Poll::Pending;
        }
        let ready: Poll<Answer<u8>> = Poll::Ready(if way == 1 { Err("one".into()) } else { Ok(way) });
        ready?.map(|x| Ok(x + 1))
    }

    /// Breaks.
    #[track_caller]
    #[must_use]
    pub fn control(way: u8) -> ControlFlow<u8, String> {
        if way == 0 {
            ControlFlow::Break(way)?;
        }
        ControlFlow::Continue(line())
    }

    /// Panics where the plain one does.
    #[track_caller]
    pub fn panics(x: u8) -> Answer<u8> {
        return Ok(x.max(1) + x);
    }

    /// A method.
    pub trait At {
        /// The error.
        type Error;
        /// At.
        #[track_caller]
        fn at(&mut self, index: usize) -> Result<&mut u8, Self::Error>;
    }

    impl At for Vec<u8> {
        type Error = String;

        #[track_caller]
        fn at(&mut self, index: usize) -> Result<&mut u8, Self::Error> {
            if index == 7 {
                return Err("seven".to_owned());
            }
            self.get_mut(index).ok_or_else(|| format!("no {} at {}", index, Location::caller().line()))
        }
    }
}

use omegi::traced as renamed;
use woven::{At, Loud};

#[renamed]
#[track_caller]
fn alone(text: &str) -> woven::Answer<u8> {
    if text == "y" {
        return Err("y".into());
    }
    Ok(text.parse::<u8>()?)
}

fn text<T>(answer: woven::Answer<T>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}

fn panics(call: impl FnOnce() + std::panic::UnwindSafe) {
    println!("{}", std::panic::catch_unwind(call).is_err());
}

#[renamed]
fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
    std::panic::set_hook(Box::new(|panic| println!("{}", panic.location().expect("a place"))));
    for way in [0, 1, 2, 3, 4, 5, 6, 7, 9] {
        println!("{:?}", text(woven::ends(way)));
    }
    panics(|| drop(woven::ends(8)));
    panics(|| drop(woven::panics(200)));
    println!("{:?} {:?}", text(woven::only_returns(0)), text(woven::only_returns(1)));
    println!("{} {} {:?}", woven::boxed(true), woven::boxed(false), woven::slice(&[1, 2, 3]));
    println!("{} {}", woven::function(true)(1), woven::function(false)(3));
    let mut bytes = Vec::new();
    println!("{:?}", text(woven::borrows(&mut bytes, 9)));
    println!("{:?}", text(woven::borrows(&mut bytes, 0)));
    println!("{:?}", text(woven::borrows(&mut bytes, 5)));
    println!("{:?}", bytes.at(7));
    println!("{:?}", bytes.at(9));
    println!("{:?} {:?}", bytes.at(0), text(woven::opaque(3).map(Iterator::sum::<u8>)));
    for way in 0..4 {
        println!("{:?}", text(woven::drops(Loud("first"), Loud("second"), way)));
    }
    println!("{:?} {:?}", woven::inferred::<u8, String>(true), woven::inferred::<u8, String>(false));
    println!("{:?} {:?} {:?}", woven::option(None), woven::option(Some("")), woven::option(Some("x")));
    for way in 0..3 {
        println!("{:?} {:?}", woven::poll(way), woven::control(way));
    }
    println!("{:?} {:?} {:?}", text(alone("1")), text(alone("x")), text(alone("y")));
    alone("1")?;
    Ok(std::process::ExitCode::from(bytes[0] - 1))
}

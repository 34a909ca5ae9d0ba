//! The origin of an error: the operand of a `?`, and the line of every exit.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::str::FromStr;
use std::task::{Context, Poll, Waker};

use omegi::ErrorReport;
use omegi_tests::{error_paths, flows_of};

/// Waits for a future that is soon ready.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

#[derive(Debug)]
pub(crate) struct BankError(String);

impl fmt::Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bank refused: {}", self.0)
    }
}

impl Error for BankError {}

impl<E: Into<Cause>> From<E> for BankError {
    fn from(error: E) -> Self {
        Self(error.into().0)
    }
}

/// Anything that a bank refuses for, in its own words.
pub(crate) struct Cause(String);

macro_rules! causes {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Cause {
            fn from(_: $ty) -> Self {
                Self("no".to_owned())
            }
        }
    )*};
}

causes!(std::num::ParseIntError, Silent, &str, Borrowed<'_>, Opened<'_>, (), fmt::Error, Pinned);

/// An error without `Display` and `Debug`.
pub(crate) struct Silent;

/// A number that text seldom is.
#[derive(Debug)]
pub(crate) struct Odd(u8);

impl FromStr for Odd {
    type Err = Silent;

    fn from_str(text: &str) -> Result<Self, Silent> {
        text.parse().map(Self).map_err(|_| Silent)
    }
}

/// An error that borrows, and is an `Error` only if it does not.
#[derive(Debug)]
pub(crate) struct Borrowed<'a>(&'a str);

impl fmt::Display for Borrowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.0)
    }
}

impl Error for Borrowed<'static> {}

/// An error that holds what it could not change.
#[derive(Debug)]
#[expect(dead_code, reason = "only its `Debug` reads it")]
pub(crate) struct Opened<'a>(&'a mut String);

/// An error that stays on its thread.
#[derive(Debug)]
#[expect(dead_code, reason = "only its `Debug` reads it")]
pub(crate) struct Pinned(std::rc::Rc<u8>);

/// Changes `text`, or fails with it.
fn extend(text: &mut String, limit: usize) -> Result<&mut String, Opened<'_>> {
    if text.len() < limit {
        text.push('x');
        Ok(text)
    } else {
        Err(Opened(text))
    }
}

fn borrowing(text: &str) -> Result<u8, Borrowed<'_>> {
    text.parse().map_err(|_| Borrowed(text))
}

fn opaque(text: &str) -> Result<u8, impl Error + use<>> {
    text.parse::<u8>()
}

fn pinned(number: u8) -> Result<u8, Pinned> {
    if number > 3 { Err(Pinned(std::rc::Rc::new(number))) } else { Ok(number) }
}

#[derive(Debug)]
struct Wrapped(std::num::ParseIntError);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the form is wrong")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

async fn ready() {}

macro_rules! bail {
    ($error:expr) => {
        return Err($error)
    };
}

#[omegi::instrument_crate]
mod bank {
    use super::{
        BankError, Borrowed, Error, Odd, Pin, Poll, Wrapped, borrowing, extend, opaque, pinned, ready,
    };

    pub(crate) fn parsed(text: &str) -> Result<u64, BankError> {
        let number = text.parse::<u64>()?; // its line
        Ok(number)
    }

    pub(crate) fn inferred_later(text: &str) -> Result<u8, BankError> {
        let odd = text.parse()?;
        let Odd(number) = odd;
        Ok(number)
    }

    pub(crate) fn polled(text: &str) -> Poll<Result<u8, BankError>> {
        let number = Poll::Ready(text.parse::<u8>())?;
        let number = match number {
            Poll::Ready(number) => Poll::Ready(Some(number.to_string().parse::<u8>()))?,
            Poll::Pending => return Poll::Pending,
        };
        number.map(|number| Ok(number.unwrap_or_default()))
    }

    pub(crate) fn optional(number: Option<u8>) -> Result<u8, BankError> {
        Ok(number.ok_or("none there")?)
    }

    pub(crate) fn mutably() -> Result<usize, BankError> {
        let mut text = String::new();
        for _ in 0..9 {
            extend(&mut text, 3)?.push('y');
        }
        Ok(text.len())
    }

    pub(crate) fn borrowed(text: &str) -> Result<u8, Borrowed<'_>> {
        let owned = borrowing("1").map_err(|_| Borrowed(text))?;
        Ok(owned + borrowing(text)?)
    }

    pub(crate) fn unit(fails: bool) -> Result<(), BankError> {
        if fails { Err(()) } else { Ok(()) }?;
        Err::<(), std::fmt::Error>(std::fmt::Error)?;
        Ok(())
    }

    pub(crate) fn never(text: &str) -> Result<u8, Box<dyn Error>> {
        let same = Ok::<_, std::convert::Infallible>(text)?;
        Ok(opaque(same)?)
    }

    pub(crate) fn wrapped(text: &str) -> Result<u8, Box<dyn Error>> {
        let number = text.parse().map_err(Wrapped)?;
        Ok(number)
    }

    pub(crate) fn from_a_call(text: &str) -> Result<u64, BankError> {
        let number = checked(text)?;
        Ok(number)
    }

    pub(crate) fn handled_first(text: &str) -> Result<u64, BankError> {
        let known = exits(0).unwrap_or_default();
        Ok(text.parse::<u64>()? + u64::from(known))
    }

    fn checked(text: &str) -> Result<u64, std::num::ParseIntError> {
        text.parse()
    }

    pub(crate) fn conditional(text: &str) -> Result<u8, BankError> {
        #[cfg(any())]
        let number = text.parse()?;
        #[cfg(not(any()))]
        let number = text.parse()?;
        match number {
            #[cfg(any())]
            0 => Ok(nothing()?),
            number => Ok(number),
        }
    }

    pub(crate) fn generic<E: Into<String>>(result: Result<u8, E>) -> Result<u8, E> {
        let number = result?;
        Ok(number)
    }

    #[track_caller]
    #[expect(clippy::needless_return, reason = "it is another exit")]
    pub(crate) fn tracked(text: &str) -> Result<u8, BankError> {
        let odd: Odd = text.parse()?;
        match odd.0 {
            0 => Err(BankError("zero".to_owned())),
            1 => return Err(BankError("one".to_owned())),
            number => Ok(number),
        }
    }

    #[expect(clippy::needless_return, reason = "it is another exit")]
    pub(crate) async fn waited(text: &str) -> Result<u8, BankError> {
        let odd = text.parse()?;
        ready().await;
        let Odd(number) = odd;
        ready().await;
        match pinned(number)? {
            0 => Err(BankError("zero".to_owned())),
            1 => return Err(BankError("one".to_owned())),
            number => Ok(number),
        }
    }

    #[expect(clippy::needless_return, reason = "it is another exit")]
    pub(crate) async fn ends_otherwise(text: &str) -> Result<u8, BankError> {
        let number = text.parse::<u8>()?;
        ready().await;
        return Ok(number);
    }

    pub(crate) async fn nested(text: &str) -> Result<u8, BankError> {
        let odd = text.parse()?;
        ready().await;
        let Odd(number) = odd;
        if number == 0 {
            bail!(BankError("zero".to_owned()));
        }
        Ok(number)
    }

    pub(crate) fn boxed(text: String) -> Pin<Box<dyn Future<Output = Result<u8, BankError>> + Send>> {
        Box::pin(async move {
            let number = text.parse::<u8>()?;
            ready().await;
            Ok(number)
        })
    }

    #[expect(clippy::needless_return, reason = "it is about that")]
    pub(crate) fn exits(number: u8) -> Result<u8, String> {
        if number == 0 {
            return Err("zero".to_owned());
        }
        let number = match number {
            1 => return Err("one".to_owned()),
            2 => bail!("two".to_owned()),
            number => number,
        };
        if number == 3 {
            Err("three".to_owned())?;
        }
        match number {
            4 => Err("four".to_owned()),
            5 => {
                let text = "five".to_owned();
                Err(text)
            }
            6 => return Err("six".to_owned()),
            number => {
                if number > 7 {
                    Ok(number)
                } else {
                    Err("seven".to_owned())
                }
            }
        }
    }

    #[omegi::traced(err)]
    pub(crate) fn required(number: u8) -> Option<u8> {
        if number == 0 {
            return None;
        }
        number.checked_sub(1)?.checked_sub(1)?;
        None
    }
}

/// Returns the only error of `run`.
fn error_of<T>(run: impl FnOnce() -> T + Send + 'static) -> ErrorReport {
    let mut flows = flows_of(|| drop(run()));
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].errors.len(), 1, "{:?}", flows[0].errors);
    flows.remove(0).errors.remove(0)
}

type Origin = (String, String, Option<String>, Option<u32>);

/// Returns where the only error of `run` began: its type, its text there, the text that it became,
/// and its line.
fn origin_of<T>(run: impl FnOnce() -> T + Send + 'static) -> Origin {
    let error = error_of(run);
    let step = &error.path[0];
    let short = |name: &str| name.rsplit("::").next().unwrap_or_default().to_owned();
    let became = step.became.as_ref().map(|text| format!("{}: {}", short(&text.error_type), text.message));
    let line = step.exact.then_some(step.location.line);
    (short(&error.error_type), error.message, became, line)
}

/// Returns the line of this file that contains `text`, of the lines after `start`.
fn line_of(start: &str, text: &str) -> Option<u32> {
    let lines = || include_str!("origins.rs").lines().zip(1_u32..);
    let (_, first) = lines().find(|(line, _)| line.contains(start))?;
    lines().find(|(line, nth)| *nth >= first && line.contains(text)).map(|(_, nth)| nth)
}

fn refused() -> Option<String> {
    Some("BankError: the bank refused: no".to_owned())
}

#[test]
fn an_error_begins_as_the_operand_of_its_question_mark() {
    let origin = origin_of(|| bank::parsed("x"));
    let line = line_of("fn parsed", "?; // its line");
    assert_eq!(
        origin,
        ("ParseIntError".to_owned(), "invalid digit found in string".to_owned(), refused(), line)
    );
    let flows = flows_of(|| drop(bank::parsed("x")));
    let exception = &flows[0].spans[0].events[0];
    let value = |key: &str| exception.attributes.iter().find(|it| it.key == key).unwrap().value.to_string();
    assert_eq!(value("exception.type"), std::any::type_name::<std::num::ParseIntError>());
    assert_eq!(value("exception.message"), "invalid digit found in string");
    let error_type = flows[0].spans[0].attribute("error.type").unwrap().to_string();
    assert_eq!(error_type, std::any::type_name::<BankError>());
}

#[test]
fn the_operand_is_described_by_what_its_type_allows() {
    let text = |origin: Origin| {
        assert_eq!(origin.2, refused());
        format!("{}: {}", origin.0, origin.1)
    };
    let silent = "Silent: <neither Display nor Debug>";
    assert_eq!(text(origin_of(|| bank::inferred_later("x"))), silent);
    assert_eq!(text(origin_of(|| bank::optional(None))), "&str: none there");
    assert_eq!(text(origin_of(bank::mutably)), "Opened<'_>: Opened(\"xyxy\")");
    assert_eq!(text(origin_of(|| bank::unit(false))), "Error: an error occurred when formatting an argument");
    assert_eq!(text(origin_of(|| bank::unit(true))), "(): ()");
    assert_eq!(text(origin_of(|| bank::polled("x"))), "ParseIntError: invalid digit found in string");
    assert_eq!(text(origin_of(|| wait(bank::waited("x")))), silent);
    assert_eq!(text(origin_of(|| wait(bank::waited("4")))), "Pinned: Pinned(4)");
    assert_eq!(text(origin_of(|| wait(bank::ends_otherwise("")))).split(':').next(), Some("ParseIntError"));
    assert_eq!(text(origin_of(|| wait(bank::nested("x")))), silent);
    assert_eq!(
        text(origin_of(|| wait(bank::boxed("x".to_owned())))).split(':').next(),
        Some("ParseIntError")
    );
}

#[test]
fn a_tracked_caller_tells_the_operand_alone() {
    let origin = origin_of(|| bank::tracked("x"));
    assert_eq!((origin.0.as_str(), origin.2), ("Silent", None));
    assert_eq!(origin.3, line_of("fn tracked", "?;"));
}

#[test]
fn an_operand_that_becomes_nothing_else_is_the_error() {
    let origin = origin_of(|| drop(bank::borrowed("x")));
    assert_eq!((origin.1.as_str(), origin.2), ("not x", None));
    let origin = origin_of(|| bank::generic(Err("no")));
    assert_eq!((origin.0.as_str(), origin.2), ("&str", None));
    assert!(origin_of(|| bank::conditional("x")).3.is_some());
}

#[test]
fn an_operand_has_the_causes_behind_it() {
    let error = error_of(|| bank::wrapped("x"));
    assert_eq!((error.message.as_str(), error.causes.len()), ("the form is wrong", 1));
    assert_eq!(error.causes, ["invalid digit found in string"]);
    assert!(error_of(|| bank::never("x")).error_type.contains("ParseIntError"));
}

#[test]
fn an_error_of_a_call_begins_there() {
    let error = error_of(|| bank::from_a_call("x"));
    assert!(error.error_type.ends_with("ParseIntError"));
    let became: Vec<_> = error.path.iter().map(|step| step.became.is_some()).collect();
    assert_eq!(became, [false, true]);
}

#[test]
fn an_operand_after_a_handled_error_is_another() {
    let flows = flows_of(|| drop(bank::handled_first("x")));
    let origins: Vec<_> =
        flows[0].errors.iter().map(|error| (error.message.as_str(), error.path.len())).collect();
    assert_eq!(origins, [("zero", 1), ("invalid digit found in string", 1)]);
}

#[test]
fn every_exit_has_its_line() {
    for (number, text) in
        [(0, "zero"), (1, "one"), (2, "two"), (3, "three"), (4, "four"), (6, "six"), (7, "seven")]
    {
        let line = origin_of(move || bank::exits(number)).3;
        assert_eq!(line, line_of("fn exits", &format!("\"{text}\".to_owned()")), "{text}");
    }
    assert_eq!(origin_of(|| bank::exits(5)).3, line_of("fn exits", "Err(text)"));
    assert!(origin_of(|| bank::required(0)).3 == line_of("fn required", "return None;"));
    assert!(origin_of(|| bank::required(1)).3 == line_of("fn required", "checked_sub(1)?"));
    assert_eq!(origin_of(|| bank::required(9)).3, line_of("fn required", "        None"));
    for (text, number) in [("zero", "0"), ("one", "1")] {
        let text = format!("\"{text}\"");
        assert_eq!(origin_of(move || bank::tracked(number)).3, line_of("fn tracked", &text));
        assert_eq!(origin_of(move || wait(bank::waited(number))).3, line_of("fn waited", &text));
    }
    assert_eq!(origin_of(|| wait(bank::nested("0"))).3, line_of("fn nested", "bail!"));
}

#[test]
fn what_succeeds_is_unchanged() {
    let flows = flows_of(|| {
        assert_eq!(bank::parsed("7").unwrap(), 7);
        assert_eq!(bank::inferred_later("7").unwrap(), 7);
        assert!(matches!(bank::polled("7"), Poll::Ready(Ok(7))));
        assert_eq!(bank::tracked("7").unwrap(), 7);
        assert_eq!(wait(bank::waited("3")).unwrap(), 3);
        assert_eq!(bank::exits(9), Ok(9));
    });
    assert!(error_paths(&flows).is_empty());
}

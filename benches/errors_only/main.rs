//! A program of small functions that may fail, for `count.sh`: `errors-only work 1000` evaluates
//! texts without an error; `errors-only swallow 1000` makes errors and handles them.
//!
//! It prints a checksum, and the nanoseconds that the calling thread worked.

use std::hint::black_box;

fn main() {
    let _omegi = omegi::init();
    let mut words = std::env::args().skip(1);
    let (kind, turns) = (words.next().unwrap_or_default(), words.next().and_then(|n| n.parse().ok()));
    let (Some(turns), "work" | "swallow") = (turns, kind.as_str()) else {
        eprintln!("usage: errors-only work|swallow <turns>");
        std::process::exit(2);
    };
    let before = nanoseconds();
    let checksum = if kind == "work" { work(turns) } else { swallow(turns) };
    println!("{checksum} {}", nanoseconds() - before);
}

/// The span that is open meanwhile.
#[omegi::traced]
fn work(turns: u64) -> i64 {
    let text =
        black_box("let a = 7 * (3 - -2); let b = a / 4 + max(a, 12) * 2; (a - b) * (a + b) / 3 + 0x1f");
    (0..turns).fold(0, |sum, _| sum ^ calculator::run(text).expect("the text is right"))
}

#[omegi::traced]
fn swallow(turns: u64) -> i64 {
    let bytes = black_box(b"x7");
    (0..turns).filter(|turn| calculator::digit(bytes[(turn & 1) as usize & black_box(0)]).is_err()).count()
        as i64
}

/// Returns the time that the scheduler gave this thread.
fn nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A parser by recursive descent that evaluates as it reads.
#[omegi::instrument_crate(detail = "errors")]
mod calculator {
    use std::fmt;
    use std::num::ParseIntError;

    #[derive(Debug)]
    pub(crate) enum Error {
        Unexpected(u8),
        End,
        Number(ParseIntError),
        Unknown(String),
        Overflow,
    }

    impl fmt::Display for Error {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Unexpected(byte) => write!(f, "unexpected byte {byte}"),
                Self::End => f.write_str("the text ends too early"),
                Self::Number(error) => write!(f, "not a number: {error}"),
                Self::Unknown(name) => write!(f, "unknown name {name}"),
                Self::Overflow => f.write_str("the number is too large"),
            }
        }
    }

    impl std::error::Error for Error {}

    impl From<ParseIntError> for Error {
        fn from(error: ParseIntError) -> Self {
            Self::Number(error)
        }
    }

    type Result<T> = std::result::Result<T, Error>;

    struct Reader<'a> {
        rest: &'a [u8],
        variables: Vec<(&'a [u8], i64)>,
    }

    pub(crate) fn run(text: &str) -> Result<i64> {
        let mut reader = Reader { rest: text.as_bytes(), variables: Vec::with_capacity(4) };
        while reader.starts_with(b"let ") {
            reader.assignment()?;
        }
        let value = reader.sum()?;
        match reader.peek() {
            None => Ok(value),
            Some(byte) => Err(Error::Unexpected(byte)),
        }
    }

    pub(crate) fn digit(byte: u8) -> Result<i64> {
        if !byte.is_ascii_digit() {
            return Err(Error::Unexpected(byte));
        }
        Ok(i64::from(byte - b'0'))
    }

    impl<'a> Reader<'a> {
        fn assignment(&mut self) -> Result<()> {
            self.rest = &self.rest[4..];
            let name = self.name()?;
            self.expect(b'=')?;
            let value = self.sum()?;
            self.variables.push((name, value));
            self.expect(b';')
        }

        fn sum(&mut self) -> Result<i64> {
            let mut value = self.product()?;
            while let Some(sign @ (b'+' | b'-')) = self.peek() {
                self.next()?;
                let right = self.product()?;
                value = if sign == b'+' { checked(value.checked_add(right))? } else { minus(value, right)? };
            }
            Ok(value)
        }

        fn product(&mut self) -> Result<i64> {
            let mut value = self.factor()?;
            while let Some(sign @ (b'*' | b'/')) = self.peek() {
                self.next()?;
                let right = self.factor()?;
                let result = if sign == b'*' { value.checked_mul(right) } else { value.checked_div(right) };
                value = result.ok_or(Error::Overflow)?;
            }
            Ok(value)
        }

        fn factor(&mut self) -> Result<i64> {
            match self.peek().ok_or(Error::End)? {
                b'-' => {
                    self.next()?;
                    minus(0, self.factor()?)
                }
                b'(' => {
                    self.next()?;
                    let value = self.sum()?;
                    self.expect(b')').map(|()| value)
                }
                b'0'..=b'9' => self.number(),
                b'a'..=b'z' => self.call_or_variable(),
                byte => Err(Error::Unexpected(byte)),
            }
        }

        fn number(&mut self) -> Result<i64> {
            if self.starts_with(b"0x") {
                self.rest = &self.rest[2..];
                let digits = self.take(u8::is_ascii_hexdigit);
                let text = std::str::from_utf8(digits).map_err(|_| Error::End)?;
                return i64::from_str_radix(text, 16).map_err(Error::from);
            }
            let mut value = 0i64;
            while let Some(byte) = self.rest.first().copied().filter(u8::is_ascii_digit) {
                let next = digit(byte)?;
                value = checked(value.checked_mul(10).and_then(|value| value.checked_add(next)))?;
                self.rest = &self.rest[1..];
            }
            Ok(value)
        }

        fn call_or_variable(&mut self) -> Result<i64> {
            let name = self.name()?;
            if self.peek() != Some(b'(') {
                let unknown = || Error::Unknown(String::from_utf8_lossy(name).into_owned());
                return self.variable(name).ok_or_else(unknown);
            }
            self.next()?;
            let left = self.sum()?;
            self.expect(b',')?;
            let right = self.sum()?;
            self.expect(b')')?;
            match name {
                b"max" => Ok(left.max(right)),
                b"min" => Ok(left.min(right)),
                _ => Err(Error::Unknown(String::from_utf8_lossy(name).into_owned())),
            }
        }

        fn variable(&self, name: &[u8]) -> Option<i64> {
            let (_, value) = self.variables.iter().rev().find(|(known, _)| *known == name)?;
            Some(*value)
        }

        fn name(&mut self) -> Result<&'a [u8]> {
            self.peek().ok_or(Error::End)?;
            match self.take(u8::is_ascii_lowercase) {
                [] => Err(Error::Unexpected(self.rest[0])),
                name => Ok(name),
            }
        }

        fn expect(&mut self, byte: u8) -> Result<()> {
            match self.next()? {
                found if found == byte => Ok(()),
                found => Err(Error::Unexpected(found)),
            }
        }

        fn next(&mut self) -> Result<u8> {
            let byte = self.peek().ok_or(Error::End)?;
            self.rest = &self.rest[1..];
            Ok(byte)
        }

        fn peek(&mut self) -> Option<u8> {
            while let [b' ', rest @ ..] = self.rest {
                self.rest = rest;
            }
            self.rest.first().copied()
        }

        fn take(&mut self, belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
            let end = self.rest.iter().position(|byte| !belongs(byte)).unwrap_or(self.rest.len());
            let (taken, rest) = self.rest.split_at(end);
            self.rest = rest;
            taken
        }

        fn starts_with(&mut self, text: &[u8]) -> bool {
            self.peek();
            self.rest.starts_with(text)
        }
    }

    fn minus(left: i64, right: i64) -> Result<i64> {
        checked(left.checked_sub(right))
    }

    fn checked(value: Option<i64>) -> Result<i64> {
        value.ok_or(Error::Overflow)
    }
}

//! The profile of a program: its functions' calls and times, as text that people commit.
//!
//! ```text
//! omegi profile 1
//! program 1834000000
//! shop::cart::Cart::total⇥src/cart.rs⇥1200⇥345000⇥120000
//! ```
//!
//! The first line has the version of the format. The second has the nanoseconds that the program
//! computed. Each other line has a function: its path, its file, the number of its calls, and their
//! nanoseconds with and without those of the functions that they call. A tab (`⇥`) stands between
//! two columns. Lines are sorted, so that two profiles of a program differ in their numbers alone.

use std::collections::BTreeMap;
use std::fmt;

const HEADER: &str = "omegi profile ";
const VERSION: &str = "1";
const PROGRAM: &str = "program ";

/// A program's functions with their calls and times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Nanoseconds that the program computed, as opposed to waited; 0 if unknown.
    pub program_ns: u64,
    /// The numbers of each function.
    pub functions: BTreeMap<ProfiledFunction, CallTimes>,
}

/// A function in a profile. All functions of one path in a file share a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfiledFunction {
    /// The path: of the crate, its modules, its type, itself.
    pub path: String,
    /// The source file, below the project's root.
    pub file: String,
}

/// The calls of a function and their times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTimes {
    /// The number of calls.
    pub calls: u64,
    /// Nanoseconds between begin and end. A call inside another of the same function adds none.
    pub inclusive_ns: u64,
    /// Nanoseconds without those of other profiled functions inside.
    pub self_ns: u64,
}

impl CallTimes {
    /// Adds the calls and times of `other`.
    pub fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.inclusive_ns = self.inclusive_ns.saturating_add(other.inclusive_ns);
        self.self_ns = self.self_ns.saturating_add(other.self_ns);
    }
}

/// The reason why a text is no profile, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The line; the first is 1.
    pub line: usize,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Profile {
    /// Reads the text of a profile. Lines may be in any order; those of one function are added.
    ///
    /// # Errors
    ///
    /// The first line that does not fit the format.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let header = lines.next().map_or("", |(_, line)| line.trim_end());
        let error = |line, reason| ProfileError { line, reason };
        match header.strip_prefix(HEADER) {
            Some(VERSION) => {}
            Some(other) => {
                let reason = format!("the format is version {other:?}, and this omegi reads {VERSION}");
                return Err(error(1, reason));
            }
            None => return Err(error(1, format!("a profile begins with `{HEADER}{VERSION}`"))),
        }
        let mut profile = Self::default();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let read = if let Some(time) = line.strip_prefix(PROGRAM) {
                count(time).map(|time| profile.program_ns = profile.program_ns.saturating_add(time))
            } else {
                function(line).map(|(function, times)| profile.add(function, times))
            };
            read.map_err(|reason| error(number, reason))?;
        }
        Ok(profile)
    }

    /// Adds the calls of one function.
    pub fn add(&mut self, function: ProfiledFunction, times: CallTimes) {
        self.functions.entry(function).or_default().add(times);
    }

    /// Adds all of another profile.
    pub fn add_all(&mut self, other: Self) {
        self.program_ns = self.program_ns.saturating_add(other.program_ns);
        other.functions.into_iter().for_each(|(function, times)| self.add(function, times));
    }
}

/// Writes the text of the profile.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}{VERSION}\n{PROGRAM}{}", self.program_ns)?;
        self.functions.iter().try_for_each(|(function, times)| {
            let (path, file) = (column(&function.path), column(&function.file));
            let CallTimes { calls, inclusive_ns, self_ns } = times;
            writeln!(f, "{path}\t{file}\t{calls}\t{inclusive_ns}\t{self_ns}")
        })
    }
}

/// Returns a text without the separators of columns and lines.
fn column(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

fn function(line: &str) -> Result<(ProfiledFunction, CallTimes), String> {
    let columns: Vec<_> = line.trim_end_matches('\r').split('\t').collect();
    let [path, file, calls, inclusive, own] = columns[..] else {
        return Err(format!("5 columns with tabs between them are expected, and {} found", columns.len()));
    };
    let times = CallTimes { calls: count(calls)?, inclusive_ns: count(inclusive)?, self_ns: count(own)? };
    Ok((ProfiledFunction { path: path.to_owned(), file: file.to_owned() }, times))
}

fn count(text: &str) -> Result<u64, String> {
    let text = text.trim();
    text.parse().map_err(|_| format!("{text:?} is not a number of calls or nanoseconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "omegi profile 1\nprogram 900\n\
        shop::a\tsrc/a.rs\t3\t70\t20\nshop::b c\tsrc/a b.rs\t1\t5\t5\n";

    fn failed(text: &str) -> String {
        Profile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_profile_is_written_as_it_is_read() {
        let profile = Profile::parse(TEXT).unwrap();
        assert_eq!((profile.program_ns, profile.functions.len()), (900, 2));
        assert_eq!(profile.to_string(), TEXT);
        assert_eq!(Profile::parse(&TEXT.replace('\n', "\r\n")), Ok(profile));
    }

    #[test]
    fn lines_are_sorted_and_those_of_one_function_added() {
        let mut lines: Vec<_> = TEXT.lines().collect();
        lines.swap(2, 3);
        lines.push("shop::a\tsrc/a.rs\t1\t10\t1");
        lines.push("program 1");
        let profile = Profile::parse(&lines.join("\n")).unwrap().to_string();
        assert_eq!(profile, TEXT.replace("3\t70\t20", "4\t80\t21").replace("900", "901"));
    }

    #[test]
    fn profiles_are_added() {
        let mut profile = Profile::parse(TEXT).unwrap();
        profile.add_all(Profile::parse(TEXT).unwrap());
        profile.add_all(Profile::default());
        assert!(profile.to_string().contains("shop::a\tsrc/a.rs\t6\t140\t40\n"));
        assert_eq!(profile.program_ns, 1800);
    }

    #[test]
    fn separators_in_names_become_spaces() {
        let mut profile = Profile::default();
        let function = ProfiledFunction { path: "a\tb".into(), file: "c\r\nd".into() };
        profile.add(function, CallTimes::default());
        assert!(profile.to_string().ends_with("\na b\tc  d\t0\t0\t0\n"));
    }

    #[test]
    fn errors_name_the_line_and_the_reason() {
        assert_eq!(failed(""), "line 1: a profile begins with `omegi profile 1`");
        assert_eq!(
            failed("omegi profile 9\n"),
            "line 1: the format is version \"9\", and this omegi reads 1"
        );
        assert_eq!(
            failed(&format!("{TEXT}<<<<<<< ours\n")),
            "line 5: 5 columns with tabs between them are expected, and 1 found"
        );
        assert_eq!(
            failed(&TEXT.replace("70", "-7")),
            "line 3: \"-7\" is not a number of calls or nanoseconds"
        );
        assert_eq!(
            failed("omegi profile 1\nprogram x"),
            "line 2: \"x\" is not a number of calls or nanoseconds"
        );
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let pieces = ["omegi profile 1\n", "program ", "a\tb", "\t1", "\t", "\n", "\r", "-", "🦀", "7"];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..state % 13 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(3);
            if let Ok(profile) = Profile::parse(&text) {
                assert_eq!(Profile::parse(&profile.to_string()).as_ref(), Ok(&profile), "{text:?}");
            }
        }
    }

    #[test]
    fn sums_do_not_overflow() {
        let line = format!("a\tb\t{0}\t{0}\t{0}\n", u64::MAX);
        let profile = Profile::parse(&format!("omegi profile 1\n{line}{line}")).unwrap();
        assert!(profile.to_string().contains(&line));
    }
}

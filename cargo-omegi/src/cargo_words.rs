//! The words behind one of cargo's commands: all go on to cargo, and omegi reads some of them.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};
use clap_lex::{ParsedArg, RawArgs, ShortFlags};

/// The options of cargo that take the next word as their value, besides those that omegi reads.
const WITH_VALUE: [&str; 15] = [
    "artifact-dir",
    "bench",
    "bin",
    "color",
    "config",
    "crate-type",
    "example",
    "exclude",
    "features",
    "jobs",
    "lockfile-path",
    "message-format",
    "print",
    "profile",
    "test",
];

/// The short options of cargo that take a value.
const SHORT_WITH_VALUE: [char; 4] = ['C', 'F', 'Z', 'j'];

/// The words behind a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CargoWords {
    /// The options that `cargo omegi` reads itself, with their values.
    pub(crate) read: Vec<OsString>,
    /// The words for cargo, as typed and in order, except `--target-dir`, which omegi chooses.
    pub(crate) forwarded: Vec<OsString>,
    /// The number of words for cargo that stand before the first word for the program, the tests or
    /// the compiler.
    pub(crate) for_cargo: usize,
}

impl CargoWords {
    /// Sorts `words`, which were typed behind `command`. Cargo's other options need not be declared
    /// there.
    pub(crate) fn sort(command: &Command, words: Vec<OsString>) -> Self {
        let raw = RawArgs::new(words);
        let mut cursor = raw.cursor();
        let mut sorted = Self::default();
        while let Some(word) = raw.next(&mut cursor) {
            let whole = word.to_value_os().to_owned();
            let (read, needs_value) = match WordKind::of(command, &word) {
                WordKind::Last => {
                    sorted.for_cargo = sorted.forwarded.len();
                    sorted.forwarded.push(whole);
                    sorted.forwarded.extend(raw.remaining(&mut cursor).map(OsStr::to_owned));
                    return sorted;
                }
                WordKind::Cargo { needs_value } => (None, needs_value),
                WordKind::Read { option, needs_value } => (Some(option), needs_value),
            };
            let value =
                raw.peek_os(&cursor).filter(|next| needs_value && !is_option(next)).map(OsStr::to_owned);
            if value.is_some() {
                raw.next_os(&mut cursor);
            }
            let stays_here = read.as_deref().is_some_and(is_target_dir);
            if let Some(option) = read {
                sorted.read.push(option);
                sorted.read.extend(value.clone());
            }
            if !stays_here {
                sorted.forwarded.push(whole);
                sorted.forwarded.extend(value);
            }
        }
        sorted.for_cargo = sorted.forwarded.len();
        sorted
    }
}

/// The meaning of one word.
enum WordKind {
    /// The last word for cargo: all behind it belongs to the program, the tests or the compiler.
    Last,
    /// An option for cargo alone, or a plain word.
    Cargo { needs_value: bool },
    /// An option that omegi reads as well.
    Read { option: OsString, needs_value: bool },
}

impl WordKind {
    fn of(command: &Command, word: &ParsedArg<'_>) -> Self {
        if word.is_escape() {
            return Self::Last;
        }
        if let Some((Ok(name), value)) = word.to_long() {
            return match command.get_arguments().find(|known| is_named(known, name)) {
                Some(known) => Self::Read {
                    option: word.to_value_os().to_owned(),
                    needs_value: takes_value(known) && value.is_none(),
                },
                None => Self::Cargo { needs_value: WITH_VALUE.contains(&name) && value.is_none() },
            };
        }
        match word.to_short() {
            Some(flags) => Self::of_short(command, flags),
            // `cargo run` and `cargo rustc` take no options behind a first plain word.
            None if ["run", "rustc"].contains(&command.get_name()) => Self::Last,
            None => Self::Cargo { needs_value: false },
        }
    }

    /// Reads options of one letter, of which one word can hold several: `-qpshop`.
    fn of_short(command: &Command, mut flags: ShortFlags<'_>) -> Self {
        while let Some(Ok(flag)) = flags.next_flag() {
            if let Some(known) = command.get_arguments().find(|known| known.get_short() == Some(flag)) {
                let mut option = OsString::from(format!("-{flag}"));
                let value = flags.next_value_os().filter(|_| takes_value(known));
                option.push(value.unwrap_or_default());
                return Self::Read { option, needs_value: takes_value(known) && value.is_none() };
            }
            if SHORT_WITH_VALUE.contains(&flag) {
                return Self::Cargo { needs_value: flags.is_empty() };
            }
        }
        Self::Cargo { needs_value: false }
    }
}

fn is_named(option: &Arg, name: &str) -> bool {
    option.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

fn is_target_dir(option: &OsStr) -> bool {
    let option = option.to_string_lossy();
    option == "--target-dir" || option.starts_with("--target-dir=")
}

fn is_option(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn sorted(command: &str, line: &str) -> [String; 2] {
        let commands = Cli::built_command();
        let words = CargoWords::sort(
            commands.find_subcommand(command).unwrap(),
            line.split(' ').map(OsString::from).collect(),
        );
        [words.read, words.forwarded].map(|words| {
            words.iter().map(|it| it.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        })
    }

    #[test]
    fn options_are_read_and_go_on_to_cargo_in_order() {
        let line =
            "--release -p a --package=b -pc --target-dir /t --target x --bin y -- -p d --help --offline";
        assert_eq!(
            sorted("build", line),
            [
                "-p a --package=b -pc --target-dir /t --target x",
                "--release -p a --package=b -pc --target x --bin y -- -p d --help --offline"
            ]
        );
        assert_eq!(sorted("test", "--target-dir=/t -qp a x"), ["--target-dir=/t -p a", "-qp a x"]);
        assert_eq!(sorted("check", "-qpa --frozen"), ["-pa --frozen", "-qpa --frozen"]);
    }

    #[test]
    fn words_for_the_program_are_not_read() {
        for line in ["x -p a --help", "--bin y x -p a", "--features f -j 4 -F g x -h", "-- --target-dir /t"] {
            assert_eq!(sorted("run", line), ["", line], "{line}");
        }
        // A test's name may stand before options.
        assert_eq!(sorted("test", "name -p a"), ["-p a", "name -p a"]);
        assert_eq!(sorted("rustc", "--lib -- -p -h"), ["", "--lib -- -p -h"]);
    }

    #[test]
    fn words_for_cargo_are_counted() {
        for (command, line, expected) in
            [("run", "-q x --bin y", 1), ("test", "a -q -- b", 2), ("build", "--target-dir t -r", 1)]
        {
            let words = line.split(' ').map(OsString::from).collect();
            let commands = Cli::built_command();
            let sorted = CargoWords::sort(commands.find_subcommand(command).unwrap(), words);
            assert_eq!(sorted.for_cargo, expected, "{command} {line}");
        }
    }

    #[test]
    fn values_of_cargos_options_are_not_options() {
        assert_eq!(sorted("run", "--bin --help"), ["--help", "--bin --help"]);
        assert_eq!(sorted("run", "-vFp x -p y"), ["", "-vFp x -p y"]);
        assert_eq!(sorted("build", "-Fp -Zh -p y"), ["-p y", "-Fp -Zh -p y"]);
    }
}

//! One environment variable: its names, its default, its documentation, and the type of its value.

use std::ffi::OsStr;

use super::parsed::{Parsed, Reason};
use super::printing::Privacy;
use super::program::Program;

/// An environment variable whose value is a `T`.
#[derive(Debug)]
pub(crate) struct Variable<T: 'static> {
    /// The part of it that does not depend on the type.
    pub(super) entry: VariableEntry,
    parser: Parser<T>,
    /// Checks a value, be it parsed or set in code, and brings it into its usual form.
    check: Option<Check<T>>,
}

/// The names and the documentation of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct VariableEntry {
    /// The name that wins.
    pub(super) name: &'static str,
    /// Names that are read in this order if those before them are unset or wrong.
    pub(super) aliases: &'static [&'static str],
    /// The value that is used if no name is set.
    pub(super) default: Fallback,
    /// Its meaning, in one line of Markdown.
    pub(super) meaning: &'static str,
    /// The part of its value that may be printed.
    pub(super) privacy: Privacy,
    /// The reason why it has no effect yet, if it has none.
    pub(super) no_effect: Option<&'static str>,
}

/// The value of a variable that is not set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fallback {
    /// This text, read by the variable's own parser: so the documented default is the real one.
    Text(&'static str),
    /// A value that this sentence describes.
    Rule(&'static str),
}

/// A function that turns the text of a variable into its value.
#[derive(Debug)]
pub(super) enum Parser<T> {
    /// Reads text whole.
    Whole(fn(&str) -> Result<T, Reason>),
    /// Reads text of which some pieces may be usable and others not.
    Pieces(fn(&str, &Program) -> Parsed<T>),
    /// Reads a text of the system, which need not be UTF-8: a path.
    System(fn(&OsStr) -> Result<T, Reason>),
}

/// A function that checks a value.
type Check<T> = fn(T, &Program) -> Parsed<T>;

impl VariableEntry {
    pub(super) const fn new(name: &'static str, default: Fallback, meaning: &'static str) -> Self {
        Self { name, aliases: &[], default, meaning, privacy: Privacy::Public, no_effect: None }
    }

    /// Adds the reason why the variable has no effect yet.
    pub(super) const fn no_effect(self, why: &'static str) -> Self {
        Self { no_effect: Some(why), ..self }
    }

    /// Returns the default as it is shown to people.
    pub(super) const fn default_shown(&self) -> &'static str {
        match self.default {
            Fallback::Text(text) | Fallback::Rule(text) => text,
        }
    }

    /// Returns every name, the one that wins first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

impl<T> Variable<T> {
    pub(super) const fn new(
        name: &'static str,
        default: Fallback,
        parser: Parser<T>,
        meaning: &'static str,
    ) -> Self {
        Self { entry: VariableEntry::new(name, default, meaning), parser, check: None }
    }

    /// Adds names that are read if the first one is unset or wrong.
    pub(super) const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { entry: VariableEntry { aliases, ..self.entry }, ..self }
    }

    /// Returns the variable under its first name alone.
    pub(super) const fn without_aliases(&self) -> Self {
        let entry = VariableEntry { aliases: &[], ..self.entry };
        Self { entry, parser: self.parser, check: self.check }
    }

    /// Adds the check that holds for values from text and from code alike.
    pub(super) const fn checked(self, check: Check<T>) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Restricts how much of the value may be printed.
    pub(super) const fn private(self, privacy: Privacy) -> Self {
        Self { entry: VariableEntry { privacy, ..self.entry }, ..self }
    }

    /// Returns the variable that sets the same for metrics alone. The names for all signals stay
    /// its aliases.
    pub(super) const fn for_metrics(&self, name: &'static str) -> Self {
        let meaning = "for metrics: see the variable with `TRACES` in its place";
        Self { entry: VariableEntry { name, meaning, ..self.entry }, parser: self.parser, check: self.check }
    }

    /// Parses and checks a text.
    pub(super) fn parse(&self, raw: &OsStr, program: &Program) -> Parsed<T> {
        let text = || raw.to_str().ok_or(Reason::from("is not UTF-8 text"));
        let parsed = match self.parser {
            Parser::Whole(parse) => text().and_then(parse).into(),
            Parser::Pieces(parse) => Parsed::from(text()).and_then(|text| parse(text, program)),
            Parser::System(parse) => parse(raw).into(),
        };
        parsed.and_then(|value| self.check(value, program))
    }

    /// Checks a value.
    pub(super) fn check(&self, value: T, program: &Program) -> Parsed<T> {
        match self.check {
            Some(check) => check(value, program),
            None => Ok(value).into(),
        }
    }

    /// Returns the default.
    ///
    /// # Panics
    ///
    /// If the default is a [`Fallback::Rule`] or does not parse: a mistake in the table, which
    /// tests find.
    pub(super) fn default(&self, program: &Program) -> T {
        let parsed = match self.entry.default {
            Fallback::Text(text) => self.parse(text.as_ref(), program).value,
            Fallback::Rule(_) => None,
        };
        parsed.unwrap_or_else(|| unreachable!("the default of {} can be parsed", self.entry.name))
    }
}

// Derived, these would ask for a `T` that is `Copy`.
impl<T> Clone for Parser<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Parser<T> {}

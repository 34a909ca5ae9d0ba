//! Reads variables under all their names, and collects the problems with them.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::code::CodeValues;
use super::lists::listed;
use super::origins::{Source, ValueOrigin};
use super::parsed::{Parsed, Reason};
use super::printing::shown;
use super::problem::{Problem, Severity};
use super::program::Program;
use super::trimming::trimmed;
use super::variable::{Variable, VariableEntry};
use super::words::Word;

/// A function that looks a name up in the environment.
pub(super) type Environment<'env> = &'env dyn Fn(&str) -> Option<OsString>;

/// Reads variables from the environment and from code.
pub(super) struct Reader<'env> {
    environment: Environment<'env>,
    code: &'env CodeValues,
    program: &'env Program,
    problems: Vec<Problem>,
    /// The variables that are set, by their first name.
    origins: RefCell<HashMap<&'static str, ValueOrigin>>,
}

/// The result of reading one variable. Pass it to [`Reader::finish`] once it is known which value
/// is used.
#[derive(Debug)]
#[must_use = "problems are reported only when the reading is finished"]
pub(super) struct Reading<T> {
    found: Option<Found<T>>,
    /// The problems, before the values used instead are known.
    problems: Vec<Problem>,
}

/// A value that can be used.
#[derive(Debug)]
struct Found<T> {
    value: T,
    source: Source,
    /// The name and the value, as they may be printed.
    shown: String,
}

/// One place where a variable is set.
struct Setting<'env> {
    source: Source,
    name: &'static str,
    text: Cow<'env, OsStr>,
    /// A value from code that is no text.
    typed: Option<&'env (dyn Any + Send + Sync)>,
}

impl<T> Reading<T> {
    /// Returns the value, if one can be used.
    pub(super) fn value(&self) -> Option<&T> {
        self.found.as_ref().map(|found| &found.value)
    }

    /// Returns whether this wins over `other`, which wins if one source sets both.
    pub(super) fn overrules<U>(&self, other: &Reading<U>) -> bool {
        let (own, other) = (self.source(), other.source());
        own.is_some_and(|own| other.is_none_or(|other| own < other))
    }

    fn source(&self) -> Option<Source> {
        self.found.as_ref().map(|found| found.source)
    }

    /// Makes its problems those that do not keep `try_init` from starting: the variable is not
    /// omegi's, and other programs may take its value.
    pub(super) fn leniently(mut self) -> Self {
        self.problems.iter_mut().for_each(|problem| problem.severity = Severity::NoEffect);
        self
    }

    /// Returns whether the variable is set, be it to a value that cannot be used.
    pub(super) fn is_set(&self) -> bool {
        self.found.is_some() || !self.problems.is_empty()
    }
}

impl<'env> Reader<'env> {
    pub(super) fn new(
        environment: Environment<'env>,
        code: &'env CodeValues,
        program: &'env Program,
    ) -> Self {
        Self { environment, code, program, problems: Vec::new(), origins: RefCell::default() }
    }

    /// Returns the origins of all values that were read, and the problems in the order of their
    /// report.
    pub(super) fn into_results(self) -> (HashMap<&'static str, ValueOrigin>, Vec<Problem>) {
        (self.origins.into_inner(), self.problems)
    }

    /// Returns the program that the settings are for.
    pub(super) const fn program(&self) -> &'env Program {
        self.program
    }

    /// Returns the variable's value, or its default if no name holds a value that can be used.
    ///
    /// The default has to be a [`Fallback::Text`](super::variable::Fallback::Text).
    pub(super) fn value<T: Clone + 'static>(&mut self, variable: &Variable<T>) -> T {
        let reading = self.read(variable);
        let instead = match &reading.found {
            Some(found) => found.shown.clone(),
            None => variable.entry.default_shown().to_owned(),
        };
        self.finish(reading, &instead).unwrap_or_else(|| variable.default(self.program))
    }

    /// Returns the words of a list, or the default ones if no name holds a word that can be used.
    pub(super) fn words<W: Word>(&mut self, variable: &Variable<Vec<W>>) -> Vec<W> {
        let reading = self.read(variable);
        let words = reading.value().cloned().unwrap_or_else(|| variable.default(self.program));
        self.finish(reading, &listed(&words));
        words
    }

    /// Returns the variable's value, or nothing if no name holds a value that can be used.
    pub(super) fn optional<T: Clone + 'static>(
        &mut self,
        variable: &Variable<T>,
        instead: &str,
    ) -> Option<T> {
        let reading = self.read(variable);
        self.finish(reading, instead)
    }

    /// Returns the variable's path, if it is set.
    pub(super) fn path(&mut self, variable: &Variable<PathBuf>) -> Option<PathBuf> {
        self.optional(variable, variable.entry.default_shown())
    }

    /// Reads the first value that can be used, in whole or in part.
    pub(super) fn read<T: Clone + 'static>(&self, variable: &Variable<T>) -> Reading<T> {
        self.read_then(variable, Ok)
    }

    /// Reads the first value that can be used and that `convert` accepts.
    pub(super) fn read_then<T: Clone + 'static, U>(
        &self,
        variable: &Variable<T>,
        convert: impl Fn(T) -> Result<U, Reason>,
    ) -> Reading<U> {
        let entry = &variable.entry;
        let mut problems = Vec::new();
        for setting in self.each_setting(entry) {
            let Parsed { value, reasons } =
                self.parse(variable, &setting).and_then(|value| convert(value).into());
            problems.extend(reasons.into_iter().map(|reason| setting.problem(entry, reason)));
            if let Some(value) = value {
                self.note(entry, &setting, true);
                let shown = format!("{}={}", setting.name, setting.shown(entry));
                return Reading { found: Some(Found { value, source: setting.source, shown }), problems };
            }
        }
        Reading { found: None, problems }
    }

    /// Parses a text, or takes a typed value as it is; both are checked.
    fn parse<T: Clone + 'static>(&self, variable: &Variable<T>, setting: &Setting<'_>) -> Parsed<T> {
        match setting.typed.map(|value| value.downcast_ref::<T>()) {
            None => variable.parse(&setting.text, self.program),
            Some(Some(value)) => variable.check(value.clone(), self.program),
            Some(None) => unreachable!("the builder sets a variable to values of its type alone"),
        }
    }

    /// Reports all problems of `reading` with the value that is used instead, and returns the
    /// value.
    pub(super) fn finish<T>(&mut self, reading: Reading<T>, instead: &str) -> Option<T> {
        self.report_once(reading.problems.into_iter().map(|problem| problem.using(instead)).collect());
        reading.found.map(|found| found.value)
    }

    /// Returns whether the variable is set to anything.
    pub(super) fn is_set(&self, entry: &VariableEntry) -> bool {
        self.each_setting(entry).next().is_some()
    }

    /// Returns whether the variable is set to anything, and lists it as used in [`Origins`]. For
    /// variables whose presence counts, and whose value is read elsewhere or not at all.
    ///
    /// [`Origins`]: super::origins::Origins
    pub(super) fn note_if_set(&self, entry: &VariableEntry) -> bool {
        let setting = self.each_setting(entry).next();
        setting.inspect(|setting| self.note(entry, setting, true)).is_some()
    }

    /// Returns whether this very name is set in any source.
    pub(super) fn is_name_set(&self, name: &str) -> bool {
        (self.environment)(name).and_then(trimmed).is_some() || self.code.get(name).is_some()
    }

    /// Reads without reporting problems, for settings that are not in use.
    pub(super) fn silently<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let reported = self.problems.len();
        let value = read(self);
        self.problems.truncate(reported);
        value
    }

    /// Reports these problems too.
    pub(super) fn report_all(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Reports the value of the variable, if it is set, for a reason that no parser of one value
    /// can see.
    pub(super) fn report(&mut self, entry: &VariableEntry, reason: impl Into<Reason>, instead: &str) {
        let problem = self.first_problem(entry, reason.into());
        self.report_once(problem.map(|problem| problem.using(instead)).into_iter().collect());
    }

    /// Reports that a part of the variable's value has no effect.
    pub(super) fn warn(&mut self, entry: &VariableEntry, reason: impl Into<Reason>, instead: &str) {
        let problem = self.first_problem(entry, reason.into()).map(|problem| problem.using(instead));
        let problem = problem.map(|problem| Problem { severity: Severity::NoEffect, ..problem });
        self.report_once(problem.into_iter().collect());
    }

    /// Notes that the value of the variable is not used, because another variable decides.
    pub(super) fn mark_overruled(&self, entry: &VariableEntry) {
        if let Some(setting) = self.each_setting(entry).next() {
            self.note(entry, &setting, false);
        }
    }

    /// Reports that the value of the variable has no effect, unless it was reported already.
    ///
    /// `instead` is the consequence; `None`: the value is ignored.
    pub(super) fn mark_unused(
        &mut self,
        entry: &VariableEntry,
        reason: impl Into<Reason>,
        instead: Option<&str>,
    ) {
        self.mark_overruled(entry);
        let Some(problem) = self.first_problem(entry, reason.into()) else { return };
        if !self.problems.iter().any(|reported| reported.variable == problem.variable) {
            let instead = instead.map(str::to_owned);
            self.problems.push(Problem { severity: Severity::NoEffect, instead, ..problem });
        }
    }

    /// Returns a problem with the value of the variable that wins, if it is set.
    fn first_problem(&self, entry: &VariableEntry, reason: Reason) -> Option<Problem> {
        self.each_setting(entry).next().map(|setting| setting.problem(entry, reason))
    }

    /// Reports problems that were not reported before: variables for all signals are read for each
    /// of them.
    pub(super) fn report_once(&mut self, mut problems: Vec<Problem>) {
        problems.retain(|problem| !self.problems.iter().any(|reported| reported.has_reason_of(problem)));
        self.problems.extend(problems);
    }

    fn note(&self, entry: &VariableEntry, setting: &Setting<'_>, is_used: bool) {
        let Setting { source, name, .. } = *setting;
        let origin = ValueOrigin { source, name, shown: setting.shown(entry), is_used };
        self.origins.borrow_mut().insert(entry.name, origin);
    }

    /// Returns all places where the variable is set, the one that wins first.
    ///
    /// The environment wins over code: it belongs to the deployer, who knows more than the author.
    fn each_setting(&self, entry: &VariableEntry) -> impl Iterator<Item = Setting<'env>> + use<'env> {
        let (environment, code, entry) = (self.environment, self.code, *entry);
        let names = move |source| entry.names().map(move |name| (source, name));
        Source::ALL.into_iter().flat_map(names).filter_map(move |(source, name)| match source {
            Source::Environment => {
                let text = Cow::Owned(trimmed(environment(name)?)?);
                Some(Setting { source, name, text, typed: None })
            }
            Source::Code => {
                let value = code.get(name)?;
                let text = Cow::Borrowed(value.text.as_ref());
                Some(Setting { source, name, text, typed: value.typed.as_deref() })
            }
        })
    }
}

impl Setting<'_> {
    /// Returns the value as it may be printed.
    fn shown(&self, entry: &VariableEntry) -> String {
        shown(&self.text.to_string_lossy(), entry.privacy)
    }

    fn problem(&self, entry: &VariableEntry, reason: Reason) -> Problem {
        Problem::of_value(self.name, &self.text.to_string_lossy(), entry.privacy, reason)
    }
}

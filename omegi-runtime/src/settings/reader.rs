//! Looks variables up under all their names, hands their text to parsers, and collects what was wrong.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use super::origins::{IsSet, Origins, Source};
use super::problem::{Complaint, Problem, Severity};
use super::rejection::{Objection, Rejected, shown};
use super::variables::Variable;

/// What a source says under a name.
pub(super) type Lookup<'env> = &'env dyn Fn(Source, &str) -> Option<OsString>;

/// Reads variables through a lookup function.
pub(super) struct Reader<'env> {
    lookup: Lookup<'env>,
    problems: Vec<Problem>,
    /// What was found, by the variable's first name.
    found: RefCell<HashMap<&'static str, IsSet>>,
}

/// What came of reading one variable. [`Reader::settle`] it once it is known what is used.
#[derive(Debug)]
#[must_use = "what was rejected is told only when the reading is settled"]
pub(super) struct Reading<T> {
    found: Option<Found<T>>,
    rejected: Vec<Rejected>,
}

/// A value that can be used.
#[derive(Debug)]
struct Found<T> {
    value: T,
    source: Source,
    /// Where it came from, as it may be printed.
    shown: String,
}

impl<T> Reading<T> {
    /// The value, if one could be used.
    pub(super) fn value(&self) -> Option<&T> {
        self.found.as_ref().map(|found| &found.value)
    }

    /// Whether this decides, and not the other, which does where the same source says both.
    pub(super) fn overrules<U>(&self, other: &Reading<U>) -> bool {
        self.source().is_some_and(|own| other.source().is_none_or(|other| own < other))
    }

    /// Who said what can be used.
    fn source(&self) -> Option<Source> {
        self.found.as_ref().map(|found| found.source)
    }

    /// Whether the variable is set, be it to something that cannot be used.
    pub(super) fn is_set(&self) -> bool {
        self.found.is_some() || !self.rejected.is_empty()
    }
}

impl<'env> Reader<'env> {
    pub(super) fn new(lookup: Lookup<'env>) -> Self {
        Self { lookup, problems: Vec::new(), found: RefCell::default() }
    }

    /// Where every value comes from, and what was wrong, in the order in which it was settled.
    pub(super) fn finish(self) -> (Origins, Vec<Problem>) {
        (Origins::of(self.found.into_inner()), self.problems)
    }

    /// The variable's value as the system holds it, under the first of its names that is set.
    pub(super) fn raw(&self, variable: &Variable) -> Option<OsString> {
        let (source, name, raw) = self.each_set(variable).next()?;
        self.note(variable, source, name, &raw.to_string_lossy());
        Some(raw)
    }

    /// Whether the variable is set, be it to something that cannot be used.
    pub(super) fn is_set(&self, variable: &Variable) -> bool {
        self.each_set(variable).next().is_some()
    }

    /// Whether anybody says anything under this very name.
    pub(super) fn is_name_set(&self, name: &str) -> bool {
        let says = |source| (self.lookup)(source, name).is_some_and(|raw| !raw.is_empty());
        Source::ALL.into_iter().any(says)
    }

    /// Tells of these problems as well.
    pub(super) fn tell(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Reads what nobody has asked for: what is wrong with it is not told.
    pub(super) fn unheard<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let told = self.problems.len();
        let value = read(self);
        self.problems.truncate(told);
        value
    }

    /// Takes down what the variable is set to.
    fn note(&self, variable: &Variable, source: Source, name: &'static str, text: &str) {
        let shown = shown(text, variable.privacy);
        self.found.borrow_mut().insert(variable.name, IsSet { source, name, shown, heeded: true });
    }

    /// The variable's value, or its default where no name holds a value that parses.
    ///
    /// Only for variables whose default is a [`Fallback::Text`](super::variables::Fallback::Text), which has to parse.
    pub(super) fn value<T>(
        &mut self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, Complaint>,
    ) -> T {
        let default = variable.default_text();
        let reading = self.read(variable, &parse);
        let instead = reading.found.as_ref().map_or(default, |found| &found.shown).to_owned();
        self.settle(reading, &instead).unwrap_or_else(|| {
            parse(default).unwrap_or_else(|complaint| unreachable!("{default} {complaint}"))
        })
    }

    /// The variable's value, or nothing where no name holds a value that parses.
    pub(super) fn optional<T>(
        &mut self,
        variable: &Variable,
        instead: &str,
        parse: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let reading = self.read(variable, parse);
        self.settle(reading, instead)
    }

    /// The first value that parses whole.
    pub(super) fn read<T>(
        &self,
        variable: &Variable,
        parse: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Reading<T> {
        self.read_pieces(variable, |text| match parse(text) {
            Ok(value) => (Some(value), Vec::new()),
            Err(complaint) => (None, vec![Objection::to_value(complaint)]),
        })
    }

    /// The first value of which `parse` can use something; it may object to the rest.
    pub(super) fn read_pieces<T>(
        &self,
        variable: &Variable,
        parse: impl Fn(&str) -> (Option<T>, Vec<Objection>),
    ) -> Reading<T> {
        let mut rejected = Vec::new();
        for (source, name, raw) in self.each_set(variable) {
            let (value, objections) = match raw.to_str() {
                Some(text) => parse(text),
                None => (None, vec![Objection::to_value("is not UTF-8 text")]),
            };
            let text = raw.to_string_lossy();
            rejected
                .extend(objections.into_iter().map(|it| Rejected::new(name, &text, variable.privacy, it)));
            if let Some(value) = value {
                self.note(variable, source, name, &text);
                let shown = format!("{name}={}", shown(&text, variable.privacy));
                return Reading { found: Some(Found { value, source, shown }), rejected };
            }
        }
        Reading { found: None, rejected }
    }

    /// Tells of everything that was rejected, now that it is known what is used instead.
    pub(super) fn settle<T>(&mut self, reading: Reading<T>, instead: &str) -> Option<T> {
        self.tell_once(reading.rejected.into_iter().map(|it| it.using(instead)).collect());
        reading.found.map(|found| found.value)
    }

    /// Complains of the value that `variable` has, if it is set: for what no parser of one value can see.
    pub(super) fn complain(&mut self, variable: &Variable, complaint: impl Into<Complaint>, instead: &str) {
        let problem = self.problem(variable, complaint, instead);
        self.tell_once(problem.into_iter().collect());
    }

    /// Takes down that what `variable` is set to has no effect, as another decides.
    pub(super) fn overrule(&self, variable: &Variable) {
        let Some((source, name, raw)) = self.each_set(variable).next() else { return };
        self.note(variable, source, name, &raw.to_string_lossy());
        self.found.borrow_mut().entry(variable.name).and_modify(|is_set| is_set.heeded = false);
    }

    /// Tells that the value of `variable` has no effect, if it is set and nothing worse was told of it.
    pub(super) fn disregard(&mut self, variable: &Variable, complaint: impl Into<Complaint>, instead: &str) {
        self.overrule(variable);
        let Some(problem) = self.problem(variable, complaint, instead) else { return };
        if !self.problems.iter().any(|told| told.variable == problem.variable) {
            self.problems.push(Problem { severity: Severity::HasNoEffect, ..problem });
        }
    }

    fn problem(
        &self,
        variable: &Variable,
        complaint: impl Into<Complaint>,
        instead: &str,
    ) -> Option<Problem> {
        let (_, name, raw) = self.each_set(variable).next()?;
        let objection = Objection::to_value(complaint);
        let rejected = Rejected::new(name, &raw.to_string_lossy(), variable.privacy, objection);
        Some(rejected.using(instead))
    }

    /// Tells of what was not told before: a variable for all signals is read for each of them.
    fn tell_once(&mut self, mut problems: Vec<Problem>) {
        problems.retain(|problem| !self.problems.iter().any(|told| told.blames_the_same_as(problem)));
        self.problems.extend(problems);
    }

    /// The names under which the variable is set, with their values: first what the environment says, for whoever runs a
    /// program has the last word.
    ///
    /// A variable set to nothing counts as unset, as OpenTelemetry's specification demands.
    fn each_set(&self, variable: &Variable) -> impl Iterator<Item = (Source, &'static str, OsString)> {
        let names = || variable.names();
        Source::ALL.into_iter().flat_map(move |source| names().map(move |name| (source, name))).filter_map(
            |(source, name)| {
                let raw = (self.lookup)(source, name)?;
                (raw != OsStr::new("")).then_some((source, name, raw))
            },
        )
    }
}

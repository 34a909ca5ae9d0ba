//! Looks variables up under all their names, hands their text to parsers, and collects what was wrong.

use std::ffi::{OsStr, OsString};

use super::problem::{Complaint, Problem};
use super::rejection::{Objection, Rejected, shown};
use super::variables::Variable;

/// Reads variables through a lookup function.
pub(super) struct Reader<'env> {
    lookup: &'env dyn Fn(&str) -> Option<OsString>,
    problems: Vec<Problem>,
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
    /// Where it came from, as it may be printed.
    source: String,
}

impl<T> Reading<T> {
    /// The value, if one could be used.
    pub(super) fn value(&self) -> Option<&T> {
        self.found.as_ref().map(|found| &found.value)
    }

    /// Whether the variable is set, be it to something that cannot be used.
    pub(super) fn is_set(&self) -> bool {
        self.found.is_some() || !self.rejected.is_empty()
    }
}

impl<'env> Reader<'env> {
    pub(super) fn new(lookup: &'env dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// What was wrong, in the order in which it was settled.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The variable's value as the system holds it, under the first of its names that is set.
    pub(super) fn raw(&self, variable: &Variable) -> Option<OsString> {
        self.each_set(variable).next().map(|(_, raw)| raw)
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
        let instead = reading.found.as_ref().map_or(default, |found| &found.source).to_owned();
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
        for (name, raw) in self.each_set(variable) {
            let (value, objections) = match raw.to_str() {
                Some(text) => parse(text),
                None => (None, vec![Objection::to_value("is not UTF-8 text")]),
            };
            let text = raw.to_string_lossy();
            rejected
                .extend(objections.into_iter().map(|it| Rejected::new(name, &text, variable.privacy, it)));
            if let Some(value) = value {
                let source = format!("{name}={}", shown(&text, variable.privacy));
                return Reading { found: Some(Found { value, source }), rejected };
            }
        }
        Reading { found: None, rejected }
    }

    /// Tells of everything that was rejected, now that it is known what is used instead.
    pub(super) fn settle<T>(&mut self, reading: Reading<T>, instead: &str) -> Option<T> {
        self.problems.extend(reading.rejected.into_iter().map(|it| it.using(instead)));
        reading.found.map(|found| found.value)
    }

    /// Complains of the value that `variable` has, if it is set: for what no parser of one value can see.
    pub(super) fn complain(&mut self, variable: &Variable, complaint: impl Into<Complaint>, instead: &str) {
        let Some((name, raw)) = self.each_set(variable).next() else { return };
        let objection = Objection::to_value(complaint);
        let rejected = Rejected::new(name, &raw.to_string_lossy(), variable.privacy, objection);
        self.problems.push(rejected.using(instead));
    }

    /// The names under which the variable is set, with their values.
    ///
    /// A variable set to nothing counts as unset, as OpenTelemetry's specification demands.
    fn each_set(&self, variable: &Variable) -> impl Iterator<Item = (&'static str, OsString)> {
        variable.names().filter_map(|name| {
            let raw = (self.lookup)(name)?;
            (raw != OsStr::new("")).then_some((name, raw))
        })
    }
}

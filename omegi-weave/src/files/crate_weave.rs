//! The options for weaving a whole crate, and the attribute that they become.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::parse::detail::{Detail, DetailOption};
use crate::parse::option_table::{INHERIT, LOCATED, PROFILED, RESULTS};

/// The details that measured calls of functions ask for, by their paths below a file or a crate.
pub type MeasuredDetails = BTreeMap<String, Detail>;

/// The options for weaving a whole crate.
#[derive(Clone, Debug)]
pub struct CrateWeave {
    /// True if impls of `Debug`, `Clone`, `Drop` and similar traits are woven as well.
    pub all: bool,
    /// True if arguments and returned values are captured if the environment asks for them. That
    /// code can be most of a woven function.
    pub captures: bool,
    /// The names of the crate's types that may be a `Result`, from all its files: see
    /// [`failing_names`](crate::failing_names). `None` if they are unknown.
    pub results: Option<BTreeSet<String>>,
    /// The default of the option `detail`; `None` means a span for every function.
    pub detail: Option<DetailOption>,
    /// True if generated code has the places of its functions. The compiler's messages about it
    /// then point at the function.
    pub located: bool,
    /// True if calls are counted and timed, and nothing else is woven.
    pub profiled: bool,
    /// The details that measured calls ask for, by file and by the functions' paths below the
    /// crate. They stand in for the choices of `detail = "auto"`.
    pub measured: BTreeMap<PathBuf, MeasuredDetails>,
}

/// Statements that are inserted into a crate's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootStatements<'a> {
    /// The `recursion_limit` of a crate that is woven, unless its root file has one. The compiler
    /// follows calls into the depth, and counts each woven function among them.
    pub recursion_limit: Option<u32>,
    /// Behind the inner attributes of the root file, where `extern crate` has to stand.
    pub first: Option<&'a str>,
    /// At the beginning of the root file's function `main`, woven or not.
    pub in_main: Option<&'a str>,
    /// At the beginning of each test in any file, woven or not: the `main` of a crate of tests is
    /// not in its sources.
    pub in_tests: Option<&'a str>,
}

impl RootStatements<'_> {
    /// Returns those for a file that is not the root.
    pub(crate) fn outside_of_root(self) -> Self {
        Self { recursion_limit: None, first: None, in_main: None, ..self }
    }
}

/// Weaves everything, without captures.
impl Default for CrateWeave {
    fn default() -> Self {
        Self {
            all: true,
            captures: false,
            results: None,
            detail: None,
            located: false,
            profiled: false,
            measured: BTreeMap::new(),
        }
    }
}

impl CrateWeave {
    /// Returns the tokens for the parentheses of the attribute on a woven item: the options of an
    /// item in a woven container.
    ///
    /// ```
    /// use omegi_weave::{CrateWeave, WeaveAttribute, weave};
    ///
    /// let item = "fn total() -> u32 { prices().sum() }".parse()?;
    /// let woven = weave(WeaveAttribute::Traced, CrateWeave::default().options().parse()?, item);
    /// assert!(woven.to_string().contains("\"total\""));
    /// # Ok::<(), proc_macro2::LexError>(())
    /// ```
    #[must_use]
    pub fn options(&self) -> String {
        let all = if self.all { ", all" } else { "" };
        let captures = if self.captures { "" } else { ", args = off, ret = off" };
        let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let results = self.results.as_ref().map(|names| format!(", {RESULTS}({})", list(names)));
        let located = if self.located { format!(", {LOCATED}") } else { String::new() };
        let detail = self.detail.map(|it| format!(", detail = \"{}\"", it.word())).unwrap_or_default();
        let profiled = if self.profiled { format!(", {PROFILED}") } else { String::new() };
        format!("{INHERIT}(\"\"{all}{captures}{detail}{}{located}{profiled})", results.unwrap_or_default())
    }

    /// Returns the attribute for a woven item, with these options of the item's own.
    pub(crate) fn attribute(&self, own: &str) -> String {
        // Not only handed on: without it the attribute would be the author's, who asks for a span.
        let detail = self.detail.map(|it| format!("detail = \"{}\", ", it.word())).unwrap_or_default();
        format!("#[::omegi::traced({detail}{}{own})]", self.options())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_has_the_options_and_the_known_results() {
        let results = Some(["Answer", "Parsed"].map(ToOwned::to_owned).into());
        let attribute = |captures: bool, results| {
            let detail = (!captures).then_some(DetailOption::Auto);
            let (all, located, profiled) = (!captures, captures, captures);
            CrateWeave { all, captures, results, detail, located, profiled, measured: BTreeMap::new() }
                .attribute("")
        };
        assert_eq!(attribute(true, None), "#[::omegi::traced(__inherit(\"\", __located, __profiled))]");
        assert_eq!(
            attribute(false, results),
            "#[::omegi::traced(detail = \"auto\", __inherit(\"\", all, args = off, ret = off, \
             detail = \"auto\", __results(Answer, Parsed)))]"
        );
    }
}

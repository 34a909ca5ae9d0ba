//! The options for weaving a whole crate, and the attribute that they become.

use std::collections::BTreeSet;

use crate::parse::option_table::{INHERIT, RESULTS};

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
}

/// Statements that are inserted into a crate's root file.
#[derive(Clone, Copy, Debug, Default)]
pub struct RootStatements<'a> {
    /// Behind the file's inner attributes, where `extern crate` has to stand.
    pub first: Option<&'a str>,
    /// At the beginning of the function `main`, woven or not.
    pub in_main: Option<&'a str>,
}

/// Weaves everything, without captures.
impl Default for CrateWeave {
    fn default() -> Self {
        Self { all: true, captures: false, results: None }
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
        format!("{INHERIT}(\"\"{all}{captures}{})", results.unwrap_or_default())
    }

    /// Returns the attribute for a woven item.
    pub(crate) fn attribute(&self) -> String {
        format!("#[::omegi::traced({})]", self.options())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_has_the_options_and_the_known_results() {
        let results = Some(["Answer", "Parsed"].map(ToOwned::to_owned).into());
        let attribute =
            |captures: bool, results| CrateWeave { all: !captures, captures, results }.attribute();
        assert_eq!(attribute(true, None), "#[::omegi::traced(__inherit(\"\"))]");
        assert_eq!(
            attribute(false, results),
            "#[::omegi::traced(__inherit(\"\", all, args = off, ret = off, __results(Answer, Parsed)))]"
        );
    }
}

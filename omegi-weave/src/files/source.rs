//! Weaves a whole source file as text: attributes are inserted without a newline.
//!
//! ```text
//! }                                        }#[::omegi::traced(__inherit("", …))]
//!
//! /// Takes the stock.         becomes
//! pub fn take() { … }                      /// Takes the stock.
//!                                          pub fn take() { … }
//! ```
//!
//! The compiler sees each original token on its old line. It sees the token in its old column as
//! well, unless an item begins on the line on which the one before it ends: the attribute stands
//! behind that one. The attribute does the rewriting itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::files::aliases::{self, Alias};
use crate::files::crate_weave::{CrateWeave, RootStatements};
use crate::files::edits::{InsertionPoint, TextEdit, apply, prefix_length};
use crate::files::included::{self, IncludedFile};
use crate::files::modules::{self, DeclaredModule, ModuleFile};
use crate::files::splicer::{SourceFunction, Splicer};

/// A parsed source file, with the insertions that weave it.
///
/// ```
/// use omegi_weave::ParsedSource;
///
/// let text = "use std::fs;\n\nfn ask() -> u8 { answer() }\n";
/// let source = ParsedSource::parse(text)?;
/// assert_eq!(source.functions()[0].path, "ask");
/// let attribute = "#[::omegi::traced(__inherit(\"\", all, args = off, ret = off))]";
/// assert_eq!(source.woven(), text.replace("fs;", &format!("fs;{attribute}")));
/// # Ok::<(), syn::Error>(())
/// ```
#[derive(Debug)]
pub struct ParsedSource {
    text: String,
    functions: Vec<SourceFunction>,
    modules: Vec<DeclaredModule>,
    included: Vec<IncludedFile>,
    aliases: Vec<Alias>,
    /// The places of the attributes that weave.
    traced: Vec<InsertionPoint>,
    /// All other edits.
    edits: Vec<TextEdit>,
    /// The place behind the file's inner attributes, for a statement in a crate's root.
    after_inner_attributes: InsertionPoint,
    /// The places at the beginning of each `main`: conditions may choose one.
    mains: Vec<InsertionPoint>,
}

impl ParsedSource {
    /// Parses a source file of a crate, to weave every function that can be woven.
    ///
    /// # Diagnostics
    ///
    /// Returns syn's error if the text is not Rust.
    pub fn parse(text: &str) -> syn::Result<Self> {
        Self::parse_skipping(text, &BTreeSet::new(), true)
    }

    /// Parses a source file, to weave it without the functions whose paths are in `skipped`; `all`
    /// as in [`CrateWeave`].
    ///
    /// # Diagnostics
    ///
    /// Returns syn's error if the text is not Rust.
    pub fn parse_skipping(text: &str, skipped: &BTreeSet<String>, all: bool) -> syn::Result<Self> {
        let mut file = syn::parse_file(text)?;
        let mut splicer = Splicer::new(text, &file, skipped, all);
        let start = splicer.after_inner(None, &file.attrs);
        let prefix = prefix_length(text, &file);
        let mains = splicer.mains(&file);
        let modules = modules::declared(&file, prefix);
        splicer.items(start, &mut file.items);
        let Splicer { functions, traced, edits, .. } = splicer;
        let included = included::find(text, prefix);
        let aliases = aliases::declared(&mut file);
        let text = text.to_owned();
        Ok(Self {
            text,
            functions,
            modules,
            included,
            aliases,
            traced,
            edits,
            after_inner_attributes: start,
            mains,
        })
    }

    /// Returns the original text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns every function, in order.
    #[must_use]
    pub fn functions(&self) -> &[SourceFunction] {
        &self.functions
    }

    /// Returns whether weaving changes the text.
    #[must_use]
    pub fn is_woven(&self) -> bool {
        !self.traced.is_empty() || !self.edits.is_empty()
    }

    /// Returns whether one of these statements has a place in the file.
    pub(crate) fn takes(&self, statements: RootStatements<'_>) -> bool {
        statements.first.is_some() || (statements.in_main.is_some() && !self.mains.is_empty())
    }

    /// Returns the aliases that the file declares.
    #[must_use]
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// Returns the files that may hold the modules that this file, at `path`, declares without a
    /// body.
    ///
    /// A crate's root or a `mod.rs` owns its folder (`owns_folder`): it has its modules beside it.
    #[must_use]
    pub fn modules(&self, path: &Path, owns_folder: bool) -> Vec<ModuleFile> {
        modules::files(&self.modules, path, owns_folder)
    }

    /// Returns the woven text. It has the same lines.
    #[must_use]
    pub fn woven(&self) -> String {
        self.woven_as(&CrateWeave::default(), RootStatements::default(), |_| None)
    }

    /// Returns the text woven with the options `weave`.
    ///
    /// `statements` are inserted if this is a crate's root. `redirect` returns another path for an
    /// included file: `include_str!("lib.rs")` must see the original file.
    #[must_use]
    pub fn woven_as(
        &self,
        weave: &CrateWeave,
        statements: RootStatements<'_>,
        redirect: impl Fn(&str) -> Option<PathBuf>,
    ) -> String {
        let attribute = weave.attribute();
        // Before the attribute of an item that stands at the same place.
        let in_main = |text: &str| self.mains.iter().map(|spot| spot.insert(text.to_owned())).collect();
        let mut edits: Vec<TextEdit> = statements.in_main.map(in_main).unwrap_or_default();
        edits.extend(self.edits.iter().cloned());
        edits.extend(self.traced.iter().map(|spot| spot.insert(attribute.clone())));
        edits.extend(statements.first.map(|text| self.after_inner_attributes.insert(text.to_owned())));
        edits.extend(self.included.iter().filter_map(|included| {
            let path = redirect(&included.path)?;
            Some(TextEdit { range: included.range.clone(), text: format!("{path:?}") })
        }));
        apply(&self.text, edits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::splicer::UNTRACED;
    use crate::plan::rules::SkipReason;

    fn traced() -> String {
        CrateWeave::default().attribute()
    }

    fn woven(text: &str) -> String {
        let woven = ParsedSource::parse(text).unwrap().woven();
        let again = ParsedSource::parse(&woven).unwrap().woven();
        assert_eq!(again, woven, "weaving twice changes something");
        woven.replace(&traced(), "@").replace(UNTRACED, "!")
    }

    #[test]
    fn an_attribute_stands_behind_the_item_before() {
        for (text, expected) in [
            ("fn f() { g() }", "@fn f() { g() }"),
            ("\n// c\nfn f() { g() }", "@\n// c\nfn f() { g() }"),
            ("use a; // c\n/// d\n#[x] pub fn f() { g() }", "use a;@ // c\n/// d\n#[x] pub fn f() { g() }"),
            ("#![a]\nfn f() { g() }", "#![a]@\nfn f() { g() }"),
            ("//! d\nfn f() { g() }", "//! d\n@fn f() { g() }"),
            ("//! d\r\n\r\nfn f() { g() }\r\n", "//! d\r\n@\r\nfn f() { g() }\r\n"),
            ("/*! d */ fn f() { g() }", "/*! d */@ fn f() { g() }"),
            ("\u{feff}fn f() { g() }", "\u{feff}@fn f() { g() }"),
            ("#!/bin/x\nfn f() { g() }", "#!/bin/x\n@fn f() { g() }"),
            ("mod m {\n    fn f() { g() }\n}", "mod m {@\n    fn f() { g() }\n}"),
            ("/* ä */ struct Ü;\nfn f() { g() }", "/* ä */ struct Ü;@\nfn f() { g() }"),
            ("m! {} fn f() { g() }", "m! {}@ fn f() { g() }"),
            ("const _: () = { fn f() { g() } };", "const _: () = { @fn f() { g() } };"),
        ] {
            assert_eq!(woven(text), expected);
        }
    }

    #[test]
    fn only_items_with_woven_functions_get_an_attribute() {
        for (text, expected) in [
            ("struct S; impl S { fn f() { g() } }", "struct S;@ impl S { fn f() { g() } }"),
            (
                "impl Clone for S { fn clone(&self) -> S { g() } }",
                "@impl Clone for S { fn clone(&self) -> S { g() } }",
            ),
            (
                "impl GlobalAlloc for S { fn alloc(&self) { g() } }",
                "impl GlobalAlloc for S { fn alloc(&self) { g() } }",
            ),
            ("trait T { fn f(); }", "trait T { fn f(); }"),
            ("fn f() { mod m; g() }", "fn f() { mod m; g() }"),
            (
                "impl S { fn f() { { mod m; } g() } fn h() { g() } }",
                "impl S { fn f() { { mod m; } g() } fn h() { g() } }",
            ),
            ("fn f() { mod m { fn h() { g() } } }", "@fn f() { mod m { fn h() { g() } } }"),
            ("fn trivial() {}", "fn trivial() {}"),
            ("#[traced] fn f() { g() }", "#[traced] fn f() { g() }"),
            ("#[instrument_crate] mod m { fn f() { g() } }", "#[instrument_crate] mod m { fn f() { g() } }"),
        ] {
            assert_eq!(woven(text), expected);
        }
    }

    #[test]
    fn skipped_functions_get_an_attribute_of_their_own() {
        let text = "impl S {\n    /// d\n    fn f() { g() }\n    fn h() { g() }\n}";
        let source = ParsedSource::parse_skipping(text, &["S::f".to_owned()].into(), true).unwrap();
        assert_eq!(source.functions()[0].lines, 2..4);
        assert_eq!(source.functions()[0].skipped, Some(SkipReason::Unwanted));
        let expected = "@impl S {\n    !/// d\n    fn f() { g() }\n    fn h() { g() }\n}";
        assert_eq!(source.woven().replace(&traced(), "@").replace(UNTRACED, "!"), expected);
    }

    #[test]
    fn functions_have_their_modules_and_lines() {
        let source =
            ParsedSource::parse("mod a {\n  mod r#b {\n    fn f() { g() }\n  }\n}\nextern \"C\" { fn c(); }")
                .unwrap();
        let found: Vec<_> = source.functions().iter().map(|f| (f.path.as_str(), f.line, f.skipped)).collect();
        assert_eq!(found, [("a::b::f", 3, None), ("c", 6, Some(SkipReason::Foreign))]);
    }

    #[test]
    fn a_statement_is_inserted_at_the_beginning_of_main() {
        for (text, expected) in [
            ("fn main() { g() }", "@fn main() {S; g() }"),
            ("fn main() {\n    g()\n}", "@fn main() {S;\n    g()\n}"),
            ("fn main() { #![a] fn h() { g() } h() }", "@fn main() { #![a]S; fn h() { g() } h() }"),
            (
                "#[cfg(a)] async fn main() { g() }\n#[cfg(b)] fn main() {}",
                "@#[cfg(a)] async fn main() {S; g() }\n#[cfg(b)] fn main() {S;}",
            ),
            ("mod m { fn main() { g() } }", "mod m {@ fn main() { g() } }"),
        ] {
            let source = ParsedSource::parse(text).unwrap();
            let statements = RootStatements { first: None, in_main: Some("S;") };
            let woven = source.woven_as(&CrateWeave::default(), statements, |_| None);
            assert_eq!(woven.replace(&traced(), "@"), expected);
        }
    }

    #[test]
    fn a_statement_and_redirected_paths_are_inserted() {
        let text = "#![a]\nfn f() { include_str!(\"lib.rs\"); include_bytes! [\"x\"] }";
        let source = ParsedSource::parse(text).unwrap();
        let redirect = |path: &str| (path == "lib.rs").then(|| "/a/lib.rs".into());
        let statements = RootStatements { first: Some("extern crate omegi;"), in_main: None };
        let woven = source.woven_as(&CrateWeave::default(), statements, redirect);
        let expected =
            "#![a]@extern crate omegi;\nfn f() { include_str!(\"/a/lib.rs\"); include_bytes! [\"x\"] }";
        assert_eq!(woven.replace(&traced(), "@"), expected);
    }
}

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
use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::Ident;

use crate::files::aliases::{self, Alias};
use crate::files::crate_weave::{CrateWeave, MeasuredDetails, RootStatements};
use crate::files::edits::{EditedText, InsertionPoint, TextEdit, apply, prefix_length};
use crate::files::included::{self, IncludedFile};
use crate::files::modules::{self, DeclaredModule, ModuleFile};
use crate::files::splicer::{FunctionRestrictions, SourceFunction, Splicer, TracedItem};
use crate::plan::chosen_detail::UndecidedDetail;

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
    /// The facts about the detail of each of these, if it is not skipped.
    details: Vec<Option<UndecidedDetail>>,
    modules: Vec<DeclaredModule>,
    included: Vec<IncludedFile>,
    aliases: Vec<Alias>,
    /// The attributes that weave.
    traced: Vec<TracedItem>,
    /// All other edits.
    edits: Vec<TextEdit>,
    /// The place behind the file's inner attributes, for a statement in a crate's root.
    after_inner_attributes: InsertionPoint,
    /// The places at the beginning of each `main`, and their braces: conditions may choose one.
    mains: Vec<(InsertionPoint, Range<usize>)>,
    /// The places at the beginning of each test, and their braces.
    tests: Vec<(InsertionPoint, Range<usize>)>,
}

impl ParsedSource {
    /// Parses a source file of a crate, to weave every function that can be woven.
    ///
    /// # Diagnostics
    ///
    /// Returns syn's error if the text is not Rust.
    pub fn parse(text: &str) -> syn::Result<Self> {
        Self::parse_with(text, &FunctionRestrictions::new(), &CrateWeave::default())
    }

    /// Parses a source file, to weave it with the options `weave`, and the functions in
    /// `restrictions` as these say.
    ///
    /// # Diagnostics
    ///
    /// Returns syn's error if the text is not Rust.
    pub fn parse_with(
        text: &str,
        restrictions: &FunctionRestrictions,
        weave: &CrateWeave,
    ) -> syn::Result<Self> {
        Self::parse_measured(text, restrictions, &MeasuredDetails::new(), weave)
    }

    /// Parses a source file as [`parse_with`](Self::parse_with), with the details that its measured
    /// calls ask for.
    pub(crate) fn parse_measured(
        text: &str,
        restrictions: &FunctionRestrictions,
        measured: &MeasuredDetails,
        weave: &CrateWeave,
    ) -> syn::Result<Self> {
        let mut file = syn::parse_file(text)?;
        let mut splicer = Splicer::new(text, &file, restrictions, measured, weave);
        let start = splicer.after_inner(None, &file.attrs);
        let prefix = prefix_length(text, &file);
        let mains = splicer.mains(&file);
        let tests = splicer.tests(&mut file);
        let modules = modules::declared(&file, prefix);
        splicer.items(start, &mut file.items);
        let Splicer { functions, details, traced, edits, .. } = splicer;
        let included = included::find(text, prefix);
        let aliases = aliases::declared(&mut file);
        let text = text.to_owned();
        Ok(Self {
            text,
            functions,
            details,
            modules,
            included,
            aliases,
            traced,
            edits,
            after_inner_attributes: start,
            mains,
            tests,
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

    /// Returns the same, with the details that they have if the crate's types that may be a
    /// `Result` have the names `results`.
    pub(crate) fn functions_knowing(&self, results: Option<&BTreeSet<String>>) -> Vec<SourceFunction> {
        let name = |name: &String| syn::parse_str(name).ok();
        let results: Option<Vec<Ident>> = results.map(|names| names.iter().filter_map(name).collect());
        let functions = self.functions.iter().zip(&self.details).map(|(function, undecided)| {
            let detail = undecided.as_ref().map(|it| it.decide(results.as_deref()));
            SourceFunction { detail, ..function.clone() }
        });
        functions.collect()
    }

    /// Returns whether weaving changes the text.
    #[must_use]
    pub fn is_woven(&self) -> bool {
        !self.traced.is_empty() || !self.edits.is_empty()
    }

    /// Returns whether one of these statements has a place in the file.
    pub(crate) fn takes(&self, statements: RootStatements<'_>) -> bool {
        statements.first.is_some()
            || (statements.in_main.is_some() && !self.mains.is_empty())
            || (statements.in_tests.is_some() && !self.tests.is_empty())
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
        self.woven_as(&CrateWeave::default(), RootStatements::default(), |_| None).text
    }

    /// Returns the text woven with the options `weave`.
    ///
    /// `statements` are inserted where they belong. `redirect` returns another path for an
    /// included file: `include_str!("lib.rs")` must see the original file.
    #[must_use]
    pub fn woven_as(
        &self,
        weave: &CrateWeave,
        statements: RootStatements<'_>,
        redirect: impl Fn(&str) -> Option<PathBuf>,
    ) -> EditedText {
        // Before the attribute of an item that stands at the same place.
        let at = |spots: &[(InsertionPoint, Range<usize>)], text: Option<&str>| -> Vec<TextEdit> {
            let insert = |text: &str| {
                spots.iter().map(|(spot, brace)| spot.insert(text.to_owned(), brace.clone())).collect()
            };
            text.map(insert).unwrap_or_default()
        };
        // An inner attribute stands before the attributes of the first item.
        let begin = self.after_inner_attributes;
        let limit = statements.recursion_limit.filter(|_| !self.text.contains("recursion_limit"));
        let limit = limit.map(|limit| format!("#![recursion_limit = \"{limit}\"]"));
        let first = limit.into_iter().chain(statements.first.map(ToOwned::to_owned));
        let mut edits: Vec<_> = first.map(|text| begin.insert(text, begin.0..begin.0)).collect();
        edits.extend(at(&self.mains, statements.in_main));
        edits.extend(at(&self.tests, statements.in_tests));
        // The attribute that weaves an item stands before the mark of its function.
        edits.extend(
            self.traced.iter().map(|it| it.place.insert(weave.attribute(&it.options), it.item.clone())),
        );
        edits.extend(self.edits.iter().cloned());
        edits.extend(self.included.iter().filter_map(|included| {
            let path = redirect(&included.path)?;
            let (range, text) = (included.range.clone(), format!("{path:?}"));
            Some(TextEdit { subject: range.clone(), range, text })
        }));
        apply(&self.text, edits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::splicer::WeaveRestriction;
    use crate::parse::detail::{Detail, DetailOption};
    use crate::parse::own_attributes::Restriction;
    use crate::plan::chosen_detail::DetailReason;
    use crate::plan::rules::SkipReason;
    use crate::{WeaveAttribute, weave};

    fn traced() -> String {
        CrateWeave::default().attribute("")
    }

    fn woven(text: &str) -> String {
        let woven = ParsedSource::parse(text).unwrap().woven();
        let again = ParsedSource::parse(&woven).unwrap().woven();
        assert_eq!(again, woven, "weaving twice changes something");
        short(&woven)
    }

    fn short(woven: &str) -> String {
        let restrictions =
            [(Restriction::WithoutSpawns, "?"), (Restriction::SpanOnly, "-"), (Restriction::Within, "!")];
        restrictions.iter().fold(woven.replace(&traced(), "@"), |text, (restriction, sign)| {
            text.replace(&restriction.attribute(), sign)
        })
    }

    /// Weaves `text` with these restrictions of functions, each named by the text from its name on.
    fn restricted(text: &str, restrictions: &[(&str, WeaveRestriction)]) -> String {
        let restrictions =
            restrictions.iter().map(|(name, restriction)| (text.find(name).unwrap(), *restriction)).collect();
        short(&ParsedSource::parse_with(text, &restrictions, &CrateWeave::default()).unwrap().woven())
    }

    #[test]
    fn measured_functions_are_marked_where_their_shape_would_choose() {
        let text = "fn a() { b() }\nmod m { pub fn b() { c() } }\nfn c() { b() }\n";
        let measured = [("a", Detail::Span), ("m::b", Detail::Errors), ("gone", Detail::Span)];
        let measured = measured.map(|(path, detail)| (path.to_owned(), detail)).into();
        let woven = |detail| {
            let weave = CrateWeave { detail, ..CrateWeave::default() };
            ParsedSource::parse_measured(text, &FunctionRestrictions::new(), &measured, &weave).unwrap()
        };
        let source = woven(Some(DetailOption::Auto));
        assert_eq!(
            ["__measured_span", "__measured_errors"].map(|it| source.woven().matches(it).count()),
            [1, 1]
        );
        let chosen: Vec<_> = source.functions().iter().map(|it| it.detail.unwrap()).collect();
        assert_eq!((chosen[0].detail, chosen[0].reason), (Detail::Span, DetailReason::Profile));
        // It returns no error, so nothing is left of it.
        assert_eq!((chosen[1].detail, chosen[1].reason), (Detail::None, DetailReason::Profile));
        assert_ne!(chosen[2].reason, DetailReason::Profile);
        for detail in [None, Some(DetailOption::Fixed(Detail::Errors))] {
            assert!(!woven(detail).woven().contains("__measured"));
        }
    }

    #[test]
    fn a_measured_detail_stands_in_for_that_of_the_shape() {
        let woven = |detail: &str, mark: &str| {
            let item = format!("#[::omegi::untraced({mark})] fn a() -> Result<(), E> {{ b() }}");
            let options = format!("detail = \"{detail}\", __inherit(\"\", all, detail = \"{detail}\")");
            weave(WeaveAttribute::Traced, options.parse().unwrap(), item.parse().unwrap()).to_string()
        };
        assert!(woven("auto", "__measured_span").contains("enter"));
        assert!(woven("auto", "__measured_errors").contains("unrecorded"));
        assert!(woven("errors", "__measured_span").contains("unrecorded"));
        assert!(woven("span", "__measured_errors").contains("enter"));
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
            (
                "struct S; extern \"C\" fn f(_: c_int) { g(); fn h() { g() } }",
                "struct S;#[::omegi::untraced(__signal_handler)] extern \"C\" fn f(_: c_int) { g(); \
                 fn h() { g() } }",
            ),
            (
                "impl S { extern \"C\" fn f(_: c_int) { g() } }",
                "@impl S { extern \"C\" fn f(_: c_int) { g() } }",
            ),
            ("fn f() { mod m; g() }", "fn f() { mod m; g() }"),
            (
                "impl S { fn f() { { mod m; } g() } fn h() { g() } }",
                "impl S { fn f() { { mod m; } g() } fn h() { g() } }",
            ),
            ("fn f() { mod m { fn h() { g() } } g() }", "@fn f() { mod m { fn h() { g() } } g() }"),
            ("fn trivial() {}", "fn trivial() {}"),
            ("#[traced] fn f() { g() }", "#[traced] fn f() { g() }"),
            ("#[instrument_crate] mod m { fn f() { g() } }", "#[instrument_crate] mod m { fn f() { g() } }"),
        ] {
            assert_eq!(woven(text), expected);
        }
    }

    #[test]
    fn functions_that_are_not_woven_whole_have_a_mark() {
        use WeaveRestriction::{Errors, Nothing, Span};
        let left = Nothing(SkipReason::DoesNotCompile);
        for (text, restrictions, expected) in [
            (
                "impl S {\n    /// d\n    fn f() { g() }\n    fn h() { g() }\n}",
                [("f()", left), ("h()", Errors)],
                "@impl S {\n    !/// d\n    fn f() { g() }\n    ?fn h() { g() }\n}",
            ),
            (
                "fn f() { g() } fn h() { g() }",
                [("f()", left), ("h()", Span)],
                "fn f() { g() }@ -fn h() { g() }",
            ),
            (
                "fn f() { fn h() { g() } g() }",
                [("f()", left), ("f()", left)],
                "@!fn f() { fn h() { g() } g() }",
            ),
            (
                "fn f() { fn h() { g() } g() }",
                [("f()", Span), ("h()", left)],
                "@-fn f() { !fn h() { g() } g() }",
            ),
            ("impl S { fn f() { g() } }", [("f()", left), ("f()", left)], "impl S { fn f() { g() } }"),
            ("#[traced] fn f() { g() }", [("f()", left), ("f()", left)], "!#[traced] fn f() { g() }"),
            // Two functions of one path.
            (
                "impl From<A> for S { fn from() { g() } } impl From<B> for S { fn from() { h() } }",
                [("from() { h", left), ("from() { h", left)],
                "@impl From<A> for S { fn from() { g() } } impl From<B> for S { fn from() { h() } }",
            ),
        ] {
            assert_eq!(restricted(text, &restrictions), expected);
        }
    }

    #[test]
    fn functions_inside_of_a_function_that_cannot_be_woven_are_woven() {
        for (text, expected) in [
            ("const fn f() { fn h() { g() } }", "@!const fn f() { fn h() { g() } }"),
            ("/// d\npub const fn f() { fn h() { g() } }", "@!/// d\npub const fn f() { fn h() { g() } }"),
            ("fn f() { fn h() { g() } }", "@!fn f() { fn h() { g() } }"),
            ("impl S { const fn f() { fn h() { g() } } }", "@impl S { const fn f() { fn h() { g() } } }"),
            (
                "const F: fn() = { const fn f() { fn h() { g() } } f };",
                "const F: fn() = { @!const fn f() { fn h() { g() } } f };",
            ),
            ("static F: fn() = || { fn h() { g() } h() };", "static F: fn() = || { @fn h() { g() } h() };"),
            ("#[traced] const fn f() { fn h() { g() } }", "#[traced] const fn f() { fn h() { g() } }"),
        ] {
            assert_eq!(woven(text), expected);
        }
    }

    /// Returns each function of `text` with its detail and the reason, where the default is
    /// `option`, and only `Answer` may be a `Result`.
    fn details(text: &str, option: Option<DetailOption>) -> Vec<String> {
        let weave = CrateWeave { detail: option, ..CrateWeave::default() };
        let source = ParsedSource::parse_with(text, &FunctionRestrictions::new(), &weave).unwrap();
        let results = ["Answer".to_owned()].into();
        let functions = source.functions_knowing(Some(&results)).into_iter().map(|function| {
            let detail = function.detail.map(|it| format!("{}: {}", it.detail, it.reason));
            format!("{} {}", function.path, detail.unwrap_or_default())
        });
        functions.collect()
    }

    #[test]
    fn functions_have_details_with_reasons() {
        let text = "fn main() { g() } fn f() -> Answer { g() } fn o() -> Other { g() } const fn c() { g() }\n\
            #[traced] fn t() { g() } #[traced(ret, detail = \"errors\")] fn e() -> Answer { g() }\n\
            impl Iterator for S { fn next(&mut self) -> Option<u8> { g() } }\n\
            #[traced(detail = \"auto\")] mod m { fn a() -> Answer { g() } #[traced] fn s() { g() } }\n\
            #[traced] impl S { fn n() { g() } }";
        let own = ["t span: attribute", "e errors: attribute"];
        let inside = ["m::a errors: delegates", "m::s span: attribute"];
        assert_eq!(
            details(text, Some(DetailOption::Auto)),
            [
                &["main span: main", "f errors: delegates", "o none: delegates", "c "][..],
                &own,
                &["S::next none: iterator"],
                &inside,
                &["S::n span: default"]
            ]
            .concat()
        );
        assert_eq!(
            details(text, None),
            [
                &["main span: default", "f span: default", "o span: default", "c "][..],
                &own,
                &["S::next span: default"],
                &inside,
                &["S::n span: default"]
            ]
            .concat()
        );
        let errors = details(text, Some(DetailOption::Fixed(Detail::Errors)));
        assert_eq!(errors[..3], ["main span: main", "f errors: default", "o none: returns no error"]);
        assert_eq!(errors[4..6], own);
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
    fn a_root_without_a_recursion_limit_gets_one() {
        for (text, expected) in [
            ("mod a;", "#![recursion_limit = \"9\"]S;mod a;"),
            ("#![no_std]\n//! A.\nmod a;", "#![no_std]\n//! A.\n#![recursion_limit = \"9\"]S;mod a;"),
            ("#![recursion_limit = \"512\"]\nmod a;", "#![recursion_limit = \"512\"]S;\nmod a;"),
            ("fn f() { g() }", "#![recursion_limit = \"9\"]S;@fn f() { g() }"),
            ("fn main() { g() }", "#![recursion_limit = \"9\"]S;@fn main() { g() }"),
        ] {
            let statements =
                RootStatements { recursion_limit: Some(9), first: Some("S;"), ..RootStatements::default() };
            let source = ParsedSource::parse(text).unwrap();
            let woven = source.woven_as(&CrateWeave::default(), statements, |_| None).text;
            assert_eq!(woven.replace(&traced(), "@"), expected);
        }
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
            let statements = RootStatements { in_main: Some("S;"), ..RootStatements::default() };
            let woven = source.woven_as(&CrateWeave::default(), statements, |_| None).text;
            assert_eq!(woven.replace(&traced(), "@"), expected);
        }
    }

    #[test]
    fn a_statement_is_inserted_at_the_beginning_of_each_test() {
        for (text, expected) in [
            ("#[test] fn f() { g() }", "@#[test] fn f() {S; g() }"),
            (
                "mod m { #[tokio::test(flavor = \"x\")] async fn f() {} #[test] const fn h() {} }",
                "mod m { #[tokio::test(flavor = \"x\")] async fn f() {S;} #[test] const fn h() {} }",
            ),
            (
                "#[test_case(1)] fn f(n: u8) { #![a] g() }\n#[rstest] fn h() { fn i() {} }",
                "@#[test_case(1)] fn f(n: u8) { #![a]S; g() }\n#[rstest] fn h() {S; fn i() {} }",
            ),
            ("#[cfg_attr(a, test)] fn f() {}", "#[cfg_attr(a, test)] fn f() {S;}"),
            ("#[bench] fn f(b: &mut Bencher) {}", "#[bench] fn f(b: &mut Bencher) {S;}"),
            ("#[cfg(test)] mod m { #[inline] fn f() {} }", "#[cfg(test)] mod m { #[inline] fn f() {} }"),
        ] {
            let source = ParsedSource::parse(text).unwrap();
            let statements = RootStatements { in_tests: Some("S;"), ..RootStatements::default() };
            assert_eq!(source.takes(statements), expected.contains("S;"), "{text}");
            let woven = source.woven_as(&CrateWeave::default(), statements, |_| None).text;
            assert_eq!(woven.replace(&traced(), "@"), expected);
        }
    }

    #[test]
    fn a_statement_and_redirected_paths_are_inserted() {
        let text = "#![a]\nfn f() { include_str!(\"lib.rs\"); include_bytes! [\"x\"] }";
        let source = ParsedSource::parse(text).unwrap();
        let redirect = |path: &str| (path == "lib.rs").then(|| "/a/lib.rs".into());
        let statements = RootStatements { first: Some("extern crate omegi;"), ..RootStatements::default() };
        let woven = source.woven_as(&CrateWeave::default(), statements, redirect).text;
        let expected =
            "#![a]extern crate omegi;@\nfn f() { include_str!(\"/a/lib.rs\"); include_bytes! [\"x\"] }";
        assert_eq!(woven.replace(&traced(), "@"), expected);
    }
}

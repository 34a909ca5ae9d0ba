//! The weave of a whole source file, as text: attributes spliced in without a newline.
//!
//! ```text
//! }                                        }#[::omegi::traced(__inherit("", …))]
//!
//! /// Takes the stock.         becomes
//! pub fn take() { … }                      /// Takes the stock.
//!                                          pub fn take() { … }
//! ```
//!
//! What compiles this text sees each token of the original on the line on which it stood. It sees it on the same column as well, unless
//! an item begins on the line on which the one before it ends: the attribute goes behind what stands before the item, not
//! before the item. The rewriting itself is left to the attribute.

use std::collections::BTreeSet;
use std::mem;
use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    AttrStyle, Attribute, Block, File, ImplItemFn, Item, ItemFn, ItemMod, Signature, TraitItemFn, Type,
    Visibility,
};

use crate::aliases::{self, Alias};
use crate::attributes::{Own, own};
use crate::container::{Function, Weaver};
use crate::ctxt::Errors;
use crate::included::{self, Included};
use crate::modules::{self, Declared, ModuleFile};
use crate::options::{INHERIT, Options, RESULTS};
use crate::rules::Reason;

/// What stands before a function that is to be left alone.
const UNTRACED: &str = "#[::omegi::untraced]";

/// How a whole crate is woven.
#[derive(Clone, Debug)]
pub struct CrateWeave {
    /// Whether impls of `Debug`, `Clone`, `Drop` and their like are woven as well.
    pub all: bool,
    /// Whether arguments and returned values are captured where the environment asks for them. The code for that is most of
    /// what the weave of a function can be.
    pub captures: bool,
    /// The names of the crate's types that may be a `Result`: of all its files, see [`failing_names`](crate::failing_names).
    /// `None`: nobody has looked.
    pub results: Option<BTreeSet<String>>,
}

/// Everything, and no captures.
impl Default for CrateWeave {
    fn default() -> Self {
        Self { all: true, captures: false, results: None }
    }
}

impl CrateWeave {
    /// What stands in the parentheses of the attribute before an item that is to be woven: the options of something that
    /// stands in a woven container.
    ///
    /// ```
    /// use omegi_weave::{Attribute, CrateWeave, weave};
    ///
    /// let item = "fn total() -> u32 { prices().sum() }".parse()?;
    /// let woven = weave(Attribute::Traced, CrateWeave::default().options().parse()?, item);
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

    /// What stands before an item that is to be woven.
    fn attribute(&self) -> String {
        format!("#[::omegi::traced({})]", self.options())
    }
}

/// A function of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFunction {
    /// Its path below the file: `orders::Cart::total`.
    pub path: String,
    /// The line of its name; the first is 1.
    pub line: usize,
    /// The lines from its first attribute to the end of its body.
    pub lines: Range<usize>,
    /// Why it is left as it is; `None` if it is woven.
    pub left: Option<Reason>,
}

/// A source file that was read and understood, with what is to be spliced into it.
///
/// ```
/// use omegi_weave::Source;
///
/// let text = "use std::fs;\n\nfn ask() -> u8 { answer() }\n";
/// let source = Source::parse(text)?;
/// assert_eq!(source.functions()[0].path, "ask");
/// assert_eq!(
///     source.woven(),
///     "use std::fs;#[::omegi::traced(__inherit(\"\", all, args = off, ret = off))]\n\nfn ask() -> u8 { answer() }\n"
/// );
/// # Ok::<(), syn::Error>(())
/// ```
#[derive(Debug)]
pub struct Source {
    text: String,
    functions: Vec<SourceFunction>,
    modules: Vec<Declared>,
    included: Vec<Included>,
    aliases: Vec<Alias>,
    /// Where an attribute is to stand that weaves.
    traced: Vec<Spot>,
    /// What else is spliced in.
    edits: Vec<Edit>,
    /// Where the crate's own statements may begin, if this file is a crate's root.
    after_inner_attributes: Spot,
}

impl Source {
    /// Reads a source file of a whole crate: all that can be woven is.
    ///
    /// # Errors
    ///
    /// What syn says of a text that is not Rust.
    pub fn parse(text: &str) -> syn::Result<Self> {
        Self::parse_leaving(text, &BTreeSet::new(), true)
    }

    /// Reads a source file of which the functions with the paths `left` are to be left alone; `all` as in [`CrateWeave`].
    ///
    /// # Errors
    ///
    /// What syn says of a text that is not Rust.
    pub fn parse_leaving(text: &str, left: &BTreeSet<String>, all: bool) -> syn::Result<Self> {
        let mut file = syn::parse_file(text)?;
        let mut splicer = Splicer::new(text, &file, left, all);
        let start = splicer.after_inner(None, &file.attrs);
        let modules = modules::declared(&file, skipped(text, &file));
        splicer.items(start, &mut file.items);
        let Splicer { functions, traced, edits, .. } = splicer;
        let included = included::find(text, skipped(text, &file));
        let aliases = aliases::declared(&mut file);
        let text = text.to_owned();
        Ok(Self { text, functions, modules, included, aliases, traced, edits, after_inner_attributes: start })
    }

    /// The text as it is.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every function, in the order in which they stand there.
    #[must_use]
    pub fn functions(&self) -> &[SourceFunction] {
        &self.functions
    }

    /// Whether anything is to be spliced in.
    #[must_use]
    pub fn is_woven(&self) -> bool {
        !self.traced.is_empty() || !self.edits.is_empty()
    }

    /// The other names that the file gives to types.
    #[must_use]
    pub fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// Where the modules may be that the file declares and does not hold: if it stands at `path`, and as
    /// a crate's root or `mod.rs` (`owns_folder`) has its modules beside it.
    #[must_use]
    pub fn modules(&self, path: &Path, owns_folder: bool) -> Vec<ModuleFile> {
        modules::files(&self.modules, path, owns_folder)
    }

    /// The text with the weave in it. It has the same lines.
    #[must_use]
    pub fn woven(&self) -> String {
        self.woven_as(&CrateWeave::default(), None, |_| None)
    }

    /// The same as `weave` says, with `statement` behind the file's inner attributes (`extern crate` has to stand there, for one),
    /// and with another path where `redirect` has one for a file that is included: `include_str!("lib.rs")` shall see
    /// the file as it was.
    #[must_use]
    pub fn woven_as(
        &self,
        weave: &CrateWeave,
        statement: Option<&str>,
        redirect: impl Fn(&str) -> Option<PathBuf>,
    ) -> String {
        let attribute = weave.attribute();
        let mut edits = self.edits.clone();
        edits.extend(self.traced.iter().map(|spot| spot.edit(attribute.clone())));
        edits.extend(statement.map(|text| self.after_inner_attributes.edit(text.to_owned())));
        edits.extend(self.included.iter().filter_map(|included| {
            let path = redirect(&included.path)?;
            Some(Edit { range: included.range.clone(), text: format!("{path:?}") })
        }));
        apply(&self.text, edits)
    }
}

/// A change of the text.
#[derive(Clone, Debug)]
struct Edit {
    range: Range<usize>,
    text: String,
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut woven =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for Edit { range, text: new } in edits {
        woven.push_str(&text[at..range.start]);
        woven.push_str(&new);
        at = range.end;
    }
    woven.push_str(&text[at..]);
    woven
}

/// Where something can be spliced in.
#[derive(Clone, Copy, Debug)]
struct Spot(usize);

impl Spot {
    fn edit(self, text: String) -> Edit {
        Edit { range: self.0..self.0, text }
    }
}

/// The bytes before those that spans count: a byte order mark, a `#!` line.
pub(crate) fn skipped(text: &str, file: &File) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    mark + file.shebang.as_ref().map_or(0, String::len)
}

/// Walks through a file's items, and notes what is to be spliced in.
struct Splicer<'a> {
    text: &'a str,
    skipped: usize,
    /// Where something can stand first: behind the `#!` line with its line break.
    begin: usize,
    defaults: Options,
    left: &'a BTreeSet<String>,
    modules: Vec<String>,
    functions: Vec<SourceFunction>,
    traced: Vec<Spot>,
    edits: Vec<Edit>,
}

impl<'a> Splicer<'a> {
    fn new(text: &'a str, file: &File, left: &'a BTreeSet<String>, all: bool) -> Self {
        let mut defaults = Options::default();
        defaults.all = Some(all);
        let skipped = skipped(text, file);
        let line_break = usize::from(file.shebang.is_some() && text[skipped..].starts_with('\n'));
        let begin = skipped + line_break;
        Self {
            text,
            skipped,
            begin,
            defaults,
            left,
            modules: Vec::new(),
            functions: Vec::new(),
            traced: Vec::new(),
            edits: Vec::new(),
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let Range { start, end } = span.byte_range();
        start + self.skipped..end + self.skipped
    }

    /// Behind the last inner attribute of a file, or of a module that opens with `brace`.
    fn after_inner(&self, brace: Option<Span>, attrs: &[Attribute]) -> Spot {
        let inner = attrs.iter().rev().find(|attr| matches!(attr.style, AttrStyle::Inner(_)));
        match inner.map(|attr| attr.bracket_token.span.join()).or(brace) {
            Some(span) => self.behind(span),
            None => Spot(self.begin),
        }
    }

    /// Behind a token. A comment that documents ends with its line: behind it is the next one.
    fn behind(&self, span: Span) -> Spot {
        let Range { start, end } = self.range(span);
        let is_line_comment = self.text[start..].starts_with("//");
        let line_break = usize::from(is_line_comment && end < self.text.len());
        Spot(end + line_break)
    }

    /// Splices into the items that stand behind `start`.
    fn items(&mut self, mut start: Spot, items: &mut [Item]) {
        for item in items {
            let next = last_token(item).map_or(start, |span| self.behind(span));
            self.item(start, item);
            start = next;
        }
    }

    fn item(&mut self, place: Spot, item: &mut Item) {
        match item {
            Item::Mod(module) => self.module(module),
            Item::Fn(ItemFn { attrs, .. }) => self.weave(place, own(attrs), item),
            Item::Impl(it) => self.weave(place, own(&it.attrs), item),
            Item::Trait(it) => self.weave(place, own(&it.attrs), item),
            Item::ForeignMod(_) => self.list(item),
            // What is declared inside an expression.
            item => visit_mut::visit_item_mut(&mut Nested { splicer: self }, item),
        }
    }

    fn module(&mut self, module: &mut ItemMod) {
        let Some((brace, items)) = &mut module.content else { return };
        if own(&module.attrs) != Own::Nothing {
            return self.list(&mut Item::Mod(module.clone()));
        }
        let start = self.after_inner(Some(brace.span.open()), &module.attrs);
        self.modules.push(module.ident.unraw().to_string());
        self.items(start, items);
        self.modules.pop();
    }

    fn weave(&mut self, place: Spot, own: Own, item: &mut Item) {
        let before = self.functions.len();
        self.list(item);
        let is_woven = self.functions[before..].iter().any(|function| function.left.is_none());
        if own == Own::Nothing && is_woven {
            self.traced.push(place);
        }
    }

    /// Notes the functions of an item, and leaves alone those that are to be.
    fn list(&mut self, item: &mut Item) {
        let mut extents = Extents::default();
        extents.visit_item_mut(item);
        let mut errors = Errors::default();
        let mut weaver = Weaver::for_list(self.defaults.clone(), &mut errors);
        weaver.visit_item_mut(item);
        let found = mem::take(&mut weaver.functions);
        // Whoever compiles the text is told of them, at the place itself.
        let _ = errors.report();
        for mut function in found {
            if extents.has_file_module {
                function.left = function.left.or(Some(Reason::FileModule));
            }
            self.note(function, &extents);
        }
    }

    fn note(&mut self, Function { path, span, left }: Function, extents: &Extents) {
        let line = span.start().line;
        let name = span.byte_range();
        let extent = extents.found.iter().find(|extent| extent.name == name);
        let path = self.modules.iter().cloned().chain([path]).collect::<Vec<_>>().join("::");
        let is_left = left.is_none() && self.left.contains(&path);
        if let Some(extent) = extent.filter(|_| is_left) {
            self.edits.push(Spot(self.range(extent.start).start).edit(UNTRACED.to_owned()));
        }
        let left = if is_left { Some(Reason::Unwanted) } else { left };
        let lines = extent.map_or(line..line + 1, |extent| extent.lines.clone());
        self.functions.push(SourceFunction { path, line, lines, left });
    }
}

/// Finds the items that are declared inside expressions, outside of any function: in `const _: () = { … };`.
struct Nested<'s, 'a> {
    splicer: &'s mut Splicer<'a>,
}

impl VisitMut for Nested<'_, '_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        let place = first_token(item).map(|span| Spot(self.splicer.range(span).start));
        if let Some(place) = place {
            self.splicer.item(place, item);
        }
    }
}

/// From where to where the functions of an item stand.
#[derive(Default)]
struct Extents {
    found: Vec<Extent>,
    /// Whether a module without a body stands in one of them.
    has_file_module: bool,
}

struct Extent {
    name: Range<usize>,
    start: Span,
    lines: Range<usize>,
}

impl Extents {
    fn add(&mut self, attrs: &[Attribute], vis: Option<&Visibility>, sig: &Signature, body: &Block) {
        let start = first_outer(attrs).or_else(|| vis.and_then(visible)).unwrap_or_else(|| first_word(sig));
        let lines = start.start().line..body.brace_token.span.close().end().line + 1;
        self.found.push(Extent { name: sig.ident.span().byte_range(), start, lines });
    }
}

impl VisitMut for Extents {
    fn visit_item_fn_mut(&mut self, node: &mut ItemFn) {
        self.add(&node.attrs, Some(&node.vis), &node.sig, &node.block);
        visit_mut::visit_item_fn_mut(self, node);
    }

    fn visit_impl_item_fn_mut(&mut self, node: &mut ImplItemFn) {
        self.add(&node.attrs, Some(&node.vis), &node.sig, &node.block);
        visit_mut::visit_impl_item_fn_mut(self, node);
    }

    fn visit_trait_item_fn_mut(&mut self, node: &mut TraitItemFn) {
        if let Some(body) = &node.default {
            self.add(&node.attrs, None, &node.sig, body);
        }
        visit_mut::visit_trait_item_fn_mut(self, node);
    }

    fn visit_item_mod_mut(&mut self, node: &mut ItemMod) {
        self.has_file_module |= node.content.is_none();
        visit_mut::visit_item_mod_mut(self, node);
    }

    // Types hold no functions, and most of a file is types.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

fn first_outer(attrs: &[Attribute]) -> Option<Span> {
    attrs.iter().find(|attr| matches!(attr.style, AttrStyle::Outer)).map(|attr| attr.pound_token.span)
}

fn visible(vis: &Visibility) -> Option<Span> {
    (!matches!(vis, Visibility::Inherited)).then(|| vis.span())
}

fn first_word(sig: &Signature) -> Span {
    sig.to_token_stream().into_iter().next().map_or_else(|| sig.ident.span(), |token| token.span())
}

fn first_token(item: &Item) -> Option<Span> {
    item.to_token_stream().into_iter().next().map(|token| token.span())
}

/// The last token of an item, without a walk through what can be large.
fn last_token(item: &Item) -> Option<Span> {
    match item {
        Item::Fn(it) => Some(it.block.brace_token.span.close()),
        Item::Impl(it) => Some(it.brace_token.span.close()),
        Item::Trait(it) => Some(it.brace_token.span.close()),
        Item::Mod(ItemMod { content: Some((brace, _)), .. }) => Some(brace.span.close()),
        item => item.to_token_stream().into_iter().last().map(|token| token.span()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced() -> String {
        CrateWeave::default().attribute()
    }

    fn woven(text: &str) -> String {
        let woven = Source::parse(text).unwrap().woven();
        let again = Source::parse(&woven).unwrap().woven();
        assert_eq!(again, woven, "weaving twice changes something");
        woven.replace(&traced(), "@").replace(UNTRACED, "!")
    }

    #[test]
    fn an_attribute_stands_behind_what_is_before_the_item() {
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
    fn only_what_holds_something_to_weave_gets_an_attribute() {
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
    fn what_is_to_be_left_is_left() {
        let text = "impl S {\n    /// d\n    fn f() { g() }\n    fn h() { g() }\n}";
        let source = Source::parse_leaving(text, &["S::f".to_owned()].into(), true).unwrap();
        assert_eq!(source.functions()[0].lines, 2..4);
        assert_eq!(source.functions()[0].left, Some(Reason::Unwanted));
        let expected = "@impl S {\n    !/// d\n    fn f() { g() }\n    fn h() { g() }\n}";
        assert_eq!(source.woven().replace(&traced(), "@").replace(UNTRACED, "!"), expected);
    }

    #[test]
    fn functions_have_their_modules_and_lines() {
        let source =
            Source::parse("mod a {\n  mod r#b {\n    fn f() { g() }\n  }\n}\nextern \"C\" { fn c(); }")
                .unwrap();
        let found: Vec<_> = source.functions().iter().map(|f| (f.path.as_str(), f.line, f.left)).collect();
        assert_eq!(found, [("a::b::f", 3, None), ("c", 6, Some(Reason::Foreign))]);
    }

    #[test]
    fn a_statement_and_other_paths_can_be_put_in() {
        let text = "#![a]\nfn f() { include_str!(\"lib.rs\"); include_bytes! [\"x\"] }";
        let source = Source::parse(text).unwrap();
        let redirect = |path: &str| (path == "lib.rs").then(|| "/a/lib.rs".into());
        let woven = source.woven_as(&CrateWeave::default(), Some("extern crate omegi;"), redirect);
        let expected =
            "#![a]@extern crate omegi;\nfn f() { include_str!(\"/a/lib.rs\"); include_bytes! [\"x\"] }";
        assert_eq!(woven.replace(&traced(), "@"), expected);
    }

    #[test]
    fn the_attribute_says_what_is_wanted_and_known() {
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

//! Walks through a file's items, and notes the edits that weave them.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use proc_macro2::{Span, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    AttrStyle, Attribute, Block, File, ImplItemFn, Item, ItemFn, ItemMod, Meta, Signature, TraitItemFn, Type,
    Visibility,
};

use crate::files::crate_weave::{CrateWeave, MeasuredDetails};
use crate::files::edits::{InsertionPoint, TextEdit, prefix_length};
use crate::parse::diagnostics::Diagnostics;
use crate::parse::names::NameScope;
use crate::parse::option_table::SIGNAL_HANDLER;
use crate::parse::options::AttributeOptions;
use crate::parse::own_attributes::{Measured, OwnAttribute, Restriction, own};
use crate::plan::chosen_detail::{ChosenDetail, UndecidedDetail};
use crate::plan::rules::SkipReason;
use crate::plan::spawners;
use crate::weaver::{Function, Weaver};

/// The part of a function's weave that is left, where the whole is not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WeaveRestriction {
    /// Its span, its arguments and its errors, without its spawned work and its loops' turns.
    Errors,
    /// Its span alone.
    Span,
    /// Nothing, for this reason. The functions inside it are woven.
    Nothing(SkipReason),
}

/// The functions of a file that are not woven whole, by the start of their names: a byte of the
/// text.
pub type FunctionRestrictions = BTreeMap<usize, WeaveRestriction>;

/// A function of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFunction {
    /// Its path below the file: `orders::Cart::total`.
    pub path: String,
    /// The line of its name; the first is 1.
    pub line: usize,
    /// The start of its name: a byte of the text.
    pub name: usize,
    /// The bytes from its first attribute to the end of its body.
    pub extent: Range<usize>,
    /// The bytes of the item that has the attribute for it: itself, an `impl` or a trait.
    pub item: Range<usize>,
    /// The part of its weave that is left, if it is not woven whole.
    pub restriction: Option<WeaveRestriction>,
    /// The reason to skip it; `None` if it is not.
    pub skipped: Option<SkipReason>,
    /// The detail of its calls; `None` if it is skipped.
    pub detail: Option<ChosenDetail>,
}

/// An attribute that weaves an item.
#[derive(Clone, Debug)]
pub(crate) struct TracedItem {
    pub(crate) place: InsertionPoint,
    /// Its own options, behind those of the whole crate.
    pub(crate) options: String,
    /// The bytes of the item.
    pub(crate) item: Range<usize>,
}

/// Walks through a file's items, and notes the edits that weave them.
pub(crate) struct Splicer<'a> {
    text: &'a str,
    /// The bytes before those that spans count.
    prefix: usize,
    /// The first place for an insertion: behind the `#!` line with its line break.
    begin: usize,
    defaults: AttributeOptions,
    restrictions: &'a FunctionRestrictions,
    measured: &'a MeasuredDetails,
    modules: Vec<String>,
    pub(crate) functions: Vec<SourceFunction>,
    /// The facts about the detail of each of these, if it is not skipped.
    pub(crate) details: Vec<Option<UndecidedDetail>>,
    /// The names around.
    names: NameScope,
    /// The options that tell them.
    options: String,
    /// The attributes that weave.
    pub(crate) traced: Vec<TracedItem>,
    /// All other edits.
    pub(crate) edits: Vec<TextEdit>,
}

impl<'a> Splicer<'a> {
    /// Returns a splicer that weaves with the options `weave`, and the functions in `restrictions`
    /// and `measured` as these say.
    pub(crate) fn new(
        text: &'a str,
        file: &File,
        restrictions: &'a FunctionRestrictions,
        measured: &'a MeasuredDetails,
        weave: &CrateWeave,
    ) -> Self {
        let mut defaults = AttributeOptions::default();
        defaults.all = Some(weave.all);
        defaults.detail = weave.detail;
        let prefix = prefix_length(text, file);
        let line_break = usize::from(file.shebang.is_some() && text[prefix..].starts_with('\n'));
        let names = NameScope::default().in_module(&file.items);
        Self {
            text,
            prefix,
            begin: prefix + line_break,
            defaults,
            restrictions,
            measured,
            modules: Vec::new(),
            functions: Vec::new(),
            details: Vec::new(),
            options: telling(&names),
            names,
            traced: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// Returns the place behind the last inner attribute of a file, or of a module that opens with
    /// `brace`.
    pub(crate) fn after_inner(&self, brace: Option<Span>, attrs: &[Attribute]) -> InsertionPoint {
        let inner = attrs.iter().rev().find(|attr| matches!(attr.style, AttrStyle::Inner(_)));
        match inner.map(|attr| attr.bracket_token.span.join()).or(brace) {
            Some(span) => self.behind(span),
            None => InsertionPoint(self.begin),
        }
    }

    /// Returns the places at the beginning of each function `main` of the file itself.
    pub(crate) fn mains(&self, file: &File) -> Vec<(InsertionPoint, Range<usize>)> {
        let functions = file.items.iter().filter_map(|item| match item {
            Item::Fn(function) if function.sig.ident == "main" => Some(function),
            _ => None,
        });
        functions
            .map(|main| {
                let place = self.after_inner(Some(main.block.brace_token.span.open()), &main.attrs);
                (place, self.range(main.block.brace_token.span.open()))
            })
            .collect()
    }

    /// Returns the places at the beginning of each test, wherever it stands.
    pub(crate) fn tests(&self, file: &mut File) -> Vec<(InsertionPoint, Range<usize>)> {
        let mut tests = Tests { splicer: self, found: Vec::new() };
        tests.visit_file_mut(file);
        tests.found
    }

    /// Notes the edits of the items behind `start`.
    pub(crate) fn items(&mut self, mut start: InsertionPoint, items: &mut [Item]) {
        for item in items {
            let next = last_token(item).map_or(start, |span| self.behind(span));
            self.item(start, item);
            start = next;
        }
    }

    fn item(&mut self, before: InsertionPoint, item: &mut Item) {
        match item {
            Item::Mod(module) => self.module(module),
            Item::Fn(ItemFn { attrs, .. }) => self.weave(before, own(attrs), item),
            Item::Impl(it) => self.weave(before, own(&it.attrs), item),
            Item::Trait(it) => self.weave(before, own(&it.attrs), item),
            Item::ForeignMod(_) => self.list(OwnAttribute::None, item),
            // Items inside expressions.
            item => visit_mut::visit_item_mut(&mut ItemsInExpressions { splicer: self }, item),
        }
    }

    fn module(&mut self, module: &mut ItemMod) {
        let Some((brace, items)) = &mut module.content else { return };
        if own(&module.attrs) != OwnAttribute::None {
            return self.list(own(&module.attrs), &mut Item::Mod(module.clone()));
        }
        let start = self.after_inner(Some(brace.span.open()), &module.attrs);
        self.modules.push(module.ident.unraw().to_string());
        let names = self.names.in_module(items);
        let options = mem::replace(&mut self.options, telling(&names));
        let names = mem::replace(&mut self.names, names);
        self.items(start, items);
        (self.names, self.options) = (names, options);
        self.modules.pop();
    }

    fn weave(&mut self, before: InsertionPoint, own: OwnAttribute, item: &mut Item) {
        let (known, edits) = (self.functions.len(), self.edits.len());
        self.list(own, item);
        if own != OwnAttribute::None {
            return;
        }
        let found = &self.functions[known..];
        let is_handler = |function: &SourceFunction| function.skipped == Some(SkipReason::SignalHandler);
        if matches!(item, Item::Fn(_)) && found.first().is_some_and(is_handler) {
            self.edits.truncate(edits);
            let mark = format!("#[::omegi::untraced({SIGNAL_HANDLER})]");
            self.edits.push(before.insert(mark, self.extent(item)));
        } else if found.iter().any(|function| function.skipped.is_none() || is_handler(function)) {
            let (options, item) = (self.options.clone(), self.extent(item));
            self.traced.push(TracedItem { place: before, options, item });
        } else {
            self.edits.truncate(edits);
        }
    }

    /// Notes the functions of an item, and the marks of those that are not woven whole.
    fn list(&mut self, own: OwnAttribute, item: &mut Item) {
        let mut extents = FunctionExtents::default();
        extents.visit_item_mut(item);
        let mut diagnostics = Diagnostics::default();
        let mut weaver = Weaver::for_list(self.defaults.clone(), &mut diagnostics);
        weaver.visit_item_mut(item);
        let found = mem::take(&mut weaver.functions).into_iter().zip(mem::take(&mut weaver.details));
        // The attribute reports them again to the user, when the text is compiled.
        let _ = diagnostics.report();
        let item_extent = self.extent(item);
        for (mut function, detail) in found {
            if extents.has_file_module {
                function.skipped = function.skipped.or(Some(SkipReason::FileModule));
            }
            let is_item = own == OwnAttribute::None && matches!(item, Item::Fn(_));
            self.note(function, detail, &extents, &item_extent, is_item);
        }
    }

    fn note(
        &mut self,
        Function { path, span, skipped }: Function,
        undecided: Option<UndecidedDetail>,
        extents: &FunctionExtents,
        item: &Range<usize>,
        is_in_function: bool,
    ) {
        let name = span.byte_range();
        let known = extents.found.iter().find(|extent| extent.name == name);
        let name = self.range(span);
        let extent =
            known.map_or(name.clone(), |known| self.range(known.start).start..self.range(known.end).end);
        let path = self.modules.iter().cloned().chain([path]).collect::<Vec<_>>().join("::");
        let restriction = self.restrictions.get(&name.start).copied().filter(|_| skipped.is_none());
        let skipped = match restriction {
            Some(WeaveRestriction::Nothing(reason)) => Some(reason),
            _ => skipped,
        };
        let is_item = is_in_function && extent == *item;
        if let Some(mark) = mark(restriction, skipped.filter(|_| is_item)) {
            self.edits.push(InsertionPoint(extent.start).insert(mark.attribute(), extent.clone()));
        }
        let (line, item) = (span.start().line, item.clone());
        let undecided = undecided.filter(|_| skipped.is_none());
        let undecided = undecided.map(|it| it.measured(self.measured.get(&path).copied()));
        let measured = undecided.as_ref().and_then(|it| Measured(it.measured?).attribute());
        if let Some(attribute) = measured {
            self.edits.push(InsertionPoint(extent.start).insert(attribute, extent.clone()));
        }
        let detail = undecided.as_ref().map(|it| it.decide(None));
        self.details.push(undecided);
        self.functions.push(SourceFunction {
            path,
            line,
            name: name.start,
            extent,
            item,
            restriction,
            skipped,
            detail,
        });
    }

    /// Returns the bytes of an item.
    fn extent(&self, item: &Item) -> Range<usize> {
        let place = |span: Option<Span>| span.map_or(self.begin..self.begin, |span| self.range(span));
        place(item_start(item)).start..place(last_token(item)).end
    }

    /// Returns the place behind a token. A line comment that documents an item includes its line
    /// break.
    fn behind(&self, span: Span) -> InsertionPoint {
        let Range { start, end } = self.range(span);
        let is_line_comment = self.text[start..].starts_with("//");
        let line_break = usize::from(is_line_comment && end < self.text.len());
        InsertionPoint(end + line_break)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let Range { start, end } = span.byte_range();
        start + self.prefix..end + self.prefix
    }
}

/// Returns the option that tells the names of a module, as far as they decide about calls that
/// spawn.
fn telling(names: &NameScope) -> String {
    let mut options = AttributeOptions::default();
    options.names = spawners::unusual_names(names);
    options.to_token_stream().to_string()
}

/// Finds the functions that a harness of tests calls: by an attribute such as `test`,
/// `tokio::test`, `rstest` or `bench`.
struct Tests<'s, 'a> {
    splicer: &'s Splicer<'a>,
    /// The places at the beginning of each, and their braces.
    found: Vec<(InsertionPoint, Range<usize>)>,
}

impl VisitMut for Tests<'_, '_> {
    fn visit_item_fn_mut(&mut self, node: &mut ItemFn) {
        if node.sig.constness.is_none() && node.attrs.iter().any(makes_a_test) {
            let brace = node.block.brace_token.span.open();
            let place = self.splicer.after_inner(Some(brace), &node.attrs);
            self.found.push((place, self.splicer.range(brace)));
        }
        visit_mut::visit_item_fn_mut(self, node);
    }

    // Types contain no functions, and are most of a file.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

fn makes_a_test(attr: &Attribute) -> bool {
    let is_name = |name: &str| name.contains("test") || ["bench", "quickcheck"].contains(&name);
    let Some(last) = attr.path().segments.last().map(|last| last.ident.to_string()) else { return false };
    match &attr.meta {
        Meta::List(list) if last == "cfg_attr" => {
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
            let behind_condition = list.tokens.clone().into_iter().skip_while(|token| !is_comma(token));
            behind_condition
                .into_iter()
                .any(|it| matches!(it, TokenTree::Ident(it) if is_name(&it.to_string())))
        }
        _ => is_name(&last),
    }
}

/// Finds items inside expressions outside of functions: in `const _: () = { … };`.
struct ItemsInExpressions<'s, 'a> {
    splicer: &'s mut Splicer<'a>,
}

impl VisitMut for ItemsInExpressions<'_, '_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        let before = first_token(item).map(|span| InsertionPoint(self.splicer.range(span).start));
        if let Some(before) = before {
            self.splicer.item(before, item);
        }
    }
}

/// The extents of the functions of an item.
#[derive(Default)]
struct FunctionExtents {
    found: Vec<FunctionExtent>,
    /// True if one of them contains a module without a body.
    has_file_module: bool,
}

struct FunctionExtent {
    name: Range<usize>,
    start: Span,
    end: Span,
}

impl FunctionExtents {
    fn add(&mut self, attrs: &[Attribute], vis: Option<&Visibility>, sig: &Signature, body: &Block) {
        let start = function_start(attrs, vis, sig);
        let end = body.brace_token.span.close();
        self.found.push(FunctionExtent { name: sig.ident.span().byte_range(), start, end });
    }
}

impl VisitMut for FunctionExtents {
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

    // Types contain no functions, and are most of a file.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

/// Returns the mark on a function with this `restriction`. `item` is the reason to skip a function
/// that is an item of its own: the attribute on it weaves the functions inside.
fn mark(restriction: Option<WeaveRestriction>, item: Option<SkipReason>) -> Option<Restriction> {
    match restriction {
        Some(WeaveRestriction::Errors) => Some(Restriction::WithoutSpawns),
        Some(WeaveRestriction::Span) => Some(Restriction::SpanOnly),
        Some(WeaveRestriction::Nothing(_)) => Some(Restriction::Within),
        None => item.map(|_| Restriction::Within),
    }
}

fn first_outer(attrs: &[Attribute]) -> Option<Span> {
    attrs.iter().find(|attr| matches!(attr.style, AttrStyle::Outer)).map(|attr| attr.pound_token.span)
}

fn function_start(attrs: &[Attribute], vis: Option<&Visibility>, sig: &Signature) -> Span {
    first_outer(attrs).or_else(|| vis.and_then(visible)).unwrap_or_else(|| first_word(sig))
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

/// Returns the first token of an item with functions, without a walk through its body.
fn item_start(item: &Item) -> Option<Span> {
    match item {
        Item::Fn(it) => Some(function_start(&it.attrs, Some(&it.vis), &it.sig)),
        Item::Impl(it) => first_outer(&it.attrs).or(Some(it.impl_token.span)),
        Item::Trait(it) => first_outer(&it.attrs).or_else(|| visible(&it.vis)).or(Some(it.trait_token.span)),
        item => first_token(item),
    }
}

/// Returns the last token of an item, without a walk through its body.
fn last_token(item: &Item) -> Option<Span> {
    match item {
        Item::Fn(it) => Some(it.block.brace_token.span.close()),
        Item::Impl(it) => Some(it.brace_token.span.close()),
        Item::Trait(it) => Some(it.brace_token.span.close()),
        Item::Mod(ItemMod { content: Some((brace, _)), .. }) => Some(brace.span.close()),
        item => item.to_token_stream().into_iter().last().map(|token| token.span()),
    }
}

//! Walks through a file's items, and notes the edits that weave them.

use std::collections::BTreeSet;
use std::mem;
use std::ops::Range;

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    AttrStyle, Attribute, Block, File, ImplItemFn, Item, ItemFn, ItemMod, Signature, TraitItemFn, Type,
    Visibility,
};

use crate::files::edits::{InsertionPoint, TextEdit, prefix_length};
use crate::parse::diagnostics::Diagnostics;
use crate::parse::options::AttributeOptions;
use crate::parse::own_attributes::{OwnAttribute, own};
use crate::plan::rules::SkipReason;
use crate::weaver::{Function, Weaver};

/// The attribute of a function that is skipped by its name.
pub(crate) const UNTRACED: &str = "#[::omegi::untraced]";

/// A function of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFunction {
    /// Its path below the file: `orders::Cart::total`.
    pub path: String,
    /// The line of its name; the first is 1.
    pub line: usize,
    /// The lines from its first attribute to the end of its body.
    pub lines: Range<usize>,
    /// The reason to skip it; `None` if it is woven.
    pub skipped: Option<SkipReason>,
}

/// Walks through a file's items, and notes the edits that weave them.
pub(crate) struct Splicer<'a> {
    text: &'a str,
    /// The bytes before those that spans count.
    prefix: usize,
    /// The first place for an insertion: behind the `#!` line with its line break.
    begin: usize,
    defaults: AttributeOptions,
    /// The paths of the functions to skip.
    skipped: &'a BTreeSet<String>,
    modules: Vec<String>,
    pub(crate) functions: Vec<SourceFunction>,
    /// The places of the attributes that weave.
    pub(crate) traced: Vec<InsertionPoint>,
    /// All other edits.
    pub(crate) edits: Vec<TextEdit>,
}

impl<'a> Splicer<'a> {
    /// Returns a splicer that skips the functions with the paths `skipped`; `all` as in
    /// [`CrateWeave`](crate::CrateWeave).
    pub(crate) fn new(text: &'a str, file: &File, skipped: &'a BTreeSet<String>, all: bool) -> Self {
        let mut defaults = AttributeOptions::default();
        defaults.all = Some(all);
        let prefix = prefix_length(text, file);
        let line_break = usize::from(file.shebang.is_some() && text[prefix..].starts_with('\n'));
        Self {
            text,
            prefix,
            begin: prefix + line_break,
            defaults,
            skipped,
            modules: Vec::new(),
            functions: Vec::new(),
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
    pub(crate) fn mains(&self, file: &File) -> Vec<InsertionPoint> {
        let functions = file.items.iter().filter_map(|item| match item {
            Item::Fn(function) if function.sig.ident == "main" => Some(function),
            _ => None,
        });
        functions
            .map(|main| self.after_inner(Some(main.block.brace_token.span.open()), &main.attrs))
            .collect()
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
            Item::ForeignMod(_) => self.list(item),
            // Items inside expressions.
            item => visit_mut::visit_item_mut(&mut ItemsInExpressions { splicer: self }, item),
        }
    }

    fn module(&mut self, module: &mut ItemMod) {
        let Some((brace, items)) = &mut module.content else { return };
        if own(&module.attrs) != OwnAttribute::None {
            return self.list(&mut Item::Mod(module.clone()));
        }
        let start = self.after_inner(Some(brace.span.open()), &module.attrs);
        self.modules.push(module.ident.unraw().to_string());
        self.items(start, items);
        self.modules.pop();
    }

    fn weave(&mut self, before: InsertionPoint, own: OwnAttribute, item: &mut Item) {
        let known = self.functions.len();
        self.list(item);
        let is_woven = self.functions[known..].iter().any(|function| function.skipped.is_none());
        if own == OwnAttribute::None && is_woven {
            self.traced.push(before);
        }
    }

    /// Notes the functions of an item, and the attributes of those to skip.
    fn list(&mut self, item: &mut Item) {
        let mut extents = FunctionExtents::default();
        extents.visit_item_mut(item);
        let mut diagnostics = Diagnostics::default();
        let mut weaver = Weaver::for_list(self.defaults.clone(), &mut diagnostics);
        weaver.visit_item_mut(item);
        let found = mem::take(&mut weaver.functions);
        // The attribute reports them again to the user, when the text is compiled.
        let _ = diagnostics.report();
        for mut function in found {
            if extents.has_file_module {
                function.skipped = function.skipped.or(Some(SkipReason::FileModule));
            }
            self.note(function, &extents);
        }
    }

    fn note(&mut self, Function { path, span, skipped }: Function, extents: &FunctionExtents) {
        let line = span.start().line;
        let name = span.byte_range();
        let extent = extents.found.iter().find(|extent| extent.name == name);
        let path = self.modules.iter().cloned().chain([path]).collect::<Vec<_>>().join("::");
        let is_unwanted = skipped.is_none() && self.skipped.contains(&path);
        if let Some(extent) = extent.filter(|_| is_unwanted) {
            self.edits.push(InsertionPoint(self.range(extent.start).start).insert(UNTRACED.to_owned()));
        }
        let skipped = if is_unwanted { Some(SkipReason::Unwanted) } else { skipped };
        let lines = extent.map_or(line..line + 1, |extent| extent.lines.clone());
        self.functions.push(SourceFunction { path, line, lines, skipped });
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
    lines: Range<usize>,
}

impl FunctionExtents {
    fn add(&mut self, attrs: &[Attribute], vis: Option<&Visibility>, sig: &Signature, body: &Block) {
        let start = first_outer(attrs).or_else(|| vis.and_then(visible)).unwrap_or_else(|| first_word(sig));
        let lines = start.start().line..body.brace_token.span.close().end().line + 1;
        self.found.push(FunctionExtent { name: sig.ident.span().byte_range(), start, lines });
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

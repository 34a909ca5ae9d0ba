//! Walks through a module, `impl`, trait or body, and weaves every function in it.

use std::mem;

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Block, ForeignItemFn, Generics, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod,
    ItemTrait, LitStr, Path, Signature, TraitItemFn, Type,
};

use crate::expand::function::expand;
use crate::expand::place::locate;
use crate::expand::{attributes, program, signal_handlers};
use crate::parse::detail::{Detail, DetailOption};
use crate::parse::diagnostics::Diagnostics;
use crate::parse::names::NameScope;
use crate::parse::option_values::ContextType;
use crate::parse::options::AttributeOptions;
use crate::parse::own_attributes::{
    OwnAttribute, Restriction, own, own_detail, put_measured_last, take_measured, take_restriction,
};
use crate::parse::{foreign_attributes, inherit, late};
use crate::plan::choice::{self, Choice, ChoiceContext};
use crate::plan::chosen_detail::UndecidedDetail;
use crate::plan::function::{FunctionContext, FunctionPlan, returns_error};
use crate::plan::private::RuntimePath;
use crate::plan::return_type::{self, TypeScope};
use crate::plan::rules::{self, SkipReason};
use crate::plan::signal_handlers::is_signal_handler;
use crate::plan::{function, spawners, trivial};

/// A function in a source file, and whether it is woven.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its path below the file: `orders::Cart::total`.
    pub path: String,
    /// The span of its name.
    pub span: Span,
    /// The reason to skip it; `None` if it is woven.
    pub skipped: Option<SkipReason>,
}

/// Lists every function of a source file in order, and whether `#[traced]` on everything would
/// weave it.
///
/// ```
/// use omegi_weave::SkipReason;
///
/// let file = syn::parse_file("fn answer() -> u8 { 42 } fn ask() -> u8 { answer() }")?;
/// let functions = omegi_weave::list(file);
/// assert_eq!(functions[0].path, "answer");
/// assert_eq!([functions[0].skipped, functions[1].skipped], [Some(SkipReason::Trivial), None]);
/// # Ok::<(), syn::Error>(())
/// ```
#[must_use]
pub fn list(mut file: syn::File) -> Vec<Function> {
    let mut diagnostics = Diagnostics::default();
    let mut weaver = Weaver::for_list(AttributeOptions::default(), &mut diagnostics);
    weaver.visit_file_mut(&mut file);
    weaver.functions
}

/// Lists every function of an item in a container with these options.
fn functions_of(item: &mut Item, defaults: AttributeOptions) -> Vec<Function> {
    let mut diagnostics = Diagnostics::default();
    let mut weaver = Weaver::for_list(defaults, &mut diagnostics);
    weaver.visit_item_mut(item);
    let functions = mem::take(&mut weaver.functions);
    // The attribute reports mistakes to the user when it weaves.
    let _ = diagnostics.report();
    functions
}

/// Weaves every function that it visits.
pub(crate) struct Weaver<'a> {
    /// The options of functions without options of their own.
    defaults: AttributeOptions,
    /// The modules around.
    modules: Vec<String>,
    /// The names around, below the innermost module.
    path: Vec<String>,
    context: ImplContext,
    /// The names in scope.
    names: NameScope,
    /// True if an `#[untraced]` container is around.
    is_untraced: bool,
    /// True if the weaver only lists functions, also those in items that are skipped or have an
    /// attribute of their own.
    lists_only: bool,
    pub(crate) functions: Vec<Function>,
    /// The facts about the detail of each of these, if it is not skipped.
    pub(crate) details: Vec<Option<UndecidedDetail>>,
    diagnostics: &'a mut Diagnostics,
}

/// The facts about an `impl` or trait that its functions depend on.
#[derive(Clone, Default)]
struct ImplContext {
    scope: TypeScope,
    skipped: Option<SkipReason>,
    /// The trait, in an `impl` of one.
    implements: Option<Path>,
}

impl<'a> Weaver<'a> {
    /// Returns a weaver of items at `path` below their module.
    pub(crate) fn new(defaults: AttributeOptions, path: &str, diagnostics: &'a mut Diagnostics) -> Self {
        let path = path.split("::").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
        let names = NameScope::of_names(defaults.names.clone());
        Self {
            defaults,
            names,
            modules: Vec::new(),
            path,
            context: ImplContext::default(),
            is_untraced: false,
            lists_only: false,
            functions: Vec::new(),
            details: Vec::new(),
            diagnostics,
        }
    }

    /// Returns a weaver that only lists functions.
    pub(crate) fn for_list(defaults: AttributeOptions, diagnostics: &'a mut Diagnostics) -> Self {
        Self { lists_only: true, ..Self::new(defaults, "", diagnostics) }
    }

    /// Weaves a function with an attribute of its own and outside of a woven container.
    pub(crate) fn weave_alone(&mut self, function: &mut ItemFn, options: AttributeOptions) {
        let ItemFn { attrs, sig, block, .. } = function;
        let (restriction, measured) = (take_restriction(attrs), take_measured(attrs));
        if restriction != Some(Restriction::Within) && rules::forbidden(attrs, sig, block).is_none() {
            self.context = ImplContext::unknown();
            self.weave(options.restricted(restriction).measured(measured), None, attrs, sig, block);
        }
    }

    /// Weaves a function with an attribute of its own in a woven container, and the functions
    /// inside it.
    pub(crate) fn weave_in_container(&mut self, function: &mut ItemFn, mut options: AttributeOptions) {
        // An attribute of the author's on a function asks for its span.
        if options.late.is_none() && options.span_of("detail").is_none() {
            options.detail = None;
        }
        let ItemFn { attrs, sig, block, .. } = function;
        let (restriction, measured) = (take_restriction(attrs), take_measured(attrs));
        let name = options.late.as_ref().map_or_else(|| sig.ident.unraw().to_string(), LitStr::value);
        let path = self.path_of(&name);
        let forbidden = rules::forbidden(attrs, sig, block);
        // An attribute under another name may have woven the function, and not those inside it.
        let is_woven = forbidden == Some(SkipReason::Woven) && options.late.is_some();
        if restriction == Some(Restriction::Within) || is_woven {
            self.body(name, block);
        } else if forbidden.is_none() {
            self.body(name, block);
            self.context = options.context.as_deref().map_or_else(ImplContext::unknown, ImplContext::told);
            self.weave(options.restricted(restriction).measured(measured), Some(path), attrs, sig, block);
        }
    }
}

impl VisitMut for Weaver<'_> {
    fn visit_item_mod_mut(&mut self, node: &mut ItemMod) {
        if self.must_wait(&node.attrs) {
            return node.attrs.extend(self.late_attribute_if_woven(Item::Mod(node.clone())));
        }
        let ItemMod { attrs, ident, content, .. } = node;
        self.container(attrs, |weaver| {
            let Some((_, items)) = content else { return };
            weaver.modules.push(ident.unraw().to_string());
            let path = mem::take(&mut weaver.path);
            let context = mem::take(&mut weaver.context);
            weaver.within(weaver.names.in_module(items), |weaver| {
                items.iter_mut().for_each(|item| weaver.visit_item_mut(item));
            });
            (weaver.path, weaver.context) = (path, context);
            weaver.modules.pop();
        });
    }

    fn visit_item_impl_mut(&mut self, node: &mut ItemImpl) {
        if self.must_wait(&node.attrs) {
            return node.attrs.extend(self.late_attribute_if_woven(Item::Impl(node.clone())));
        }
        let ItemImpl { attrs, generics, trait_, self_ty, items, .. } = node;
        let mut context = ImplContext::of_impl(generics, trait_.as_ref().map(|(of, _)| of), self_ty);
        context.scope.associated = associated(items);
        let name = type_name(self_ty);
        self.container(attrs, |weaver| {
            weaver.inside(name, context, |weaver| {
                items.iter_mut().for_each(|item| weaver.visit_impl_item_mut(item))
            });
        });
    }

    fn visit_item_trait_mut(&mut self, node: &mut ItemTrait) {
        if self.must_wait(&node.attrs) {
            return node.attrs.extend(self.late_attribute_if_woven(Item::Trait(node.clone())));
        }
        let ItemTrait { attrs, generics, ident, items, .. } = node;
        let context = ImplContext {
            scope: TypeScope { generics: type_params(generics), ..TypeScope::default() },
            ..ImplContext::default()
        };
        let name = ident.unraw().to_string();
        self.container(attrs, |weaver| {
            weaver.inside(name, context, |weaver| {
                items.iter_mut().for_each(|item| weaver.visit_trait_item_mut(item))
            });
        });
    }

    fn visit_item_fn_mut(&mut self, node: &mut ItemFn) {
        self.function(&mut node.attrs, &mut node.sig, &mut node.block);
    }

    fn visit_impl_item_fn_mut(&mut self, node: &mut ImplItemFn) {
        self.function(&mut node.attrs, &mut node.sig, &mut node.block);
    }

    fn visit_trait_item_fn_mut(&mut self, node: &mut TraitItemFn) {
        match &mut node.default {
            Some(body) => self.function(&mut node.attrs, &mut node.sig, body),
            None => self.list(&node.sig, Some(SkipReason::NoBody), None),
        }
    }

    fn visit_foreign_item_fn_mut(&mut self, node: &mut ForeignItemFn) {
        self.list(&node.sig, Some(SkipReason::Foreign), None);
    }

    // Types contain no functions, and are most of a file.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

impl Weaver<'_> {
    fn function(&mut self, attrs: &mut Vec<Attribute>, sig: &mut Signature, body: &mut Block) {
        let own = own(attrs);
        let skipped = self.skip_reason(own, attrs, sig, body);
        let is_listed = self.lists_only && skipped.is_none();
        let detail = is_listed.then(|| self.undecided_detail(own, attrs, sig, body));
        self.list(sig, skipped, detail);
        let path = self.path_of(&sig.ident.unraw().to_string());
        if own != OwnAttribute::None {
            inherit::hand_on(attrs, &self.path.join("::"), &self.handed_on(), skipped.is_none());
        }
        if own == OwnAttribute::None && !self.lists_only && foreign_attributes::rewrite(attrs) {
            if skipped.is_none() {
                attrs.push(self.late_attribute(Some(&sig.ident)));
                put_measured_last(attrs);
            }
            return;
        }
        if own == OwnAttribute::None || self.lists_only {
            let around = self.is_untraced;
            self.is_untraced |= own == OwnAttribute::Untraced;
            self.body(sig.ident.unraw().to_string(), body);
            self.is_untraced = around;
        }
        if own != OwnAttribute::None || self.lists_only {
            return;
        }
        let (restriction, measured) = (take_restriction(attrs), take_measured(attrs));
        match skipped {
            None if restriction == Some(Restriction::Within) => {}
            None => {
                let options =
                    AttributeOptions::default().or(&self.defaults).restricted(restriction).measured(measured);
                self.weave(options, Some(path), attrs, sig, body);
            }
            Some(SkipReason::SignalHandler) => {
                signal_handlers::mute(body, &RuntimePath::new(self.defaults.krate.clone()));
            }
            Some(_) => {}
        }
    }

    /// Returns whether attributes of other libraries may rewrite a container, so that its functions
    /// must wait for them.
    fn must_wait(&self, attrs: &[Attribute]) -> bool {
        let decides = own(attrs) == OwnAttribute::None && !self.is_untraced && !self.lists_only;
        decides && foreign_attributes::rewrite(attrs)
    }

    /// Returns the late attribute of a container, if it has functions to weave.
    fn late_attribute_if_woven(&self, mut container: Item) -> Option<Attribute> {
        let functions = functions_of(&mut container, self.defaults.clone());
        functions.iter().any(|function| function.skipped.is_none()).then(|| self.late_attribute(None))
    }

    /// Returns the attribute that weaves an item behind those of other libraries. A function has a
    /// `name`.
    fn late_attribute(&self, name: Option<&Ident>) -> Attribute {
        late::of_inner(name, &self.path.join("::"), &self.handed_on(), &self.context.scope.told())
    }

    /// Returns the options for the attributes inside.
    fn handed_on(&self) -> AttributeOptions {
        let mut options = self.defaults.clone();
        options.names = spawners::unusual_names(&self.names);
        options
    }

    fn skip_reason(
        &self,
        own: OwnAttribute,
        attrs: &[Attribute],
        sig: &Signature,
        body: &mut Block,
    ) -> Option<SkipReason> {
        if self.is_untraced && own != OwnAttribute::Traced {
            return Some(SkipReason::Untraced);
        }
        let forbidden = rules::forbidden(attrs, sig, body);
        if own == OwnAttribute::Traced {
            return forbidden;
        }
        let trivial = trivial::is_trivial(body).then_some(SkipReason::Trivial);
        let weaves_all = self.defaults.all == Some(true);
        let handler = is_signal_handler(attrs, sig).then_some(SkipReason::SignalHandler);
        let by_trait =
            self.context.skipped.filter(|reason| !(weaves_all && *reason == SkipReason::StandardImpl));
        trivial.or(forbidden).or(handler).or(by_trait)
    }

    fn weave(
        &mut self,
        options: AttributeOptions,
        path: Option<String>,
        attrs: &mut [Attribute],
        sig: &mut Signature,
        body: &mut Block,
    ) {
        let options = if options.profiled { options.profile_alone() } else { options };
        let detail = self.detail(&options, attrs, sig, body);
        if detail == Detail::None {
            return;
        }
        let options = options.with_detail(detail);
        let is_late = options.late.is_some();
        let before = self.diagnostics.count();
        let is_located = options.located;
        let description = program::take(body);
        let context = FunctionContext { path, scope: &self.context.scope, names: self.names.clone() };
        let mut plan = FunctionPlan::new(options, context, attrs, sig, body, self.diagnostics);
        if !plan.is_empty() && (self.diagnostics.count() == before || is_late) {
            attributes::ease_inlining(attrs);
            expand(&mut plan, sig, body);
            if is_located {
                locate(body, sig.ident.span());
            }
        }
        if let Some(description) = description {
            body.stmts.insert(0, description);
        }
    }

    /// Returns the facts that decide about the detail of a function in a container of these
    /// defaults.
    fn undecided_detail(
        &self,
        own: OwnAttribute,
        attrs: &[Attribute],
        sig: &Signature,
        body: &mut Block,
    ) -> UndecidedDetail {
        let written = own_detail(attrs);
        // An attribute of the author's on a function asks for its span.
        let inherited = self.defaults.detail.filter(|_| own != OwnAttribute::Traced);
        let option = written.or(inherited).unwrap_or(DetailOption::Fixed(Detail::Span));
        let options = &self.defaults;
        UndecidedDetail {
            option,
            is_written: own == OwnAttribute::Traced,
            shape: is_by_shape(option).then(|| self.choice(options, attrs, sig, body).reason),
            output: function::output(sig, body).cloned(),
            scope: function::scope(&self.context.scope, sig, options),
            measured: None,
        }
    }

    /// Returns the detail of a function, and reports options that need another one.
    fn detail(
        &mut self,
        options: &AttributeOptions,
        attrs: &[Attribute],
        sig: &Signature,
        body: &mut Block,
    ) -> Detail {
        let detail = match options.detail {
            Some(DetailOption::Fixed(Detail::Errors))
                if self.choice(options, attrs, sig, body).reason.begins_flows() =>
            {
                Detail::Span
            }
            Some(DetailOption::Fixed(detail)) => detail,
            Some(DetailOption::Auto) => self.choice(options, attrs, sig, body).detail,
            None => Detail::Span,
        };
        if detail != Detail::Span && options.span_of("detail").is_some() {
            let of_spans = ["name", "kind", "args", "skip", "fields", "ret", "loops"];
            for (key, place) in of_spans.iter().filter_map(|key| Some((key, options.span_of(key)?))) {
                let message = format!(
                    "`{key}` has no effect: with `detail = \"{detail}\"` the function has no span; remove one"
                );
                self.diagnostics.at(place, message);
            }
        }
        detail
    }

    /// Chooses the detail of a function by its shape.
    fn choice(
        &self,
        options: &AttributeOptions,
        attrs: &[Attribute],
        sig: &Signature,
        body: &mut Block,
    ) -> Choice {
        let context = ChoiceContext {
            implements: self.context.implements.as_ref(),
            may_fail: returns_error(options, &self.context.scope, sig, body),
            is_main: self.path.is_empty() && self.modules.is_empty() && sig.ident == "main",
        };
        choice::choose(attrs, sig, body, &context)
    }

    fn body(&mut self, name: String, body: &mut Block) {
        self.inside(name, ImplContext::default(), |weaver| {
            weaver.within(weaver.names.in_block(body), |weaver| weaver.visit_block_mut(body));
        });
    }

    /// Visits the inside of a module or block with these names in scope.
    fn within(&mut self, names: NameScope, visit: impl FnOnce(&mut Self)) {
        let around = mem::replace(&mut self.names, names);
        visit(self);
        self.names = around;
    }

    /// Visits the inside of a container without an attribute of its own.
    fn container(&mut self, attrs: &mut Vec<Attribute>, visit: impl FnOnce(&mut Self)) {
        let own = own(attrs);
        if own != OwnAttribute::None {
            inherit::hand_on(attrs, &self.path.join("::"), &self.handed_on(), true);
        }
        if own == OwnAttribute::None || self.lists_only {
            let around = (self.is_untraced, self.defaults.detail);
            self.is_untraced |= own == OwnAttribute::Untraced;
            if own == OwnAttribute::Traced {
                self.defaults.detail = own_detail(attrs);
            }
            visit(self);
            (self.is_untraced, self.defaults.detail) = around;
        }
    }

    /// Visits the inside of an item with a name.
    fn inside(&mut self, name: String, context: ImplContext, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        let around = mem::replace(&mut self.context, context);
        visit(self);
        self.context = around;
        self.path.pop();
    }

    fn path_of(&self, name: &str) -> String {
        let names = self.path.iter().map(String::as_str).chain([name]);
        names.collect::<Vec<_>>().join("::")
    }

    fn list(&mut self, sig: &Signature, skipped: Option<SkipReason>, detail: Option<UndecidedDetail>) {
        let path = self.path_of(&sig.ident.unraw().to_string());
        let path = self.modules.iter().cloned().chain([path]).collect::<Vec<_>>().join("::");
        self.functions.push(Function { path, span: sig.ident.span(), skipped });
        self.details.push(detail);
    }
}

/// Returns whether the detail depends on the function's shape.
fn is_by_shape(option: DetailOption) -> bool {
    matches!(option, DetailOption::Auto | DetailOption::Fixed(Detail::Errors))
}

impl ImplContext {
    /// Returns the context of a function around which only its attribute is known.
    fn unknown() -> Self {
        let scope = TypeScope { is_context_unknown: true, ..TypeScope::default() };
        Self { scope, ..Self::default() }
    }

    /// Returns the context that a late attribute tells.
    fn told(types: &[ContextType]) -> Self {
        Self { scope: TypeScope::of_told(types), ..Self::default() }
    }

    fn of_impl(generics: &Generics, of: Option<&Path>, self_ty: &Type) -> Self {
        let scope = TypeScope { generics: type_params(generics), ..TypeScope::default() };
        let failing_self = return_type::is_result(self_ty);
        Self {
            scope: TypeScope { failing_self, ..scope },
            skipped: of.and_then(rules::skipped_trait),
            implements: of.cloned(),
        }
    }
}

/// Returns the associated types of an `impl`.
fn associated(items: &[ImplItem]) -> Vec<(Ident, Type)> {
    let named = items.iter().filter_map(|item| match item {
        ImplItem::Type(item) => Some((item.ident.clone(), item.ty.clone())),
        _ => None,
    });
    named.collect()
}

fn type_params(generics: &Generics) -> Vec<Ident> {
    generics.type_params().map(|param| param.ident.clone()).collect()
}

/// Returns the name of `ty` in the paths of its methods: `Cart` for `shop::Cart<T>`.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(ty) => {
            ty.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
        }
        Type::Paren(ty) => type_name(&ty.elem),
        Type::Group(ty) => type_name(&ty.elem),
        Type::Reference(ty) => type_name(&ty.elem),
        ty => ty.to_token_stream().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<(String, Option<SkipReason>)> {
        let functions = super::list(syn::parse_file(text).unwrap());
        functions.into_iter().map(|function| (function.path, function.skipped)).collect()
    }

    fn woven(path: &str) -> (String, Option<SkipReason>) {
        (path.to_owned(), None)
    }

    fn skipped(path: &str, reason: SkipReason) -> (String, Option<SkipReason>) {
        (path.to_owned(), Some(reason))
    }

    #[test]
    fn functions_are_found_at_any_depth() {
        let text = "
            fn a() { g(); fn b() { g() } struct S; impl S { fn c() { g() } } }
            mod m { mod n { fn d() { g() } } impl<T> x::Cart<T> { fn r#e(self) { g() } } }
            trait T { fn f() { g() } fn h(); }
            impl T for [u8] { fn f() { g() } }
            const _: () = { fn i() { g() } };
            static S: fn() = { fn j() { g() } j };
            extern \"C\" { fn k(); }
        ";
        let expected = [
            woven("a"),
            woven("a::b"),
            woven("a::S::c"),
            woven("m::n::d"),
            woven("m::Cart::e"),
            woven("T::f"),
            skipped("T::h", SkipReason::NoBody),
            woven("[u8] :: f"),
            woven("i"),
            woven("j"),
            skipped("k", SkipReason::Foreign),
        ];
        let found = list(text);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.into_iter().zip(expected) {
            assert_eq!((found.0.replace(' ', ""), found.1), (expected.0.replace(' ', ""), expected.1));
        }
    }

    #[test]
    fn an_attribute_on_the_function_overrides_default_exclusions() {
        let text = "
            impl Clone for S {
                fn clone(&self) -> S { g() }
                #[traced] fn clone_from(&mut self, other: &S) { g() }
            }
            #[traced] fn trivial() {}
            #[traced] const fn never() {}
            #[cfg_attr(x, traced)] fn sometimes() {}
            extern \"C\" fn on_signal(_: c_int) { g() }
            #[traced] extern \"C\" fn on_event(_: c_int) { g() }
            #[untraced] impl S { fn cancelled() { g() } #[traced] fn not_cancelled() { g() } }
            #[untraced] fn outer() { fn inside() { g() } g() }
        ";
        let expected = [
            skipped("S::clone", SkipReason::StandardImpl),
            woven("S::clone_from"),
            woven("trivial"),
            skipped("never", SkipReason::Const),
            skipped("sometimes", SkipReason::Trivial),
            skipped("on_signal", SkipReason::SignalHandler),
            woven("on_event"),
            skipped("S::cancelled", SkipReason::Untraced),
            woven("S::not_cancelled"),
            skipped("outer", SkipReason::Untraced),
            skipped("outer::inside", SkipReason::Untraced),
        ];
        assert_eq!(list(text), expected);
    }
}

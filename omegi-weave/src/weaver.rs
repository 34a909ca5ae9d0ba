//! Walks through a module, `impl`, trait or body, and weaves every function in it.

use std::mem;

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Block, ForeignItemFn, Generics, ImplItem, ImplItemFn, ItemFn, ItemImpl, ItemMod, ItemTrait,
    Path, Signature, TraitItemFn, Type,
};

use crate::expand::attributes;
use crate::expand::function::expand;
use crate::parse::diagnostics::Diagnostics;
use crate::parse::inherit;
use crate::parse::options::AttributeOptions;
use crate::parse::own_attributes::{OwnAttribute, own};
use crate::plan::function::{FunctionContext, FunctionPlan};
use crate::plan::return_type::{self, TypeScope};
use crate::plan::rules::{self, SkipReason};
use crate::plan::trivial;

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

/// Weaves every function that it visits.
pub(crate) struct Weaver<'a> {
    /// The options of functions without options of their own.
    defaults: AttributeOptions,
    /// The modules around.
    modules: Vec<String>,
    /// The names around, below the innermost module.
    path: Vec<String>,
    context: ImplContext,
    /// True if an `#[untraced]` container is around.
    is_untraced: bool,
    /// True if the weaver only lists functions, also those in items that are skipped or have an
    /// attribute of their own.
    lists_only: bool,
    pub(crate) functions: Vec<Function>,
    diagnostics: &'a mut Diagnostics,
}

/// The facts about an `impl` or trait that its functions depend on.
#[derive(Clone, Default)]
struct ImplContext {
    scope: TypeScope,
    skipped: Option<SkipReason>,
}

impl<'a> Weaver<'a> {
    /// Returns a weaver of items at `path` below their module.
    pub(crate) fn new(defaults: AttributeOptions, path: &str, diagnostics: &'a mut Diagnostics) -> Self {
        let path = path.split("::").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
        Self {
            defaults,
            modules: Vec::new(),
            path,
            context: ImplContext::default(),
            is_untraced: false,
            lists_only: false,
            functions: Vec::new(),
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
        if rules::forbidden(attrs, sig, block).is_none() {
            self.context.scope.is_context_unknown = true;
            self.weave(options, None, attrs, sig, block);
        }
    }

    /// Weaves a function with an attribute of its own in a woven container, and the functions
    /// inside it.
    pub(crate) fn weave_in_container(&mut self, function: &mut ItemFn, options: AttributeOptions) {
        let ItemFn { attrs, sig, block, .. } = function;
        if rules::forbidden(attrs, sig, block).is_none() {
            self.body(sig, block);
            self.context.scope.is_context_unknown = true;
            self.weave(options, Some(self.path_of(sig)), attrs, sig, block);
        }
    }
}

impl VisitMut for Weaver<'_> {
    fn visit_item_mod_mut(&mut self, node: &mut ItemMod) {
        let ItemMod { attrs, ident, content, .. } = node;
        self.container(attrs, |weaver| {
            weaver.modules.push(ident.unraw().to_string());
            let path = mem::take(&mut weaver.path);
            let context = mem::take(&mut weaver.context);
            content.iter_mut().flat_map(|(_, items)| items).for_each(|item| weaver.visit_item_mut(item));
            (weaver.path, weaver.context) = (path, context);
            weaver.modules.pop();
        });
    }

    fn visit_item_impl_mut(&mut self, node: &mut ItemImpl) {
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
        let ItemTrait { attrs, generics, ident, items, .. } = node;
        let context = ImplContext {
            scope: TypeScope { generics: type_params(generics), ..TypeScope::default() },
            skipped: None,
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
            None => self.list(&node.sig, Some(SkipReason::NoBody)),
        }
    }

    fn visit_foreign_item_fn_mut(&mut self, node: &mut ForeignItemFn) {
        self.list(&node.sig, Some(SkipReason::Foreign));
    }

    // Types contain no functions, and are most of a file.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

impl Weaver<'_> {
    fn function(&mut self, attrs: &mut Vec<Attribute>, sig: &mut Signature, body: &mut Block) {
        let own = own(attrs);
        let skipped = self.skip_reason(own, attrs, sig, body);
        self.list(sig, skipped);
        let path = self.path_of(sig);
        if own != OwnAttribute::None {
            inherit::hand_on(attrs, &self.path.join("::"), &self.defaults, skipped.is_none());
        }
        if own == OwnAttribute::None || self.lists_only {
            self.body(sig, body);
        }
        if own == OwnAttribute::None && skipped.is_none() && !self.lists_only {
            self.weave(AttributeOptions::default().or(&self.defaults), Some(path), attrs, sig, body);
        }
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
        let by_trait =
            self.context.skipped.filter(|reason| !(weaves_all && *reason == SkipReason::StandardImpl));
        trivial.or(forbidden).or(by_trait)
    }

    fn weave(
        &mut self,
        options: AttributeOptions,
        path: Option<String>,
        attrs: &mut [Attribute],
        sig: &mut Signature,
        body: &mut Block,
    ) {
        let before = self.diagnostics.count();
        let context = FunctionContext { path, scope: &self.context.scope };
        let mut plan = FunctionPlan::new(options, context, attrs, sig, body, self.diagnostics);
        if self.diagnostics.count() == before {
            attributes::relax_expectations(attrs);
            attributes::ease_inlining(attrs);
            attributes::relax_arguments(sig);
            expand(&mut plan, sig, body);
        }
    }

    fn body(&mut self, sig: &Signature, body: &mut Block) {
        self.inside(sig.ident.unraw().to_string(), ImplContext::default(), |weaver| {
            weaver.visit_block_mut(body)
        });
    }

    /// Visits the inside of a container without an attribute of its own.
    fn container(&mut self, attrs: &mut Vec<Attribute>, visit: impl FnOnce(&mut Self)) {
        let own = own(attrs);
        if own != OwnAttribute::None {
            inherit::hand_on(attrs, &self.path.join("::"), &self.defaults, true);
        }
        if own == OwnAttribute::None || self.lists_only {
            attributes::relax_expectations(attrs);
            let around = self.is_untraced;
            self.is_untraced |= own == OwnAttribute::Untraced;
            visit(self);
            self.is_untraced = around;
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

    fn path_of(&self, sig: &Signature) -> String {
        let names = self.path.iter().cloned().chain([sig.ident.unraw().to_string()]);
        names.collect::<Vec<_>>().join("::")
    }

    fn list(&mut self, sig: &Signature, skipped: Option<SkipReason>) {
        let path = self.modules.iter().cloned().chain([self.path_of(sig)]).collect::<Vec<_>>().join("::");
        self.functions.push(Function { path, span: sig.ident.span(), skipped });
    }
}

impl ImplContext {
    fn of_impl(generics: &Generics, of: Option<&Path>, self_ty: &Type) -> Self {
        let scope = TypeScope { generics: type_params(generics), ..TypeScope::default() };
        let failing_self = return_type::is_result(self_ty);
        Self { scope: TypeScope { failing_self, ..scope }, skipped: of.and_then(rules::skipped_trait) }
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
            #[untraced] impl S { fn cancelled() { g() } #[traced] fn not_cancelled() { g() } }
        ";
        let expected = [
            skipped("S::clone", SkipReason::StandardImpl),
            woven("S::clone_from"),
            woven("trivial"),
            skipped("never", SkipReason::Const),
            skipped("sometimes", SkipReason::Trivial),
            skipped("S::cancelled", SkipReason::Untraced),
            woven("S::not_cancelled"),
        ];
        assert_eq!(list(text), expected);
    }
}

//! Walks through a module, `impl`, trait or body and weaves every function in it.

use std::mem;

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Block, ForeignItemFn, Generics, ImplItem, ImplItemFn, ItemFn, ItemImpl, ItemMod, ItemTrait,
    Path, Signature, TraitItemFn, Type,
};

use crate::arguments;
use crate::attributes::{self, Own};
use crate::ctxt::Errors;
use crate::expand::expand;
use crate::options::Options;
use crate::plan::{Around, Plan};
use crate::returns::{self, Scope};
use crate::rules::{self, Reason};

/// A function that was met, and whether it is woven.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its path below the file: `orders::Cart::total`.
    pub path: String,
    /// Where its name stands.
    pub span: Span,
    /// Why it is left as it is; `None` if it is woven.
    pub left: Option<Reason>,
}

/// Weaves every function that it visits.
pub(crate) struct Weaver<'a> {
    /// What functions get that say nothing themselves.
    defaults: Options,
    /// The modules around.
    modules: Vec<String>,
    /// The names of what is around, below the innermost module.
    path: Vec<String>,
    home: Home,
    /// Whether an `#[untraced]` stands around.
    is_cancelled: bool,
    /// Whether to look as well into what weaves itself or is not woven: for a list, not for weaving.
    looks_everywhere: bool,
    pub(crate) functions: Vec<Function>,
    errors: &'a mut Errors,
}

/// What an `impl` or trait says about the functions in it.
#[derive(Clone, Default)]
struct Home {
    scope: Scope,
    left: Option<Reason>,
}

impl<'a> Weaver<'a> {
    /// A weaver of what stands at `path` below its module.
    pub(crate) fn new(defaults: Options, path: &str, errors: &'a mut Errors) -> Self {
        let path = path.split("::").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
        Self {
            defaults,
            modules: Vec::new(),
            path,
            home: Home::default(),
            is_cancelled: false,
            looks_everywhere: false,
            functions: Vec::new(),
            errors,
        }
    }

    /// A weaver whose list of functions is wanted, not what it weaves.
    pub(crate) fn for_list(defaults: Options, errors: &'a mut Errors) -> Self {
        Self { looks_everywhere: true, ..Self::new(defaults, "", errors) }
    }

    /// Weaves a function that asks for it itself and stands alone.
    pub(crate) fn alone(&mut self, function: &mut ItemFn, options: Options) {
        let ItemFn { attrs, sig, block, .. } = function;
        if rules::forbidden(attrs, sig, block).is_none() {
            self.home.scope.is_unseen = true;
            self.weave(options, None, attrs, sig, block);
        }
    }

    /// Weaves a function that asks for it itself and stands in a woven container, with the functions inside it.
    pub(crate) fn inside_container(&mut self, function: &mut ItemFn, options: Options) {
        let ItemFn { attrs, sig, block, .. } = function;
        if rules::forbidden(attrs, sig, block).is_none() {
            self.body(sig, block);
            self.home.scope.is_unseen = true;
            self.weave(options, Some(self.path_of(sig)), attrs, sig, block);
        }
    }

    fn body(&mut self, sig: &Signature, body: &mut Block) {
        self.inside(sig.ident.unraw().to_string(), Home::default(), |weaver| weaver.visit_block_mut(body));
    }

    fn function(&mut self, attrs: &mut Vec<Attribute>, sig: &mut Signature, body: &mut Block) {
        let own = attributes::own(attrs);
        let left = self.why_left(own, attrs, sig, body);
        self.list(sig, left);
        let path = self.path_of(sig);
        if own != Own::Nothing {
            attributes::hand_on(attrs, &self.path.join("::"), &self.defaults, left.is_none());
        }
        if own == Own::Nothing || self.looks_everywhere {
            self.body(sig, body);
        }
        if own == Own::Nothing && left.is_none() && !self.looks_everywhere {
            self.weave(Options::default().or(&self.defaults), Some(path), attrs, sig, body);
        }
    }

    fn why_left(&self, own: Own, attrs: &[Attribute], sig: &Signature, body: &mut Block) -> Option<Reason> {
        if self.is_cancelled && own != Own::Traced {
            return Some(Reason::Untraced);
        }
        let forbidden = rules::forbidden(attrs, sig, body);
        if own == Own::Traced {
            return forbidden;
        }
        let trivial = rules::is_trivial(body).then_some(Reason::Trivial);
        let is_told_all = self.defaults.all == Some(true);
        let home = self.home.left.filter(|reason| !(is_told_all && *reason == Reason::StandardImpl));
        trivial.or(forbidden).or(home)
    }

    fn weave(
        &mut self,
        options: Options,
        path: Option<String>,
        attrs: &mut [Attribute],
        sig: &mut Signature,
        body: &mut Block,
    ) {
        let before = self.errors.count();
        let around = Around { path, scope: &self.home.scope };
        let plan = Plan::new(options, around, attrs, sig, body, self.errors);
        if self.errors.count() == before {
            attributes::relax_expectations(attrs);
            attributes::ease_inlining(attrs);
            arguments::relax_expectations(sig);
            expand(&plan, sig, body);
        }
    }

    /// Visits a container's inside, unless it weaves itself or is not to be woven.
    fn container(&mut self, attrs: &mut Vec<Attribute>, visit: impl FnOnce(&mut Self)) {
        let own = attributes::own(attrs);
        if own != Own::Nothing {
            attributes::hand_on(attrs, &self.path.join("::"), &self.defaults, true);
        }
        if own == Own::Nothing || self.looks_everywhere {
            attributes::relax_expectations(attrs);
            let around = self.is_cancelled;
            self.is_cancelled |= own == Own::Untraced;
            visit(self);
            self.is_cancelled = around;
        }
    }

    /// Visits what is inside something with a name of its own.
    fn inside(&mut self, name: String, home: Home, visit: impl FnOnce(&mut Self)) {
        self.path.push(name);
        let around = mem::replace(&mut self.home, home);
        visit(self);
        self.home = around;
        self.path.pop();
    }

    fn path_of(&self, sig: &Signature) -> String {
        let names = self.path.iter().cloned().chain([sig.ident.unraw().to_string()]);
        names.collect::<Vec<_>>().join("::")
    }

    fn list(&mut self, sig: &Signature, left: Option<Reason>) {
        let path = self.modules.iter().cloned().chain([self.path_of(sig)]).collect::<Vec<_>>().join("::");
        self.functions.push(Function { path, span: sig.ident.span(), left });
    }
}

impl VisitMut for Weaver<'_> {
    fn visit_item_mod_mut(&mut self, node: &mut ItemMod) {
        let ItemMod { attrs, ident, content, .. } = node;
        self.container(attrs, |weaver| {
            weaver.modules.push(ident.unraw().to_string());
            let path = mem::take(&mut weaver.path);
            let home = mem::take(&mut weaver.home);
            content.iter_mut().flat_map(|(_, items)| items).for_each(|item| weaver.visit_item_mut(item));
            (weaver.path, weaver.home) = (path, home);
            weaver.modules.pop();
        });
    }

    fn visit_item_impl_mut(&mut self, node: &mut ItemImpl) {
        let ItemImpl { attrs, generics, trait_, self_ty, items, .. } = node;
        let mut home = Home::of_impl(generics, trait_.as_ref().map(|(of, _)| of), self_ty);
        home.scope.associated = associated(items);
        let name = type_name(self_ty);
        self.container(attrs, |weaver| {
            weaver.inside(name, home, |weaver| {
                items.iter_mut().for_each(|item| weaver.visit_impl_item_mut(item))
            });
        });
    }

    fn visit_item_trait_mut(&mut self, node: &mut ItemTrait) {
        let ItemTrait { attrs, generics, ident, items, .. } = node;
        let home = Home { scope: Scope { generics: type_params(generics), ..Scope::default() }, left: None };
        let name = ident.unraw().to_string();
        self.container(attrs, |weaver| {
            weaver.inside(name, home, |weaver| {
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
            None => self.list(&node.sig, Some(Reason::NoBody)),
        }
    }

    fn visit_foreign_item_fn_mut(&mut self, node: &mut ForeignItemFn) {
        self.list(&node.sig, Some(Reason::Foreign));
    }

    // Types hold no functions, and most of a file is types.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

impl Home {
    fn of_impl(generics: &Generics, of: Option<&Path>, self_ty: &Type) -> Self {
        let scope = Scope { generics: type_params(generics), ..Scope::default() };
        let failing_self = returns::is_result(self_ty);
        Self { scope: Scope { failing_self, ..scope }, left: of.and_then(rules::left_trait) }
    }
}

/// The types that an `impl` gives names to.
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

/// The name under which the methods of an `impl` for `ty` are known: `Cart` for `shop::Cart<T>`.
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

    fn list(text: &str) -> Vec<(String, Option<Reason>)> {
        let functions = crate::list(syn::parse_file(text).unwrap());
        functions.into_iter().map(|function| (function.path, function.left)).collect()
    }

    fn woven(path: &str) -> (String, Option<Reason>) {
        (path.to_owned(), None)
    }

    fn left(path: &str, reason: Reason) -> (String, Option<Reason>) {
        (path.to_owned(), Some(reason))
    }

    #[test]
    fn functions_are_found_wherever_they_are() {
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
            left("T::h", Reason::NoBody),
            woven("[u8] :: f"),
            woven("i"),
            woven("j"),
            left("k", Reason::Foreign),
        ];
        let found = list(text);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.into_iter().zip(expected) {
            assert_eq!((found.0.replace(' ', ""), found.1), (expected.0.replace(' ', ""), expected.1));
        }
    }

    #[test]
    fn default_exclusions_yield_to_an_attribute_of_their_own() {
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
            left("S::clone", Reason::StandardImpl),
            woven("S::clone_from"),
            woven("trivial"),
            left("never", Reason::Const),
            left("sometimes", Reason::Trivial),
            left("S::cancelled", Reason::Untraced),
            woven("S::not_cancelled"),
        ];
        assert_eq!(list(text), expected);
    }
}

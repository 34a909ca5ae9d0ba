//! A function's arguments: the names that they bind, and how they follow a body into a closure or future.
//!
//! A `move` closure takes the variables that its body uses, in the order in which it first uses them, and drops
//! them in that order. A function drops its arguments in reverse order, used or not. So the closure begins by naming
//! all that have something to drop, last first:
//!
//! ```text
//! fn f(self, a: A, _b: B, c: &C) -> Ret { … }
//! fn f(self, a: A, _b: B, c: &C) -> Ret { … move || { let _ = (&_b, &a, &self); … } … }
//! ```
//!
//! A pattern can leave a part of its argument unnamed, which would stay outside. Where one does, all arguments get a
//! name for the whole, and the patterns move inside, to where the compiler itself has them:
//!
//! ```text
//! fn f(a: A, (b, _): (B, B), c: &C) -> Ret { … }
//! fn f(a: A, __omegi_arg_1: (B, B), c: &C) -> Ret {
//!     … move || { let a = a; let __omegi_arg_1 = __omegi_arg_1; let (b, _) = __omegi_arg_1; … } …
//! }
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, FnArg, Macro, Pat, PatIdent, PatReference, PatRest, PatType, PatWild, Receiver, ReceiverKind,
    Signature, Token,
};

use crate::{attributes, returns, rules};

/// One argument of a function.
pub(crate) struct Argument {
    /// The conditions under which it exists.
    conditions: Vec<Attribute>,
    /// What its author allows or denies of it.
    lints: Vec<Attribute>,
    /// The variables that it binds.
    pub(crate) names: Vec<Ident>,
    /// Whether something may happen when it is dropped.
    is_dropped: bool,
    /// Its pattern, if that moves inside the closure.
    inside: Option<Pat>,
    /// Whether its pattern leaves a part of it unnamed.
    is_partial: bool,
    /// Whether its pattern borrows a part of it to change it.
    is_changed: bool,
    /// Whether its pattern fits only a value, not also a reference to one.
    is_by_value: bool,
    /// The name for the whole of it.
    whole: Ident,
}

/// The arguments of a function, in order.
pub(crate) fn read(sig: &Signature) -> Vec<Argument> {
    let mut arguments: Vec<_> =
        sig.inputs.iter().enumerate().map(|(index, input)| Argument::read(index, input)).collect();
    if arguments.iter().any(|argument| argument.is_dropped && argument.is_partial) {
        for (argument, input) in arguments.iter_mut().zip(&sig.inputs) {
            argument.move_inside(input);
        }
    }
    arguments
}

/// The weave uses every argument: no expectation that one is unused comes true.
pub(crate) fn relax_expectations(sig: &mut Signature) {
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. }) => {
                attributes::relax_expectations(attrs);
            }
        }
    }
}

/// Gives each argument whose pattern moves inside a name for the whole.
pub(crate) fn name_wholes(sig: &mut Signature, arguments: &[Argument]) {
    for (input, argument) in sig.inputs.iter_mut().zip(arguments) {
        if let (FnArg::Typed(typed), Some(_)) = (input, &argument.inside) {
            *typed.pat = Pat::Ident(variable(argument.whole.clone()));
        }
    }
}

fn variable(ident: Ident) -> PatIdent {
    PatIdent { attrs: Vec::new(), by_ref: None, mutability: None, ident, subpat: None }
}

impl Argument {
    fn read(index: usize, input: &FnArg) -> Self {
        match input {
            FnArg::Receiver(Receiver { attrs, self_token, kind, .. }) => {
                let name = Ident::new("self", self_token.span);
                Self {
                    conditions: attributes::conditions(attrs),
                    lints: Vec::new(),
                    names: vec![name.clone()],
                    is_dropped: !matches!(kind, ReceiverKind::Reference(..)),
                    inside: None,
                    is_partial: false,
                    is_changed: false,
                    is_by_value: false,
                    whole: name,
                }
            }
            FnArg::Typed(PatType { attrs, pat, ty, .. }) => {
                let Pattern { names, is_partial, is_changed, is_by_value } = Pattern::read(pat);
                Self {
                    conditions: attributes::conditions(attrs),
                    lints: attributes::unconditional(attrs),
                    names,
                    is_dropped: !returns::is_inert(ty),
                    inside: None,
                    is_partial,
                    is_changed,
                    is_by_value,
                    whole: name_of_whole(index, pat),
                }
            }
        }
    }

    fn move_inside(&mut self, input: &FnArg) {
        if let FnArg::Typed(typed) = input
            && self.is_dropped
        {
            self.inside = Some((*typed.pat).clone());
        }
    }

    /// `capture` statements for those of its names that are `wanted`; `is_taken` says that its pattern moved inside.
    pub(crate) fn capture(
        &self,
        wanted: impl Fn(&Ident) -> bool,
        capture: impl Fn(&str, TokenStream) -> TokenStream,
        is_taken: bool,
    ) -> Option<TokenStream> {
        let conditions = &self.conditions;
        let names: Vec<_> = self.names.iter().filter(|name| wanted(name)).collect();
        let pattern = self.inside.as_ref().filter(|_| is_taken && names != [&self.whole]);
        // What a pattern binds in a reference is one already.
        let reference = pattern.is_none().then(<Token![&]>::default);
        let statements = names.iter().map(|name| {
            let key = format!("omegi.arg.{}", name.unraw());
            let statement = capture(&key, quote!(#reference #name));
            quote!(#(#conditions)* #statement)
        });
        let statements = quote!(#(#statements)*);
        match pattern {
            _ if names.is_empty() => None,
            Some(pat) => self.looking_inside(pat, &statements),
            None => Some(statements),
        }
    }

    /// `statements` with the names of `pat` bound to references into the whole.
    fn looking_inside(&self, pat: &Pat, statements: &TokenStream) -> Option<TokenStream> {
        let (conditions, whole) = (&self.conditions, &self.whole);
        let mut pat = pat.clone();
        ByReference.visit_pat_mut(&mut pat);
        // Not every name of the pattern need be captured.
        let looking =
            || quote!(#(#conditions)* { #[allow(unused_variables)] let #pat = &#whole; #statements });
        (!self.is_by_value).then(looking)
    }

    /// Statements that bind inside a closure what the argument binds outside.
    fn rebind(&self) -> Option<TokenStream> {
        let (conditions, lints) = (&self.conditions, &self.lints);
        let (whole, pat) = (&self.whole, self.inside.as_ref()?);
        let allow = allowing_use([whole]);
        let mutable = self.is_changed.then(<Token![mut]>::default);
        let owned = self.is_partial.then(|| quote!(#(#conditions)* let #mutable #whole = #whole;));
        let bind = || quote!(#(#conditions)* #(#lints)* #allow let #pat = #whole;);
        let bound = (!matches!(pat, Pat::Wild(_))).then(bind);
        Some(quote!(#owned #bound))
    }

    /// The variables outside the closure that own it, last first.
    fn owners(&self) -> impl Iterator<Item = (&[Attribute], &Ident)> {
        let is_named = self.is_dropped && self.inside.is_none();
        self.names.iter().rev().filter(move |_| is_named).map(|name| (&*self.conditions, name))
    }
}

/// What an argument as a whole is called where its pattern is not there: by its own name, if it has just one.
fn name_of_whole(index: usize, pat: &Pat) -> Ident {
    match pat {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => ident.clone(),
        _ => format_ident!("__omegi_arg_{index}", span = Span::mixed_site()),
    }
}

/// Statements for the beginning of the closure or future that takes the arguments: see the module's text.
pub(crate) fn take(arguments: &[Argument]) -> TokenStream {
    let named = name_owners(arguments);
    let rebound = arguments.iter().filter_map(Argument::rebind);
    quote!(#named #(#rebound)*)
}

fn name_owners(arguments: &[Argument]) -> Option<TokenStream> {
    let owners: Vec<_> = arguments.iter().rev().flat_map(Argument::owners).collect();
    let allow = allowing_use(owners.iter().map(|(_, owner)| *owner));
    match owners.as_slice() {
        [] => None,
        [(conditions, owner)] => Some(quote!(#(#conditions)* #allow let _ = &#owner;)),
        _ => {
            let mentions = owners.iter().map(|(conditions, owner)| quote!(#(#conditions)* &#owner));
            Some(quote!(#allow let _ = (#(#mentions),*);))
        }
    }
}

/// What a statement needs that uses variables of which the author said that they are not used. (Two underscores say
/// nothing of the kind to clippy.)
fn allowing_use<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Option<TokenStream> {
    let is_unused = |name: &Ident| is_underscored(name) && !name.to_string().starts_with("__");
    names.into_iter().any(is_unused).then(|| quote!(#[allow(clippy::used_underscore_binding)]))
}

/// Whether the author marked a variable as unused.
pub(crate) fn is_underscored(name: &Ident) -> bool {
    name.to_string().starts_with('_')
}

/// What a pattern binds, and what it leaves.
#[derive(Default)]
struct Pattern {
    names: Vec<Ident>,
    is_partial: bool,
    is_changed: bool,
    is_by_value: bool,
}

impl Pattern {
    fn read(pat: &Pat) -> Self {
        let mut pattern = Self::default();
        pattern.visit_pat_mut(&mut pat.clone());
        pattern
    }
}

impl VisitMut for Pattern {
    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        self.is_partial |= node.by_ref.is_some();
        self.is_changed |= node.by_ref.is_some() && node.mutability.is_some();
        // A name in upper case is a constant or a unit struct; one in two branches of `a | b` is one variable.
        if !rules::starts_upper_case(&node.ident) && !self.names.contains(&node.ident) {
            self.names.push(node.ident.clone());
        }
        visit_mut::visit_pat_ident_mut(self, node);
    }

    fn visit_pat_wild_mut(&mut self, _: &mut PatWild) {
        self.is_partial = true;
    }

    fn visit_pat_rest_mut(&mut self, _: &mut PatRest) {
        self.is_partial = true;
    }

    // What it names and what it leaves is known to nobody here.
    fn visit_macro_mut(&mut self, _: &mut Macro) {
        self.is_partial = true;
    }

    fn visit_pat_reference_mut(&mut self, node: &mut PatReference) {
        self.is_by_value = true;
        visit_mut::visit_pat_reference_mut(self, node);
    }
}

/// Makes a pattern fit a reference to what it fitted.
struct ByReference;

impl VisitMut for ByReference {
    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        (node.by_ref, node.mutability) = (None, None);
        visit_mut::visit_pat_ident_mut(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse::Parser as _;

    fn taken(text: &str) -> (String, String) {
        let mut sig: Signature = syn::parse_str::<syn::ItemFn>(&format!("{text} {{}}")).unwrap().sig;
        let arguments = read(&sig);
        name_wholes(&mut sig, &arguments);
        (sig.inputs.to_token_stream().to_string(), take(&arguments).to_string())
    }

    #[test]
    fn what_can_be_dropped_is_named_last_first() {
        assert_eq!(taken("fn f(self, a: A, mut b: B, c: &C, d: u8)").1, "let _ = (& b , & a , & self) ;");
        assert_eq!(taken("fn f(&self, (a, b): (A, B))").1, "let _ = (& b , & a) ;");
        assert_eq!(taken("fn f(&mut self, c: &C, d: u8)").1, "");
        assert_eq!(taken("fn f(_a: A)").1, "# [allow (clippy :: used_underscore_binding)] let _ = & _a ;");
        assert_eq!(taken("fn f(#[cfg(x)] a: A, b: B)").1, "let _ = (& b , # [cfg (x)] & a) ;");
    }

    #[test]
    fn what_a_pattern_leaves_gets_a_name() {
        let (inputs, statements) = taken("fn f(self, mut a: A, _: B, (ref c, d): (C, D), _: u8)");
        assert_eq!(inputs, "self , a : A , __omegi_arg_2 : B , __omegi_arg_3 : (C , D) , _ : u8");
        assert_eq!(
            statements,
            "let _ = & self ; let mut a = a ; let __omegi_arg_2 = __omegi_arg_2 ; \
             let __omegi_arg_3 = __omegi_arg_3 ; let (ref c , d) = __omegi_arg_3 ;"
        );
    }

    #[test]
    fn a_pattern_takes_what_it_needs_with_it() {
        let (_, statements) = taken("fn f(#[allow(unused)] mut a: A, ref mut b: B, both!(c): C)");
        assert_eq!(
            statements,
            "# [allow (unused)] let mut a = a ; let mut __omegi_arg_1 = __omegi_arg_1 ; \
             let ref mut b = __omegi_arg_1 ; let __omegi_arg_2 = __omegi_arg_2 ; \
             let both ! (c) = __omegi_arg_2 ;"
        );
    }

    #[test]
    fn names_are_variables_only() {
        let pat = Pat::parse_single.parse_str("(a, Unit, b @ S { c, .. }, [d, ..])").unwrap();
        assert_eq!(Pattern::read(&pat).names, ["a", "b", "c", "d"]);
    }
}

//! Writes the code that captures arguments, and the code that takes them into a closure or future.
//!
//! A `move` closure takes the variables that its body uses, in the order of their first use, and
//! drops them in that order. A function drops its arguments in reverse order, used or not. The
//! closure therefore begins with a mention of all arguments that have something to drop, the last
//! one first:
//!
//! ```text
//! fn f(self, a: A, _b: B, c: &C) -> Ret { … }
//! fn f(self, a: A, _b: B, c: &C) -> Ret { … move || { let _ = (&_b, &a, &self); … } … }
//! ```
//!
//! A pattern can leave a part of its argument unnamed, which would stay outside. If one does,
//! all arguments get a name for the whole, and the patterns move inside, where the compiler itself
//! has them:
//!
//! ```text
//! fn f(a: A, (b, _): (B, B), c: &C) -> Ret { … }
//! fn f(a: A, __omegi_arg_1: (B, B), c: &C) -> Ret {
//!     … move || { let a = a; let __omegi_arg_1 = __omegi_arg_1; let (b, _) = __omegi_arg_1; … } …
//! }
//! ```

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, Pat, PatIdent, Signature, Token};

use crate::plan::arguments::Argument;
use crate::plan::naming::is_underscored;

/// Writes `capture` statements for the variables of `argument` that are `wanted`; `is_taken` says
/// that its pattern moved inside.
pub(crate) fn capture(
    argument: &Argument,
    wanted: impl Fn(&Ident) -> bool,
    capture: impl Fn(&str, TokenStream) -> TokenStream,
    is_taken: bool,
) -> Option<TokenStream> {
    let Argument { conditions, whole, .. } = argument;
    let names: Vec<_> = argument.names.iter().filter(|name| wanted(name)).collect();
    let pattern = argument.inside.as_ref().filter(|_| is_taken && names != [whole]);
    // A variable that a pattern binds in a reference is one itself.
    let reference = pattern.is_none().then(<Token![&]>::default);
    let statements = names.iter().map(|name| {
        // The prefix is `ARGUMENT_PREFIX` of omegi-runtime, which this crate does not depend on.
        let key = format!("omegi.arg.{}", name.unraw());
        let statement = capture(&key, quote!(#reference #name));
        quote!(#(#conditions)* #statement)
    });
    let statements = quote!(#(#statements)*);
    match pattern {
        _ if names.is_empty() => None,
        Some(pat) => look_inside(argument, pat, &statements),
        None => Some(statements),
    }
}

/// Writes `statements` with the variables of `pat` bound to references into the whole.
fn look_inside(argument: &Argument, pat: &Pat, statements: &TokenStream) -> Option<TokenStream> {
    let Argument { conditions, whole, .. } = argument;
    let mut pat = pat.clone();
    ByReference.visit_pat_mut(&mut pat);
    // The user may have excluded some variables of the pattern.
    let looking = || quote!(#(#conditions)* { #[allow(unused_variables)] let #pat = &#whole; #statements });
    (!argument.is_by_value).then(looking)
}

/// Makes a pattern fit a reference to the value that it fitted.
struct ByReference;

impl VisitMut for ByReference {
    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        (node.by_ref, node.mutability) = (None, None);
        visit_mut::visit_pat_ident_mut(self, node);
    }
}

/// Gives each argument whose pattern moves inside a name for the whole of it.
pub(crate) fn name_wholes(sig: &mut Signature, arguments: &[Argument]) {
    for (input, argument) in sig.inputs.iter_mut().zip(arguments) {
        if let (FnArg::Typed(typed), Some(_)) = (input, &argument.inside) {
            let ident = argument.whole.clone();
            *typed.pat = Pat::Ident(PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: None,
                ident,
                subpat: None,
            });
        }
    }
}

/// Writes the first statements of the closure or future that takes the arguments.
pub(crate) fn take(arguments: &[Argument]) -> TokenStream {
    let mentioned = mention_owners(arguments);
    let rebound = arguments.iter().filter_map(rebind);
    quote!(#mentioned #(#rebound)*)
}

fn mention_owners(arguments: &[Argument]) -> Option<TokenStream> {
    let owners: Vec<_> = arguments.iter().rev().flat_map(owners).collect();
    let allow = allow_use(owners.iter().map(|(_, owner)| *owner));
    match owners.as_slice() {
        [] => None,
        [(conditions, owner)] => Some(quote!(#(#conditions)* #allow let _ = &#owner;)),
        _ => {
            let mentions = owners.iter().map(|(conditions, owner)| quote!(#(#conditions)* &#owner));
            Some(quote!(#allow let _ = (#(#mentions),*);))
        }
    }
}

/// Returns the variables outside the closure that own an argument, the last one first.
fn owners(argument: &Argument) -> impl Iterator<Item = (&[Attribute], &Ident)> {
    let is_named = argument.is_dropped && argument.inside.is_none();
    argument.names.iter().rev().filter(move |_| is_named).map(|name| (&*argument.conditions, name))
}

/// Writes statements that bind inside a closure the variables that the argument binds outside.
fn rebind(argument: &Argument) -> Option<TokenStream> {
    let Argument { conditions, lints, whole, .. } = argument;
    let pat = argument.inside.as_ref()?;
    let allow = allow_use([whole]);
    let mutable = argument.is_changed.then(<Token![mut]>::default);
    let owned = argument.is_partial.then(|| quote!(#(#conditions)* let #mutable #whole = #whole;));
    let bind = || quote!(#(#conditions)* #(#lints)* #allow let #pat = #whole;);
    let bound = (!matches!(pat, Pat::Wild(_))).then(bind);
    Some(quote!(#owned #bound))
}

/// Allows the use of variables that the author marked as unused. Clippy does not count two
/// underscores as such a mark.
fn allow_use<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Option<TokenStream> {
    let is_unused = |name: &Ident| is_underscored(name) && !name.to_string().starts_with("__");
    names.into_iter().any(is_unused).then(|| quote!(#[allow(clippy::used_underscore_binding)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::arguments::read;
    use quote::ToTokens as _;

    fn taken(text: &str) -> (String, String) {
        let mut sig: Signature = syn::parse_str::<syn::ItemFn>(&format!("{text} {{}}")).unwrap().sig;
        let arguments = read(&sig);
        name_wholes(&mut sig, &arguments);
        (sig.inputs.to_token_stream().to_string(), take(&arguments).to_string())
    }

    #[test]
    fn droppable_arguments_are_mentioned_last_first() {
        assert_eq!(taken("fn f(self, a: A, mut b: B, c: &C, d: u8)").1, "let _ = (& b , & a , & self) ;");
        assert_eq!(taken("fn f(&self, (a, b): (A, B))").1, "let _ = (& b , & a) ;");
        assert_eq!(taken("fn f(&mut self, c: &C, d: u8)").1, "");
        assert_eq!(taken("fn f(_a: A)").1, "# [allow (clippy :: used_underscore_binding)] let _ = & _a ;");
        assert_eq!(taken("fn f(#[cfg(x)] a: A, b: B)").1, "let _ = (& b , # [cfg (x)] & a) ;");
    }

    #[test]
    fn a_partial_pattern_names_the_whole() {
        let (inputs, statements) = taken("fn f(self, mut a: A, _: B, (ref c, d): (C, D), _: u8)");
        assert_eq!(inputs, "self , a : A , __omegi_arg_2 : B , __omegi_arg_3 : (C , D) , _ : u8");
        assert_eq!(
            statements,
            "let _ = & self ; let mut a = a ; let __omegi_arg_2 = __omegi_arg_2 ; \
             let __omegi_arg_3 = __omegi_arg_3 ; let (ref c , d) = __omegi_arg_3 ;"
        );
    }

    #[test]
    fn a_moved_pattern_keeps_its_lints_and_mutability() {
        let (_, statements) = taken("fn f(#[allow(unused)] mut a: A, ref mut b: B, both!(c): C)");
        assert_eq!(
            statements,
            "# [allow (unused)] let mut a = a ; let mut __omegi_arg_1 = __omegi_arg_1 ; \
             let ref mut b = __omegi_arg_1 ; let __omegi_arg_2 = __omegi_arg_2 ; \
             let both ! (c) = __omegi_arg_2 ;"
        );
    }
}

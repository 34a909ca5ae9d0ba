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
use syn::{Attribute, FieldPat, FnArg, Pat, PatIdent, PatWild, Signature, Token};

use crate::expand::attributes;
use crate::plan::arguments::Argument;
use crate::plan::naming::starts_upper_case;

/// Writes `capture` statements for the variables of `argument` that are `wanted`.
pub(crate) fn capture(
    argument: &Argument,
    wanted: impl Fn(&Ident) -> bool,
    capture: impl Fn(&str, TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let Argument { conditions, whole, .. } = argument;
    let names: Vec<_> = argument.names.iter().filter(|name| wanted(name)).collect();
    let pattern = argument.inside.as_ref().filter(|_| names != [whole]);
    // A variable that a pattern binds in a reference is one itself.
    let reference = pattern.is_none().then(<Token![&]>::default);
    let statements = names.iter().map(|name| {
        let key = key(argument, name);
        let statement = capture(&key, quote!(#reference #name));
        quote!(#(#conditions)* #statement)
    });
    let statements = quote!(#(#statements)*);
    match pattern {
        _ if names.is_empty() => None,
        Some(pat) => look_inside(argument, pat, &names, &statements),
        None => Some(statements),
    }
}

/// Returns the attribute's name, with the names that the pattern hides: omegi-runtime masks the
/// value by them too, and removes them.
fn key(argument: &Argument, name: &Ident) -> String {
    // The prefix and the sign are `ARGUMENT_PREFIX` and `HIDDEN_NAME` of omegi-runtime, which this
    // crate does not depend on.
    let key = format!("omegi.arg.{}", name.unraw());
    argument.hidden_names(name).fold(key, |key, hidden| format!("{key}@{hidden}"))
}

/// Writes `statements` with the variables `names` of `pat` bound to references into the whole.
fn look_inside(
    argument: &Argument,
    pat: &Pat,
    names: &[&Ident],
    statements: &TokenStream,
) -> Option<TokenStream> {
    let Argument { conditions, whole, .. } = argument;
    let mut pat = pat.clone();
    ByReference { names }.visit_pat_mut(&mut pat);
    let looking = || quote!(#(#conditions)* { let #pat = &#whole; #statements });
    (!argument.is_by_value).then(looking)
}

/// Makes a pattern fit a reference to the value that it fitted, and bind only these names.
struct ByReference<'a> {
    names: &'a [&'a Ident],
}

impl VisitMut for ByReference<'_> {
    fn visit_pat_mut(&mut self, node: &mut Pat) {
        visit_mut::visit_pat_mut(self, node);
        if let Pat::Ident(PatIdent { ident, subpat, .. }) = node
            && !starts_upper_case(ident)
            && !self.names.contains(&&*ident)
        {
            *node = match subpat.take() {
                Some((_, inner)) => *inner,
                None => Pat::Wild(PatWild { attrs: Vec::new(), underscore_token: <Token![_]>::default() }),
            };
        }
    }

    fn visit_field_pat_mut(&mut self, node: &mut FieldPat) {
        visit_mut::visit_field_pat_mut(self, node);
        if !matches!(*node.pat, Pat::Ident(_)) {
            node.colon_token.get_or_insert_default();
        }
    }

    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        (node.by_ref, node.mutability) = (None, None);
        visit_mut::visit_pat_ident_mut(self, node);
    }
}

/// Gives each argument whose pattern moves inside a name for the whole of it. The warnings that its
/// author expects come from the pattern.
pub(crate) fn name_wholes(sig: &mut Signature, arguments: &[Argument]) {
    for (input, argument) in sig.inputs.iter_mut().zip(arguments) {
        if let (FnArg::Typed(typed), Some(_)) = (input, &argument.inside) {
            attributes::relax_expectations(&mut typed.attrs);
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
    let (mentioned, rebound) = (mention_owners(arguments), rebound(arguments));
    quote!(#mentioned #rebound)
}

/// Writes the statements that bind in the body the variables of the arguments that move there.
pub(crate) fn rebound(arguments: &[Argument]) -> TokenStream {
    arguments.iter().filter_map(rebind).collect()
}

fn mention_owners(arguments: &[Argument]) -> Option<TokenStream> {
    let owners: Vec<_> = arguments.iter().rev().flat_map(owners).collect();
    match owners.as_slice() {
        [] => None,
        [(conditions, owner)] => Some(quote!(#(#conditions)* let _ = &#owner;)),
        _ => {
            let mentions = owners.iter().map(|(conditions, owner)| quote!(#(#conditions)* &#owner));
            Some(quote!(let _ = (#(#mentions),*);))
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
    let mutable = argument.is_changed.then(<Token![mut]>::default);
    let owned = argument.is_partial.then(|| quote!(#(#conditions)* let #mutable #whole = #whole;));
    let bind = || quote!(#(#conditions)* #(#lints)* let #pat = #whole;);
    let bound = (!matches!(pat, Pat::Wild(_))).then(bind);
    Some(quote!(#owned #bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::arguments::read;
    use crate::plan::shape::BodyShape;
    use quote::ToTokens as _;
    use syn::ItemFn;

    fn woven(text: &str, body: &str, shape: BodyShape) -> (String, String) {
        let ItemFn { mut sig, block, .. } = syn::parse_str(&format!("{text} {{ {body} }}")).unwrap();
        let arguments = read(&sig, &block, shape, |name| name != "self");
        name_wholes(&mut sig, &arguments);
        let statements = if shape.takes_arguments() { take(&arguments) } else { rebound(&arguments) };
        (sig.inputs.to_token_stream().to_string(), statements.to_string())
    }

    /// Weaves a body in a closure that uses all arguments.
    fn taken(text: &str) -> (String, String) {
        woven(text, "m!(self _a a b c d)", BodyShape::Closure)
    }

    #[test]
    fn droppable_arguments_are_mentioned_last_first() {
        assert_eq!(taken("fn f(self, a: A, mut b: B, c: &C, d: u8)").1, "let _ = (& b , & a , & self) ;");
        assert_eq!(taken("fn f(&self, (a, b): (A, B))").1, "let _ = (& b , & a) ;");
        assert_eq!(taken("fn f(&mut self, c: &C, d: u8)").1, "");
        assert_eq!(taken("fn f(_a: A)").1, "let _ = & _a ;");
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
    #[test]
    fn an_argument_that_is_unused_moves() {
        for (text, inputs, statements) in [
            ("fn f(a: u8, mut b: u8, c: C)", "a : u8 , b : u8 , c : C", "let mut b = b ;"),
            (
                "fn f(#[expect(x)] b: B, c: C)",
                "# [allow (x)] b : B , c : C",
                "# [expect (x)] let b = b ; let c = c ;",
            ),
        ] {
            let found = woven(text, "m!(a c)", BodyShape::Guard);
            assert_eq!(found, (inputs.to_owned(), statements.to_owned()), "{text}");
        }
    }
}

//! Gives parentheses to expressions that a `macro_rules!` macro holds together without any.
//!
//! In `$a * $b` each operand is one expression. The compiler marks that by groups without
//! delimiters, and forgets them in the output of an attribute (rust-lang/rust#67062): `1 + 2` times
//! `3` would become 7. Each such group therefore gets parentheses, where it needs them, before any
//! rewriting.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprGroup, ExprParen, Item, Stmt, Type, TypeGroup, TypeParen, token};

/// Gives parentheses to the groups in `item`.
pub(crate) fn parenthesize(item: &mut Item) {
    Parentheses.visit_item_mut(item);
}

struct Parentheses;

impl VisitMut for Parentheses {
    // A statement needs no parentheses, and may end without a semicolon.
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        match node {
            Stmt::Expr(Expr::Group(group), _) => self.visit_expr_mut(&mut group.expr),
            stmt => visit_mut::visit_stmt_mut(self, stmt),
        }
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        visit_mut::visit_expr_mut(self, node);
        let Expr::Group(ExprGroup { attrs, group_token, expr }) = node else { return };
        if !holds_together(expr) {
            let (attrs, paren_token) = (std::mem::take(attrs), paren(*group_token));
            let expr = Box::new(std::mem::replace(&mut **expr, Expr::PLACEHOLDER));
            *node = Expr::Paren(ExprParen { attrs, paren_token, expr });
        }
    }

    fn visit_type_mut(&mut self, node: &mut Type) {
        visit_mut::visit_type_mut(self, node);
        let Type::Group(TypeGroup { attrs, group_token, elem }) = node else { return };
        if is_sum(elem) {
            let (attrs, paren_token) = (std::mem::take(attrs), paren(*group_token));
            *node = Type::Paren(TypeParen { attrs, paren_token, elem: elem.clone() });
        }
    }
}

/// Returns whether an expression stays one between any neighbours.
fn holds_together(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Array(_)
            | Expr::Await(_)
            | Expr::Call(_)
            | Expr::Field(_)
            | Expr::Group(_)
            | Expr::Index(_)
            | Expr::Lit(_)
            | Expr::Macro(_)
            | Expr::MethodCall(_)
            | Expr::Paren(_)
            | Expr::Path(_)
            | Expr::Repeat(_)
            | Expr::Try(_)
            | Expr::Tuple(_)
            | Expr::Verbatim(_)
    )
}

/// Returns whether a type is `A + B`: `&A + B` is not a reference to it.
fn is_sum(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(ty) => ty.bounds.len() > 1,
        Type::ImplTrait(ty) => ty.bounds.len() > 1,
        _ => false,
    }
}

/// Returns parentheses of our hygiene: the compiler does not call them superfluous.
fn paren(group: token::Group) -> token::Paren {
    token::Paren(Span::mixed_site().located_at(group.span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::{ToTokens as _, quote};

    /// Returns the group that a macro makes of one of its arguments.
    fn argument(text: &str) -> TokenTree {
        Group::new(Delimiter::None, text.parse().unwrap()).into()
    }

    fn parenthesized(tokens: TokenStream) -> String {
        let mut item = syn::parse2(tokens).unwrap();
        parenthesize(&mut item);
        item.into_token_stream().to_string()
    }

    #[test]
    fn operands_get_parentheses_where_needed() {
        for (text, expected) in [
            ("1 + 2", "(1 + 2) * 3"),
            ("- 1", "(- 1) * 3"),
            ("x as u8", "(x as u8) * 3"),
            ("match x { }", "(match x { }) * 3"),
            ("f (1 + 2)", "f (1 + 2) * 3"),
            ("a . b", "a . b * 3"),
        ] {
            let argument = argument(text);
            let found = parenthesized(quote!(fn f() { #argument; g(#argument * 3); #argument }));
            assert_eq!(found, format!("fn f () {{ {text} ; g ({expected}) ; {text} }}"));
        }
    }

    #[test]
    fn sums_of_traits_get_parentheses() {
        let (sum, simple) = (argument("dyn A + B"), argument("dyn A"));
        assert_eq!(
            parenthesized(quote!(fn f(_: &#sum, _: &#simple) { g() })),
            "fn f (_ : & (dyn A + B) , _ : & dyn A) { g () }"
        );
    }
}

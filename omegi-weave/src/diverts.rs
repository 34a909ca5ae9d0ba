//! Sees what a `?` leaves an asynchronous function with, where the body stays the function's own.
//!
//! ```text
//! X?
//!
//! match ::omegi::private::divert(X) {
//!     ::core::ops::ControlFlow::Continue(__omegi_value) => __omegi_value,
//!     ::core::ops::ControlFlow::Break(__omegi_stop) => return SHOWN(
//!         ::omegi::private::run(move || -> Ret { match __omegi_stop? {} })
//!     ),
//! }
//! ```
//!
//! `divert` says of the operand what `?` would, and notes its caller's location as `mark` does. The `?` inside, on
//! an operand that is nothing but a failure, converts it to what the function returns: that is what is shown, with the text
//! that it then has.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprConst, ExprTry, ExprTryBlock, Item, Stmt, Type};

use crate::desugar::{self, Operator};
use crate::marks;
use crate::private::Private;

/// Rewrites every `?` by which the function is left whose body this is. What it returns is of type `output`; `show`
/// writes how a returned value is shown.
pub(crate) fn in_place(
    body: &mut Block,
    output: &Type,
    private: &Private,
    show: &dyn Fn(TokenStream) -> TokenStream,
) {
    Diverts { output, private, show }.visit_block_mut(body);
}

struct Diverts<'a> {
    output: &'a Type,
    private: &'a Private,
    show: &'a dyn Fn(TokenStream) -> TokenStream,
}

impl Diverts<'_> {
    fn diverted(&self, operator: Operator) -> Expr {
        let (place, private, output) = (operator.place, self.private.at(operator.place), self.output);
        let at = Span::mixed_site().located_at(place);
        // As if the author had written it, or the compiler's words about the conversion would be about a macro.
        let stop = quote_spanned!(place=> __omegi_stop);
        let failed = quote_spanned!(place=> #stop?);
        let run = quote_spanned!(at=> #private::run(move || -> #output { match #failed {} }));
        let shown = (self.show)(run);
        operator.matched(
            Some(quote_spanned!(place=> #private::divert)),
            vec![
                (
                    quote_spanned!(at=> ::core::ops::ControlFlow::Continue(__omegi_value)),
                    quote_spanned!(at=> __omegi_value),
                ),
                (
                    quote_spanned!(at=> ::core::ops::ControlFlow::Break(#stop)),
                    quote_spanned!(at=> return #shown),
                ),
            ],
        )
    }
}

impl VisitMut for Diverts<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        desugar::visit_statement(node, |node| visit_mut::visit_stmt_mut(self, node));
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        desugar::ungroup(node);
        visit_mut::visit_expr_mut(self, node);
        if let Expr::Try(ExprTry { attrs, expr, question_token }) = node
            && let Some(operand) = marks::operand(expr)
        {
            let (attrs, place) = (std::mem::take(attrs), question_token.span);
            *node = self.diverted(Operator { attrs, operand, place });
        }
    }

    // What follows has its own `?`, which do not leave this function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::{ToTokens as _, quote};
    use syn::parse_str;

    fn rewritten(text: &str) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        let output = parse_str("R").unwrap();
        in_place(&mut body, &output, &Private::new(None), &|value| quote!(s(#value)));
        body.to_token_stream()
            .to_string()
            .replace(":: omegi :: private :: ", "")
            .replace(":: core :: ops :: ", "")
    }

    #[test]
    fn the_functions_own_show_what_they_return() {
        let continues = "ControlFlow :: Continue (__omegi_value) => __omegi_value ,";
        let breaks = "ControlFlow :: Break (__omegi_stop) => \
                      return s (run (move || -> R { match __omegi_stop ? { } })) ,";
        assert_eq!(rewritten("a?"), format!("{{ match divert (a) {{ {continues} {breaks} }} }}"));
        assert_eq!(rewritten("(a as B)?.c(d?)").matches("divert").count(), 2);
    }

    #[test]
    fn those_of_others_are_left() {
        for text in ["| | a ?", "async { a ? }", "fn f () { a ? }", "m ! (a ?)", "try { a ? }"] {
            assert_eq!(rewritten(text), format!("{{ {text} }}"), "{text}");
        }
    }
}

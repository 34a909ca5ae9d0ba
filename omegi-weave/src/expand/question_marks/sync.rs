//! Marks every `?` by which a function is left, so that an error's path has the line of each. The
//! runtime's half is `recording/probe/question_mark.rs`.
//!
//! ```text
//! fs::read(path)?        becomes        (::omegi::private::mark(fs::read(path)))?
//! ```
//!
//! `mark` returns its argument, and notes its caller's location if that is an error. Its tokens
//! have the span of the `?`, so the location is that of the `?`. The parentheses begin at the
//! operand. A larger expression around the `?` begins there as well: in `a()? + 1`, a panic at the
//! `+` is one at the `a`.
//!
//! A synchronous body that stays in place marks a `?` with the span, which fails, and with its own
//! location: `mark_and_fail(fs::read(path), &mut __omegi_span, const { here() })`. An asynchronous
//! body that stays in place is for `in_async`; one that moves into a future of its own is marked
//! like a synchronous one.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprParen, ExprTry, ExprTryBlock, Item, token,
};

use crate::plan::exits;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::woven::SPAN;

/// Marks every `?` that leaves the function whose body this is.
pub(crate) fn mark(body: &mut Block, private: &RuntimePath) {
    QuestionMarker { private, fails: false }.visit_block_mut(body);
}

/// Does the same, and marks the function's span as failed.
pub(crate) fn mark_and_fail(body: &mut Block, private: &RuntimePath) {
    QuestionMarker { private, fails: true }.visit_block_mut(body);
}

struct QuestionMarker<'a> {
    private: &'a RuntimePath,
    fails: bool,
}

impl QuestionMarker<'_> {
    // Input:
    //     OPERAND
    //
    // Output:
    //     ::omegi::private::mark(OPERAND)
    //     ::omegi::private::mark_and_fail(OPERAND, &mut __omegi_span, const { HERE })
    fn marked(&self, operand: Expr, span: Span) -> Expr {
        let name = if self.fails { "mark_and_fail" } else { "mark" };
        let func = Box::new(self.private.function(name, span));
        let mut args = Punctuated::from_iter([operand]);
        if self.fails {
            let (guard, here) = (hygienic(SPAN), self.private.function("here", span));
            args.push(Expr::Verbatim(quote_spanned!(span=> &mut #guard)));
            args.push(Expr::Verbatim(quote_spanned!(span=> const { #here() })));
        }
        Expr::Call(ExprCall { attrs: Vec::new(), func, paren_token: token::Paren(span), args })
    }
}

impl VisitMut for QuestionMarker<'_> {
    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, node);
        if let Some(operand) = exits::operand(&mut node.expr) {
            let (span, begin) = (node.question_token.span, operand.span());
            let (expr, paren_token) = (Box::new(self.marked(operand, span)), token::Paren(begin));
            *node.expr = Expr::Paren(ExprParen { attrs: Vec::new(), paren_token, expr });
        }
    }

    // The following have their own `?`, which do not leave this function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse_str;

    fn marked(text: &str) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        mark(&mut body, &RuntimePath::new(None));
        body.to_token_stream().to_string().replace(":: omegi :: private :: ", "")
    }

    #[test]
    fn question_marks_of_the_function_are_marked() {
        for (text, expected) in [
            ("a()?", "{ (mark (a ())) ? }"),
            ("a()?.b()?;", "{ (mark ((mark (a ())) ? . b ())) ? ; }"),
            ("if let Some(x) = a? { b?; }", "{ if let Some (x) = (mark (a)) ? { (mark (b)) ? ; } }"),
            ("(a as B)?", "{ (mark (a as B)) ? }"),
            ("a.await?", "{ (mark (a . await)) ? }"),
        ] {
            assert_eq!(marked(text), expected);
        }
    }

    #[test]
    fn question_marks_of_closures_and_blocks_are_not() {
        for text in ["| | a ?", "async { a ? }", "fn f () { a ? }", "m ! (a ?)", "{ a } ?", "({ a }) ?"] {
            assert_eq!(marked(text), format!("{{ {text} }}"), "{text}");
        }
    }
}

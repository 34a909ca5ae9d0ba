//! Marks every `?` by which a function is left, so that an error's path has the line of each. The
//! runtime's half is `recording/probe/question_mark.rs`.
//!
//! ```text
//! fs::read(path)?        becomes        (::omegi::private::mark(fs::read(path), OPERAND))?
//! ```
//!
//! `mark` returns its argument, and notes its caller's location if that is an error. `OPERAND`
//! describes the error (see `operands`). The tokens
//! have the span of the `?`, so the location is that of the `?`. The parentheses begin at the
//! operand. A larger expression around the `?` begins there as well: in `a()? + 1`, a panic at the
//! `+` is one at the `a`.
//!
//! A synchronous body that stays in place marks a `?` with the span, which fails, and with its own
//! location: `mark_and_fail(fs::read(path), OPERAND, &mut __omegi_span, const { here() })`. An
//! asynchronous body that stays in place is for `in_async`; one that moves into a future of its own
//! is marked like a synchronous one.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprParen, ExprTry, ExprTryBlock, Item, Stmt,
    Token, token,
};

use crate::expand::question_marks::operands::Operands;
use crate::plan::exits;
use crate::plan::function::FunctionPlan;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::woven::SPAN;

/// Marks every `?` that leaves the function whose body this is.
pub(crate) fn mark(body: &mut Block, plan: &FunctionPlan, operands: Operands) -> Operands {
    let mode = if plan.has_span() { MarkMode::Mark } else { MarkMode::Unrecorded };
    let mut marker = QuestionMarker { private: &plan.runtime, mode, operands };
    marker.visit_block_mut(body);
    marker.operands
}

/// Does the same, and marks the function's span as failed.
pub(crate) fn mark_and_fail(body: &mut Block, private: &RuntimePath, operands: Operands) -> Operands {
    let mut marker = QuestionMarker { private, mode: MarkMode::MarkAndFail, operands };
    marker.visit_block_mut(body);
    marker.operands
}

/// Marks every `?` by which a function returns `None`.
pub(crate) fn mark_none(body: &mut Block, private: &RuntimePath) {
    let mode = MarkMode::None;
    QuestionMarker { private, mode, operands: Operands::new(false) }.visit_block_mut(body);
}

/// The function that a `?` is marked by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarkMode {
    Mark,
    /// In a call without a span.
    Unrecorded,
    MarkAndFail,
    None,
}

impl MarkMode {
    const fn function(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Unrecorded => "mark_in",
            Self::MarkAndFail => "mark_and_fail",
            Self::None => "mark_none",
        }
    }
}

struct QuestionMarker<'a> {
    private: &'a RuntimePath,
    mode: MarkMode,
    operands: Operands,
}

impl QuestionMarker<'_> {
    // Input:
    //     OPERAND
    //
    // Output:
    //     ::omegi::private::mark(OPERAND, __omegi_operand_0)
    //     ::omegi::private::mark_in(OPERAND, __omegi_operand_0, SPAN)
    //     ::omegi::private::mark_and_fail(OPERAND, __omegi_operand_0, &mut SPAN, const { HERE })
    //     ::omegi::private::mark_none(OPERAND, &mut SPAN, const { HERE })
    fn marked(&mut self, operand: Expr, span: Span) -> Expr {
        let func = Box::new(self.private.function(self.mode.function(), span));
        let mut args = Punctuated::<Expr, Token![,]>::new();
        let described = (self.mode != MarkMode::None)
            .then(|| Expr::Verbatim(self.operands.argument(&operand, self.private, span)));
        args.push(operand);
        args.extend(described);
        if self.mode == MarkMode::Unrecorded {
            let call = hygienic(SPAN);
            args.push(Expr::Verbatim(quote_spanned!(span=> #call)));
        }
        if matches!(self.mode, MarkMode::MarkAndFail | MarkMode::None) {
            let (guard, here) = (hygienic(SPAN), self.private.function("here", span));
            args.push(Expr::Verbatim(quote_spanned!(span=> &mut #guard)));
            args.push(Expr::Verbatim(quote_spanned!(span=> const { #here() })));
        }
        Expr::Call(ExprCall { attrs: Vec::new(), func, paren_token: token::Paren(span), args })
    }
}

impl VisitMut for QuestionMarker<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        Operands::within(self, |marker| &mut marker.operands, node, visit_mut::visit_stmt_mut);
    }

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

    fn marked(text: &str, mode: MarkMode) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        let (private, operands) = (RuntimePath::new(None), Operands::new(true));
        QuestionMarker { private: &private, mode, operands }.visit_block_mut(&mut body);
        let text = body.to_token_stream().to_string();
        text.replace(":: omegi :: private :: ", "").replace("__omegi_operand_", "o")
    }

    #[test]
    fn question_marks_of_the_function_are_marked() {
        for (text, expected) in [
            ("a()?", "{ (mark (a () , o0)) ? }"),
            ("a()?.b()?;", "{ (mark ((mark (a () , o0)) ? . b () , o1)) ? ; }"),
            (
                "if let Some(x) = a? { b?; }",
                "{ if let Some (x) = (mark (a , o0)) ? { (mark (b , o1)) ? ; } }",
            ),
            ("(a as B)?", "{ (mark (a as B , o0)) ? }"),
            ("a.await?", "{ (mark (a . await , o0)) ? }"),
            ("#[cfg(x)] a?; b?;", "{ # [cfg (x)] (mark (a , unread ())) ? ; (mark (b , o0)) ? ; }"),
            (
                "match a { #[cfg(x)] b => c?, d => e }",
                "{ match a { # [cfg (x)] b => (mark (c , unread ())) ? , d => e } }",
            ),
            ("Err(todo!())?", "{ (mark (Err (todo ! ()) , unread ())) ? }"),
        ] {
            assert_eq!(marked(text, MarkMode::Mark), expected);
        }
        assert_eq!(marked("a?", MarkMode::Unrecorded), "{ (mark_in (a , o0 , __omegi_span)) ? }");
    }

    #[test]
    fn question_marks_of_closures_and_blocks_are_not() {
        for text in ["| | a ?", "async { a ? }", "fn f () { a ? }", "m ! (a ?)", "{ a } ?", "({ a }) ?"] {
            assert_eq!(marked(text, MarkMode::Mark), format!("{{ {text} }}"), "{text}");
        }
    }
}

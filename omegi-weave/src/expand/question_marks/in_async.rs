//! Rewrites each `?` of an asynchronous function that is woven in place, so that the recorder
//! sees the returned value. The runtime's half is `recording/probe/question_mark.rs`.
//!
//! ```text
//! X?
//!
//! match ::omegi::private::divert(X, OPERAND) {
//!     ::core::ops::ControlFlow::Continue(__omegi_value) => __omegi_value,
//!     ::core::ops::ControlFlow::Break(__omegi_stop) => return SHOWN(
//!         ::omegi::private::run(move || -> Ret { match __omegi_stop? {} })
//!     ),
//! }
//! ```
//!
//! `SHOWN(R)` is `::omegi::private::show::<Ret>(R, LOOK)`: it returns `R` after `LOOK`, the test
//! for an error, has seen it (see `function`). `divert` branches on the operand as `?` does, and
//! notes its caller's location and describes its error as `mark` does. The inner `?`, on an operand
//! that can only be a failure, converts it to the function's type. So the error is shown after its
//! conversion.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprConst, ExprTry, ExprTryBlock, Item, Stmt, Type};

use crate::expand::operator::{self, PostfixOperator};
use crate::expand::question_marks::operands::Operands;
use crate::plan::exits;
use crate::plan::function::FunctionPlan;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::woven::SPAN;

/// Rewrites every `?` by which the function with this body is left. The function returns `output`;
/// `show` writes the code that shows a returned value. Returns the operands.
pub(crate) fn rewrite(
    plan: &FunctionPlan,
    body: &mut Block,
    output: &Type,
    show: &dyn Fn(TokenStream) -> TokenStream,
    operands: Operands,
) -> Operands {
    let mut rewriter =
        QuestionMarkRewriter { output, private: &plan.runtime, has_span: plan.has_span(), show, operands };
    rewriter.visit_block_mut(body);
    rewriter.operands
}

struct QuestionMarkRewriter<'a> {
    output: &'a Type,
    private: &'a RuntimePath,
    /// True if calls of the function have spans.
    has_span: bool,
    show: &'a dyn Fn(TokenStream) -> TokenStream,
    operands: Operands,
}

impl QuestionMarkRewriter<'_> {
    fn diverted(&mut self, operator: PostfixOperator) -> Expr {
        let described = self.operands.argument(&operator.operand, self.private, operator.place);
        let (place, private, output) = (operator.place, self.private.at(operator.place), self.output);
        let (divert, arguments) = if self.has_span {
            (quote_spanned!(place=> #private::divert), described)
        } else {
            let call = hygienic(SPAN);
            (quote_spanned!(place=> #private::divert_in), quote_spanned!(place=> #described, #call))
        };
        let at = Span::mixed_site().located_at(place);
        // At the author's place the compiler's messages about the conversion name the author's
        // code, not a macro.
        let stop = quote_spanned!(place=> __omegi_stop);
        let failed = quote_spanned!(place=> #stop?);
        let run = quote_spanned!(at=> #private::run(move || -> #output { match #failed {} }));
        let shown = (self.show)(run);
        operator.matched(
            Some((divert, arguments)),
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

impl VisitMut for QuestionMarkRewriter<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        Operands::within(self, |rewriter| &mut rewriter.operands, node, visit_mut::visit_stmt_mut);
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        operator::ungroup(node);
        visit_mut::visit_expr_mut(self, node);
        if let Expr::Try(ExprTry { attrs, expr, question_token }) = node
            && let Some(operand) = exits::operand(expr)
        {
            let (attrs, place) = (std::mem::take(attrs), question_token.span);
            *node = self.diverted(PostfixOperator { attrs, operand, place });
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
    use quote::{ToTokens as _, quote};
    use syn::parse_str;

    fn rewritten(text: &str, has_span: bool) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        let output = parse_str("R").unwrap();
        let operands = Operands::new(true);
        let (private, show) = (RuntimePath::new(None), |value| quote!(s(#value)));
        QuestionMarkRewriter { output: &output, private: &private, has_span, show: &show, operands }
            .visit_block_mut(&mut body);
        body.to_token_stream()
            .to_string()
            .replace(":: omegi :: private :: ", "")
            .replace(":: core :: ops :: ", "")
            .replace("__omegi_operand_", "o")
    }

    #[test]
    fn question_marks_of_the_function_are_rewritten() {
        let continues = "ControlFlow :: Continue (__omegi_value) => __omegi_value ,";
        let breaks = "ControlFlow :: Break (__omegi_stop) => \
                      return s (run (move || -> R { match __omegi_stop ? { } })) ,";
        assert_eq!(rewritten("a?", true), format!("{{ match divert (a , o0) {{ {continues} {breaks} }} }}"));
        assert_eq!(rewritten("(a as B)?.c(d?)", true).matches("divert").count(), 2);
        assert!(rewritten("a?", false).contains("divert_in (a , o0 , __omegi_span)"));
    }

    #[test]
    fn question_marks_of_closures_and_blocks_are_not() {
        for text in ["| | a ?", "async { a ? }", "fn f () { a ? }", "m ! (a ?)", "try { a ? }"] {
            assert_eq!(rewritten(text, true), format!("{{ {text} }}"), "{text}");
        }
    }
}

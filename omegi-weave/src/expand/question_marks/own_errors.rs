//! Notes the line of each exit by an error that the function makes itself.
//!
//! ```text
//! return Err(x);        becomes        ::omegi::private::fails_here(); return Err(x);
//! ```
//!
//! The same holds for `Err(x)` at the end of the body or of a branch there, and for `bail!(x)`. The
//! call has the place of the `Err`. It stands before the value, in a statement of its own, so that
//! the value keeps its type, its place and its temporaries.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprBlock, ExprClosure, ExprConst, ExprTryBlock, Item, Stmt, token};

use crate::plan::function::FunctionPlan;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::shape::BodyShape;
use crate::plan::woven::SPAN;
use crate::plan::{exits, macros};

/// Notes the lines of a body's own errors. `None` is one if `none_fails`. In a `#[track_caller]`
/// function the place of a call is that of the function's caller, unless the call `is_constant`.
pub(crate) fn note(body: &mut Block, plan: &FunctionPlan, none_fails: bool) {
    let is_constant = plan.shape == BodyShape::Returns;
    note_as(body, &ErrorNote { private: &plan.runtime, is_constant, has_span: plan.has_span() }, none_fails);
}

fn note_as(body: &mut Block, note: &ErrorNote<'_>, none_fails: bool) {
    let mut noter = ErrorNoter { note, none_fails };
    noter.visit_block_mut(body);
    noter.note_end(body);
}

struct ErrorNoter<'a> {
    note: &'a ErrorNote<'a>,
    none_fails: bool,
}

/// The form of a note.
struct ErrorNote<'a> {
    private: &'a RuntimePath,
    is_constant: bool,
    has_span: bool,
}

impl ErrorNote<'_> {
    // Output:
    //     ::omegi::private::fails_here();
    //     ::omegi::private::note(const { ::omegi::private::here() });
    //     ::omegi::private::UnrecordedCall::fails_here(SPAN);
    //     ::omegi::private::UnrecordedCall::note(SPAN, const { ::omegi::private::here() });
    fn at(&self, place: Span) -> TokenStream {
        let private = self.private.at(place);
        let (call, here) = (hygienic(SPAN), quote_spanned!(place=> const { #private::here() }));
        match (self.has_span, self.is_constant) {
            (true, false) => quote_spanned!(place=> #private::fails_here();),
            (true, true) => quote_spanned!(place=> #private::note(#here);),
            (false, false) => quote_spanned!(place=> #private::UnrecordedCall::fails_here(#call);),
            (false, true) => quote_spanned!(place=> #private::UnrecordedCall::note(#call, #here);),
        }
    }
}

impl ErrorNoter<'_> {
    /// Returns the place of the error by which `value` certainly leaves the function. A value with
    /// attributes may have a condition.
    fn failing(&self, value: &Expr) -> Option<Span> {
        let fails = exits::is_error(value) || (self.none_fails && exits::is_none(value));
        (fails && !exits::begins_with_attribute(value)).then(|| value.span())
    }

    /// Returns the same for an expression that leaves the function by itself.
    fn leaving(&self, value: &Expr) -> Option<Span> {
        match value {
            Expr::Macro(node) => (macros::bails(&node.mac) && node.attrs.is_empty()).then(|| node.span()),
            Expr::Return(node) if node.attrs.is_empty() => {
                node.expr.as_deref().and_then(|value| self.failing(value))
            }
            _ => None,
        }
    }

    fn statement(&self, place: Span) -> Stmt {
        Stmt::Expr(Expr::Verbatim(self.note.at(place)), None)
    }

    fn note_end(&self, block: &mut Block) {
        let Some(Stmt::Expr(tail, None)) = block.stmts.last_mut() else { return };
        match self.failing(tail) {
            Some(place) => block.stmts.insert(block.stmts.len() - 1, self.statement(place)),
            None => self.note_branches(tail),
        }
    }

    fn note_branches(&self, tail: &mut Expr) {
        match tail {
            Expr::If(tail) => {
                self.note_end(&mut tail.then_branch);
                tail.else_branch.iter_mut().for_each(|(_, branch)| self.note_branches(branch));
            }
            Expr::Match(tail) => tail.arms.iter_mut().for_each(|arm| self.note_arm(&mut arm.body)),
            Expr::Block(tail) if tail.label.is_none() => self.note_end(&mut tail.block),
            Expr::Unsafe(tail) => self.note_end(&mut tail.block),
            _ => {}
        }
    }

    fn note_arm(&self, value: &mut Expr) {
        match self.failing(value) {
            Some(place) => self.enclose(value, place),
            None => self.note_branches(value),
        }
    }

    /// Puts `value` into a block that notes the place first.
    fn enclose(&self, value: &mut Expr, place: Span) {
        let (noted, inner) = (self.note.at(place), std::mem::replace(value, Expr::PLACEHOLDER));
        let stmts = vec![Stmt::Expr(Expr::Verbatim(noted), None), Stmt::Expr(inner, None)];
        let block = Block { brace_token: token::Brace(Span::mixed_site().located_at(place)), stmts };
        *value = Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block });
    }
}

impl VisitMut for ErrorNoter<'_> {
    fn visit_block_mut(&mut self, node: &mut Block) {
        let mut stmts = Vec::with_capacity(node.stmts.len());
        for mut stmt in std::mem::take(&mut node.stmts) {
            let place = match &mut stmt {
                Stmt::Expr(value @ Expr::Return(_), _) => {
                    // Its value is visited, but it needs no block.
                    visit_mut::visit_expr_mut(self, value);
                    self.leaving(value)
                }
                Stmt::Macro(node) => (macros::bails(&node.mac) && node.attrs.is_empty()).then(|| node.span()),
                stmt => {
                    self.visit_stmt_mut(stmt);
                    None
                }
            };
            stmts.extend(place.map(|place| self.statement(place)));
            stmts.push(stmt);
        }
        node.stmts = stmts;
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        visit_mut::visit_expr_mut(self, node);
        if let Some(place) = self.leaving(node) {
            self.enclose(node, place);
        }
    }

    // The following have their own exits.
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

    fn noted(text: &str, none_fails: bool) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        let note = ErrorNote { private: &RuntimePath::new(None), is_constant: false, has_span: true };
        note_as(&mut body, &note, none_fails);
        let text = body.to_token_stream().to_string();
        text.replace(":: omegi :: private :: fails_here () ;", "!")
    }

    #[test]
    fn errors_of_the_function_are_noted() {
        for (text, expected) in [
            ("Err (a)", "{ ! Err (a) }"),
            ("return Result :: Err (a) ;", "{ ! return Result :: Err (a) ; }"),
            ("if a { return Err (b) ; } Ok (c)", "{ if a { ! return Err (b) ; } Ok (c) }"),
            (
                "if a { Err (b) } else if c { Ok (d) } else { Err (e) }",
                "{ if a { ! Err (b) } else if c { Ok (d) } else { ! Err (e) } }",
            ),
            (
                "match a { b => Err (c) , d => return Err (e) , f => g , }",
                "{ match a { b => { ! Err (c) } , d => { ! return Err (e) } , f => g , } }",
            ),
            (
                "let Some (a) = b else { return Err (c) ; } ; d",
                "{ let Some (a) = b else { ! return Err (c) ; } ; d }",
            ),
            ("a || return Err (b) ; c", "{ a || { ! return Err (b) } ; c }"),
            ("anyhow :: bail ! (a) ;", "{ ! anyhow :: bail ! (a) ; }"),
            ("let a = match b { c => bail ! (d) , } ;", "{ let a = match b { c => { ! bail ! (d) } , } ; }"),
            ("unsafe { Err (a) }", "{ unsafe { ! Err (a) } }"),
        ] {
            assert_eq!(noted(text, false), expected, "{text}");
        }
    }

    #[test]
    fn others_are_not() {
        for text in [
            "let a = Err (b) ; a",
            "| | return Err (a) ; Ok (b)",
            "async { return Err (a) } ; Ok (b)",
            "m ! (Err (a))",
            "None",
            "return Ok (a) ;",
            "# [cfg (a)] return Err (b) ; # [cfg (c)] bail ! (d) ; e",
        ] {
            assert_eq!(noted(text, false), format!("{{ {text} }}"), "{text}");
        }
    }

    #[test]
    fn none_is_noted_on_request() {
        assert_eq!(noted("match a { b => return None , c => None }", true).matches('!').count(), 2);
    }
}

//! Finds the exits of a body: each `?`, and each visible value that leaves the function.
//!
//! The tokens of a macro are opaque: a value that a macro returns is invisible.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprAsync, ExprAwait, ExprBreak, ExprCall, ExprClosure, ExprConst,
    ExprMethodCall, ExprPath, ExprReturn, ExprTry, Item, Stmt, StmtMacro,
};

use crate::parse::attributes;
use crate::plan::{macros, naming};

/// Visits every visible value that leaves the function with this body.
pub(crate) fn each_value(body: &mut Block, visit: &mut dyn FnMut(&mut Expr, ValuePosition<'_>)) {
    ReturnVisitor { visit }.visit_block_mut(body);
    at_end(body, &mut |end| {
        if let BodyEnd::Value(value, position) = end {
            visit(value, position);
        }
    });
}

/// The position of a value that leaves the function.
pub(crate) enum ValuePosition<'a> {
    /// Behind `return`.
    Return,
    /// At the end of a block.
    Tail,
    /// At the end of an arm of a `match`, which has these attributes.
    Arm(&'a mut Vec<Attribute>),
}

impl ValuePosition<'_> {
    /// Adds an attribute to the value, which has `attrs`, or to the code around it, where Rust
    /// allows one.
    pub(crate) fn allow(self, attrs: &mut Vec<Attribute>, allowance: Attribute) {
        match self {
            Self::Return => {}
            Self::Tail => attrs.push(allowance),
            Self::Arm(arm) => arm.push(allowance),
        }
    }
}

/// Returns whether a value comes from a call that may never return.
pub(crate) fn may_never_return(value: &Expr) -> bool {
    match value {
        Expr::Call(call) => !naming::is_constructor(&call.func),
        value => matches!(value, Expr::MethodCall(_) | Expr::Await(_)),
    }
}

/// Returns whether a value is `Err(…)`, whatever the path before the name.
pub(crate) fn is_error(value: &Expr) -> bool {
    matches!(value, Expr::Call(call) if is_named(&call.func, "Err"))
}

/// Returns whether a value is `Some(…)`.
pub(crate) fn is_some(value: &Expr) -> bool {
    matches!(value, Expr::Call(call) if is_named(&call.func, "Some"))
}

/// Returns whether a value is `None`.
pub(crate) fn is_none(value: &Expr) -> bool {
    is_named(value, "None")
}

fn is_named(value: &Expr, name: &str) -> bool {
    let Expr::Path(path) = value else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == name)
}

/// Returns whether code can stand behind the end of a body, or around it.
pub(crate) fn is_enclosable(body: &mut Block) -> bool {
    let Some(last) = body.stmts.last_mut() else { return true };
    !is_conditional(last) && !matches!(last, Stmt::Macro(StmtMacro { semi_token: None, .. }))
}

/// The value at the end of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndValue {
    /// There is none: every branch leaves in another way.
    Never,
    /// There is one, unless a call or a macro never returns.
    Perhaps,
    /// There is one.
    Certain,
}

/// Returns whether a body has a value at its end.
pub(crate) fn end_value(body: &mut Block) -> EndValue {
    let mut found = EndValue::Never;
    at_end(body, &mut |end| {
        found = match (found, end) {
            (EndValue::Certain, _) => EndValue::Certain,
            (_, BodyEnd::Value(value, _)) if !may_never_return(value) => EndValue::Certain,
            _ => EndValue::Perhaps,
        };
    });
    found
}

/// Returns whether the body may end with an invisible value.
pub(crate) fn hides_an_end(body: &mut Block) -> bool {
    let mut found = false;
    at_end(body, &mut |end| found |= matches!(end, BodyEnd::Hidden));
    found
}

/// The end of a body that does not leave by `return`, `break` or `continue`.
enum BodyEnd<'a> {
    /// A value.
    Value(&'a mut Expr, ValuePosition<'a>),
    /// Code that may have a value in an unknown place.
    Hidden,
}

fn at_end(block: &mut Block, visit: &mut dyn FnMut(BodyEnd<'_>)) {
    let Some(last) = block.stmts.last_mut() else { return };
    if is_conditional(last) {
        return visit(BodyEnd::Hidden);
    }
    match last {
        Stmt::Expr(tail, None) => each_branch(tail, ValuePosition::Tail, visit),
        Stmt::Macro(StmtMacro { semi_token: None, .. }) => visit(BodyEnd::Hidden),
        _ => {}
    }
}

/// Visits each branch of `tail` by itself: the compiler must not call one unreachable because
/// another never ends.
fn each_branch(tail: &mut Expr, position: ValuePosition<'_>, visit: &mut dyn FnMut(BodyEnd<'_>)) {
    match tail {
        Expr::If(tail) => {
            at_end(&mut tail.then_branch, visit);
            tail.else_branch
                .iter_mut()
                .for_each(|(_, branch)| each_branch(branch, ValuePosition::Tail, visit));
        }
        Expr::Match(tail) => {
            tail.arms
                .iter_mut()
                .for_each(|arm| each_branch(&mut arm.body, ValuePosition::Arm(&mut arm.attrs), visit));
        }
        Expr::Block(tail) if tail.label.is_none() => at_end(&mut tail.block, visit),
        Expr::Unsafe(tail) => at_end(&mut tail.block, visit),
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::While(_) | Expr::ForLoop(_) => {}
        // A loop may have no end, and a macro may make statements.
        Expr::Loop(tail) => {
            if breaks_with_value(&mut tail.body) {
                visit(BodyEnd::Hidden);
            }
        }
        Expr::Macro(tail) if macros::is_endless(&tail.mac) => {}
        Expr::Macro(_) | Expr::Verbatim(_) => visit(BodyEnd::Hidden),
        value => visit(BodyEnd::Value(value, position)),
    }
}

fn breaks_with_value(body: &mut Block) -> bool {
    let mut search = BreakSearch { found: false };
    search.visit_block_mut(body);
    search.found
}

/// Searches a loop for a `break` with a value, also of a loop inside.
struct BreakSearch {
    found: bool,
}

impl VisitMut for BreakSearch {
    fn visit_expr_break_mut(&mut self, node: &mut ExprBreak) {
        self.found |= node.expr.is_some();
        visit_mut::visit_expr_break_mut(self, node);
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns whether the last statement of a block may have a `cfg` condition. Attributes about lints
/// are none, if they can move to the rewritten value.
fn is_conditional(last: &mut Stmt) -> bool {
    match last {
        Stmt::Expr(value, None) => match attrs(value) {
            Some(attrs) => !attrs.iter().all(attributes::is_about_lints),
            None => begins_with_attribute(value),
        },
        last => begins_with_attribute(last),
    }
}

/// Returns whether the first token of `node` begins an attribute.
pub(crate) fn begins_with_attribute(node: &impl ToTokens) -> bool {
    let first = node.to_token_stream().into_iter().next();
    matches!(first, Some(TokenTree::Punct(punct)) if punct.as_char() == '#')
}

/// Returns the attributes of a value that has them in front. Those of `#[allow(…)] a + b` stand on
/// the `a`.
pub(crate) fn attrs(value: &mut Expr) -> Option<&mut Vec<Attribute>> {
    match value {
        Expr::Await(ExprAwait { attrs, .. })
        | Expr::Call(ExprCall { attrs, .. })
        | Expr::MethodCall(ExprMethodCall { attrs, .. })
        | Expr::Path(ExprPath { attrs, .. })
        | Expr::Try(ExprTry { attrs, .. }) => Some(attrs),
        _ => None,
    }
}

struct ReturnVisitor<'a> {
    visit: &'a mut dyn FnMut(&mut Expr, ValuePosition<'_>),
}

impl VisitMut for ReturnVisitor<'_> {
    fn visit_expr_return_mut(&mut self, node: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, node);
        if let Some(value) = &mut node.expr {
            (self.visit)(value, ValuePosition::Return);
        }
    }

    // The following have their own `return`.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Takes the operand of a `?`, without parentheses: the compiler warns about those around an
/// argument. It warns about a plain block's braces as well, so a block stays unmarked.
pub(crate) fn operand(expr: &mut Expr) -> Option<Expr> {
    is_operand(expr).then(|| match std::mem::replace(expr, Expr::PLACEHOLDER) {
        Expr::Paren(paren) => *paren.expr,
        operand => operand,
    })
}

/// Returns whether the operand of a `?` can be marked.
pub(crate) fn is_operand(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => paren.attrs.is_empty() && !matches!(*paren.expr, Expr::Block(_)),
        expr => !matches!(expr, Expr::Block(_) | Expr::Verbatim(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{parse_quote, parse_str};

    #[test]
    fn each_visible_return_value_is_visited() {
        for (text, expected) in [
            ("if a { return b; } c", "if a { return s (b) ; } s (c)"),
            ("return a", "return s (a)"),
            ("return return a;", "return s (return s (a)) ;"),
            (
                "if a { b } else if c { unsafe { d } } else { return e }",
                "if a { s (b) } else if c { unsafe { s (d) } } else { return s (e) }",
            ),
            (
                "match a { b => c , d => { e } _ => f ! () }",
                "match a { b => s (c) , d => { s (e) } _ => f ! () }",
            ),
            ("loop { return a }", "loop { return s (a) }"),
            ("| | return a ; async { return b } ; c ! ()", "| | return a ; async { return b } ; c ! ()"),
            ("# [x] { a } # [y] { b }", "# [x] { a } # [y] { b }"),
            ("a ;", "a ;"),
        ] {
            let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
            each_value(&mut body, &mut |value, _| *value = parse_quote!(s(#value)));
            assert_eq!(body.to_token_stream().to_string(), format!("{{ {expected} }}"), "{text}");
        }
    }
}

//! Marks the places by which a function is left.
//!
//! Each `?`, so that an error's path names the line of every one that it passed:
//!
//! ```text
//! fs::read(path)?        becomes        (::omegi::private::mark(fs::read(path)))?
//! ```
//!
//! `mark` returns what it is given and notes its caller's location when that is an error. Its tokens carry the
//! span of the `?`, which is therefore the location that it sees. The parentheses stand where the operand begins, so that
//! whatever the `?` is a part of begins there as well: in `a()? + 1`, a panic at the `+` is one at the `a`.
//!
//! And where nobody sees what the function returned ([`Shape::Returns`](crate::plan::Shape), and asynchronous bodies that stay
//! where they are), each value that one can see it return:
//!
//! ```text
//! return Err(e)          becomes        return ::omegi::private::show::<Ret>(Err(e), |__omegi_ret| …)
//! ```
//!
//! As an argument of `show`, which returns it, a value is understood as it was before: what is expected of the call is
//! expected of it, there it is converted, and its temporaries live on to the end of the same statement. In a synchronous
//! body a `?` is told of the span, so that it fails, and of its own place:
//! `mark_and_fail(fs::read(path), &mut __omegi_span, const { here() })`; in an asynchronous one see `diverts`. What a macro
//! returns stays unseen: its tokens are opaque.

use proc_macro2::{Span, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprAsync, ExprAwait, ExprBreak, ExprCall, ExprClosure, ExprConst,
    ExprMethodCall, ExprParen, ExprPath, ExprReturn, ExprTry, ExprTryBlock, Item, Stmt, StmtMacro, token,
};

use crate::marker::SPAN;
use crate::plan::hygienic;
use crate::private::Private;
use crate::{attributes, macros, rules};

/// Marks every `?` that leaves the function whose body this is.
pub(crate) fn mark(body: &mut Block, private: &Private) {
    Marker { private, fails: false }.visit_block_mut(body);
}

/// The same, and lets the function's span know that it fails.
pub(crate) fn mark_and_fail(body: &mut Block, private: &Private) {
    Marker { private, fails: true }.visit_block_mut(body);
}

struct Marker<'a> {
    private: &'a Private,
    fails: bool,
}

impl Marker<'_> {
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

impl VisitMut for Marker<'_> {
    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, node);
        if let Some(operand) = operand(&mut node.expr) {
            let (span, begin) = (node.question_token.span, operand.span());
            let (expr, paren_token) = (Box::new(self.marked(operand, span)), token::Paren(begin));
            *node.expr = Expr::Paren(ExprParen { attrs: Vec::new(), paren_token, expr });
        }
    }

    // What follows has its own `?`, which do not leave this function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Visits every value that is seen to leave the function whose body this is.
pub(crate) fn each_value(body: &mut Block, visit: &mut dyn FnMut(&mut Expr, Place<'_>)) {
    Returns { visit }.visit_block_mut(body);
    at_end(body, &mut |end| {
        if let End::Value(value, place) = end {
            visit(value, place);
        }
    });
}

/// Where a value stands that leaves the function.
pub(crate) enum Place<'a> {
    /// Behind `return`.
    Return,
    /// At the end of a block.
    Tail,
    /// At the end of a branch of a `match`, which has these attributes.
    Arm(&'a mut Vec<Attribute>),
}

impl Place<'_> {
    /// Adds an attribute to the value, which has `attrs`, or to what is around it, where one can stand.
    pub(crate) fn allow(self, attrs: &mut Vec<Attribute>, allowance: Attribute) {
        match self {
            Self::Return => {}
            Self::Tail => attrs.push(allowance),
            Self::Arm(arm) => arm.push(allowance),
        }
    }
}

/// Whether a value is called for, by a call that may never return.
pub(crate) fn may_never_return(value: &Expr) -> bool {
    match value {
        Expr::Call(call) => !rules::is_constructor(&call.func),
        value => matches!(value, Expr::MethodCall(_) | Expr::Await(_)),
    }
}

/// Whether the body may end with a value that is not seen.
pub(crate) fn hides_an_end(body: &mut Block) -> bool {
    let mut found = false;
    at_end(body, &mut |end| found |= matches!(end, End::Hidden));
    found
}

/// What a body may end with, where it does not leave by a word of its own.
enum End<'a> {
    /// A value.
    Value(&'a mut Expr, Place<'a>),
    /// What may have a value, but nobody can say where.
    Hidden,
}

fn at_end(block: &mut Block, visit: &mut dyn FnMut(End<'_>)) {
    let Some(last) = block.stmts.last_mut() else { return };
    if is_conditional(last) {
        return visit(End::Hidden);
    }
    match last {
        Stmt::Expr(tail, None) => each_branch(tail, Place::Tail, visit),
        Stmt::Macro(StmtMacro { semi_token: None, .. }) => visit(End::Hidden),
        _ => {}
    }
}

/// Visits what `tail` ends with: each branch by itself, so that none is called unreachable because another never ends.
fn each_branch(tail: &mut Expr, place: Place<'_>, visit: &mut dyn FnMut(End<'_>)) {
    match tail {
        Expr::If(tail) => {
            at_end(&mut tail.then_branch, visit);
            tail.else_branch.iter_mut().for_each(|(_, branch)| each_branch(branch, Place::Tail, visit));
        }
        Expr::Match(tail) => {
            tail.arms
                .iter_mut()
                .for_each(|arm| each_branch(&mut arm.body, Place::Arm(&mut arm.attrs), visit));
        }
        Expr::Block(tail) if tail.label.is_none() => at_end(&mut tail.block, visit),
        Expr::Unsafe(tail) => at_end(&mut tail.block, visit),
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::While(_) | Expr::ForLoop(_) => {}
        // A loop may have no end, and a macro may make statements.
        Expr::Loop(tail) => {
            if breaks_with_value(&mut tail.body) {
                visit(End::Hidden);
            }
        }
        Expr::Macro(tail) if macros::is_endless(&tail.mac) => {}
        Expr::Macro(_) | Expr::Verbatim(_) => visit(End::Hidden),
        value => visit(End::Value(value, place)),
    }
}

fn breaks_with_value(body: &mut Block) -> bool {
    let mut search = Breaks { found: false };
    search.visit_block_mut(body);
    search.found
}

/// Searches a loop for a `break` with a value, be it that of a loop inside.
struct Breaks {
    found: bool,
}

impl VisitMut for Breaks {
    fn visit_expr_break_mut(&mut self, node: &mut ExprBreak) {
        self.found |= node.expr.is_some();
        visit_mut::visit_expr_break_mut(self, node);
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Whether something stands at the end of a block only under a condition of the compiler's, or may do so. Words about
/// lints are none, where they can be moved to what becomes of the value.
fn is_conditional(last: &mut Stmt) -> bool {
    match last {
        Stmt::Expr(value, None) => match attrs(value) {
            Some(attrs) => !attrs.iter().all(attributes::is_about_lints),
            None => begins_with_attribute(value),
        },
        last => begins_with_attribute(last),
    }
}

fn begins_with_attribute(node: &impl ToTokens) -> bool {
    let first = node.to_token_stream().into_iter().next();
    matches!(first, Some(TokenTree::Punct(punct)) if punct.as_char() == '#')
}

/// The attributes of a value, if it is of a kind that has them in front: those of `#[allow(…)] a + b` stand on the `a`.
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

struct Returns<'a> {
    visit: &'a mut dyn FnMut(&mut Expr, Place<'_>),
}

impl VisitMut for Returns<'_> {
    fn visit_expr_return_mut(&mut self, node: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, node);
        if let Some(value) = &mut node.expr {
            (self.visit)(value, Place::Return);
        }
    }

    // What follows returns to somebody else.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Takes what stands before a `?`. Parentheses that it needs there would be warned about around an argument, and so
/// would a plain block's braces: that one stays unmarked.
pub(crate) fn operand(expr: &mut Expr) -> Option<Expr> {
    is_operand(expr).then(|| match std::mem::replace(expr, Expr::PLACEHOLDER) {
        Expr::Paren(paren) => *paren.expr,
        operand => operand,
    })
}

/// Whether what stands before a `?` can be marked.
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

    fn marked(text: &str) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        mark(&mut body, &Private::new(None));
        body.to_token_stream().to_string().replace(":: omegi :: private :: ", "")
    }

    #[test]
    fn the_functions_own_are_marked() {
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
    fn those_of_others_are_not() {
        for text in ["| | a ?", "async { a ? }", "fn f () { a ? }", "m ! (a ?)", "{ a } ?", "({ a }) ?"] {
            assert_eq!(marked(text), format!("{{ {text} }}"), "{text}");
        }
    }

    #[test]
    fn what_is_returned_is_shown_where_it_can_be_seen() {
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

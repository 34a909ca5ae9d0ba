//! Marks the `?` of a function, so that an error's path names the line of each one that it passed.
//!
//! ```text
//! fs::read(path)?        becomes        (::omegi::private::mark(fs::read(path)))?
//! ```
//!
//! `mark` returns what it is given and notes its caller's location when that is an error. Its tokens carry the
//! span of the `?`, which is therefore the location that it sees. The parentheses stand where the operand begins, so that
//! whatever the `?` is a part of begins there as well: in `a()? + 1`, a panic at the `+` is one at the `a`.

use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprParen, ExprTry, ExprTryBlock, Item, token,
};

use crate::private::Private;

/// Marks every `?` that leaves the function whose body this is.
pub(crate) fn mark(body: &mut Block, private: &Private) {
    Marker { private }.visit_block_mut(body);
}

struct Marker<'a> {
    private: &'a Private,
}

impl VisitMut for Marker<'_> {
    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, node);
        if let Some(operand) = operand(&mut node.expr) {
            let (span, begin) = (node.question_token.span, operand.span());
            let func = Box::new(self.private.function("mark", span));
            let args = Punctuated::from_iter([operand]);
            let call =
                Expr::Call(ExprCall { attrs: Vec::new(), func, paren_token: token::Paren(span), args });
            let paren_token = token::Paren(begin);
            *node.expr = Expr::Paren(ExprParen { attrs: Vec::new(), paren_token, expr: Box::new(call) });
        }
    }

    // What follows has its own `?`, which do not leave this function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_try_block_mut(&mut self, _: &mut ExprTryBlock) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Takes what stands before a `?`. Parentheses that it needs there would be warned about around an argument, and so
/// would a plain block's braces: that one stays unmarked.
fn operand(expr: &mut Expr) -> Option<Expr> {
    match std::mem::replace(expr, Expr::PLACEHOLDER) {
        Expr::Paren(paren) if paren.attrs.is_empty() && !matches!(*paren.expr, Expr::Block(_)) => {
            Some(*paren.expr)
        }
        block @ (Expr::Block(_) | Expr::Paren(_) | Expr::Verbatim(_)) => {
            *expr = block;
            None
        }
        operand => Some(operand),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse_str;

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
}

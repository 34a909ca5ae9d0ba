//! Whether an asynchronous body can stay where it is.
//!
//! In a future of its own a body is seen to end however it ends, but such a future is one more type for the compiler to
//! look through and more bytes for the program to keep. So it stays in the function's own future, *flat*, where
//! everything by which it waits or ends can be seen and rewritten: each `.await` (`awaits`), `return`, end (`marks`) and
//! `?` (`diverts`). Where something may hide one, the body is *nested*.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprConst, ExprTry, Item, Macro};

use crate::{macros, marks};

/// Whether all by which `body` waits can be seen, and all by which it ends if its result is to be looked at.
pub(crate) fn fits(body: &Block, looks_at_result: bool) -> bool {
    // It only looks; syn's other visitor would be one more to compile.
    let mut body = body.clone();
    let mut search = Hidden { looks_at_result, found: false };
    search.visit_block_mut(&mut body);
    let hides_an_end = looks_at_result && marks::hides_an_end(&mut body);
    !search.found && !hides_an_end
}

/// Searches a body for what may hide how it waits or ends.
struct Hidden {
    looks_at_result: bool,
    found: bool,
}

impl VisitMut for Hidden {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if !self.found {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.found |= !macros::hides_nothing(call);
    }

    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        self.found |= self.looks_at_result && !marks::is_operand(&node.expr);
        visit_mut::visit_expr_try_mut(self, node);
    }

    // What is inside waits and ends by itself.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    fn fits(text: &str) -> bool {
        super::fits(&parse_str(&format!("{{ {text} }}")).unwrap(), true)
    }

    #[test]
    fn what_can_be_seen_stays() {
        for text in [
            "a.await?; info!(x = ?y); Ok(b)",
            "loop { if a.await { return b; } }",
            "match a { b => Ok(c), _ => unreachable!() }",
            "let c = || bail!(d); let e = async { select!(f) }; fn g() { h!() } Ok(c)",
            "#[allow(unreachable_code)] a",
        ] {
            assert!(fits(text), "{text}");
        }
    }

    #[test]
    fn what_may_hide_an_end_does_not() {
        for text in [
            "bail!(a)",
            "a(select! { b => c }).await",
            "println!(\"{}\", a.await); Ok(b)",
            "loop { break a.await }",
            "#[cfg(a)] { b } #[cfg(not(a))] { c }",
            "{ a }?; b",
            "m! { a }",
            "vec![a]",
        ] {
            assert!(!fits(text), "{text}");
        }
    }

    #[test]
    fn a_result_that_nobody_looks_at_may_come_from_anywhere() {
        let body = parse_str("{ { a }?; loop { break b.await } }").unwrap();
        assert!(super::fits(&body, false));
    }
}

//! Recognises functions whose span would carry no information.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAwait, ExprCall, ExprForLoop, ExprLoop, ExprMethodCall, ExprTry, ExprWhile, Item, Macro,
};

use crate::plan::naming;

/// Returns whether `body` calls nothing, loops nowhere, waits for nothing and produces no error.
pub(crate) fn is_trivial(body: &mut Block) -> bool {
    let mut search = ActivitySearch { found: false };
    search.visit_block_mut(body);
    !search.found
}

/// Searches a body for a call, a loop, an `.await` or a `?`. It changes nothing; syn's read-only
/// visitor would be one more to compile.
struct ActivitySearch {
    found: bool,
}

impl VisitMut for ActivitySearch {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if !self.found {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if naming::is_constructor(&call.func) {
            visit_mut::visit_expr_call_mut(self, call);
        } else {
            self.found = true;
        }
    }

    fn visit_expr_method_call_mut(&mut self, _: &mut ExprMethodCall) {
        self.found = true;
    }

    fn visit_macro_mut(&mut self, _: &mut Macro) {
        self.found = true;
    }

    fn visit_expr_loop_mut(&mut self, _: &mut ExprLoop) {
        self.found = true;
    }

    fn visit_expr_while_mut(&mut self, _: &mut ExprWhile) {
        self.found = true;
    }

    fn visit_expr_for_loop_mut(&mut self, _: &mut ExprForLoop) {
        self.found = true;
    }

    fn visit_expr_await_mut(&mut self, _: &mut ExprAwait) {
        self.found = true;
    }

    fn visit_expr_try_mut(&mut self, _: &mut ExprTry) {
        self.found = true;
    }

    // A nested function's body runs only when something calls it.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    #[test]
    fn a_body_without_calls_is_trivial() {
        for (body, expected) in [
            ("", true),
            ("1 + 2", true),
            ("self.x", true),
            ("Some(self.x)", true),
            ("Self::Variant(1)", true),
            ("if a { 1 } else { b[0] }", true),
            ("fn g() { h() } 1", true),
            ("g()", false),
            ("self.g()", false),
            ("vec![1]", false),
            ("println!();", false),
            ("loop {}", false),
            ("for a in b {}", false),
            ("while a {}", false),
            ("a?", false),
            ("Err(E)", false),
            ("|| g()", false),
            ("Some(g())", false),
        ] {
            assert_eq!(is_trivial(&mut parse_str(&format!("{{ {body} }}")).unwrap()), expected, "{body}");
        }
    }
}

//! Decides whether an asynchronous body can be woven in place.
//!
//! In a future of its own the end of a body is always visible. Such a future is one more type for
//! the compiler and more bytes for the program. The body stays in the function's own future if
//! every exit and every wait is visible and can be rewritten: each `.await`, `return`, tail and
//! `?`. If one may be hidden, the body is *nested*.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprClosure, ExprConst, ExprTry, Item, Macro};

use crate::plan::{exits, macros};

/// The way in which the weave treats a function's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultUse {
    /// It does not inspect the result.
    Ignored,
    /// It inspects the result at each exit.
    Inspected,
    /// It inspects the result, whose type the compiler infers from all exits: behind the body
    /// alone.
    InspectedBehind,
}

impl ResultUse {
    pub(crate) fn is_inspected(self) -> bool {
        self != Self::Ignored
    }
}

/// Returns whether every wait of `body` is visible, and every exit as well if the weave inspects
/// its result.
pub(crate) fn is_possible(body: &Block, result: ResultUse) -> bool {
    if result == ResultUse::InspectedBehind {
        return false;
    }
    let looks_at_result = result.is_inspected();
    // The search changes nothing; syn's read-only visitor would be one more to compile.
    let mut body = body.clone();
    let mut search = HiddenExitSearch { looks_at_result, found: false };
    search.visit_block_mut(&mut body);
    let hides_an_end = looks_at_result && exits::hides_an_end(&mut body);
    !search.found && !hides_an_end
}

/// Searches a body for code that may hide a wait or an exit.
struct HiddenExitSearch {
    looks_at_result: bool,
    found: bool,
}

impl VisitMut for HiddenExitSearch {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if !self.found {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.found |= !macros::hides_nothing(call);
    }

    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        self.found |= self.looks_at_result && !exits::is_operand(&node.expr);
        visit_mut::visit_expr_try_mut(self, node);
    }

    // The code inside waits and ends by itself.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
}

#[cfg(test)]
mod tests {
    use super::ResultUse;
    use syn::parse_str;

    fn is_possible(text: &str) -> bool {
        super::is_possible(&parse_str(&format!("{{ {text} }}")).unwrap(), ResultUse::Inspected)
    }

    #[test]
    fn visible_exits_stay_in_place() {
        for text in [
            "a.await?; info!(x = ?y); Ok(b)",
            "loop { if a.await { return b; } }",
            "match a { b => Ok(c), _ => unreachable!() }",
            "let c = || bail!(d); let e = async { select!(f) }; fn g() { h!() } Ok(c)",
            "#[allow(unreachable_code)] a",
        ] {
            assert!(is_possible(text), "{text}");
        }
    }

    #[test]
    fn a_hidden_exit_nests_the_body() {
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
            assert!(!is_possible(text), "{text}");
        }
    }

    #[test]
    fn an_unused_result_may_be_hidden() {
        let body = parse_str("{ { a }?; loop { break b.await } }").unwrap();
        assert!(super::is_possible(&body, ResultUse::Ignored));
    }

    #[test]
    fn a_result_of_inferred_type_nests_the_body() {
        assert!(!super::is_possible(&parse_str("{ a.await }").unwrap(), ResultUse::InspectedBehind));
    }
}

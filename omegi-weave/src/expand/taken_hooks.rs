//! Keeps omegi's panic hook where the program takes the hook.
//!
//! ```text
//! panic::take_hook()        becomes        ::omegi::private::program_hook!(panic::take_hook())
//! ```
//!
//! The runtime's half is `recording/program_hook.rs`. It changes the value only if that is a panic
//! hook.

use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item};

use crate::plan::private::{RuntimePath, hygienic};

/// Rewrites every call of a function named `take_hook`, without arguments.
pub(crate) fn keep(body: &mut Block, private: &RuntimePath) {
    TakenHookRewriter { private }.visit_block_mut(body);
}

struct TakenHookRewriter<'a> {
    private: &'a RuntimePath,
}

impl VisitMut for TakenHookRewriter<'_> {
    fn visit_expr_mut(&mut self, node: &mut Expr) {
        visit_mut::visit_expr_mut(self, node);
        if takes_hook(node) {
            let (private, pass) = (self.private, hygienic("program_hook"));
            *node = Expr::Verbatim(quote!(#private::#pass!(#node)));
        }
    }

    // Woven by itself.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn takes_hook(node: &Expr) -> bool {
    let Expr::Call(call) = node else { return false };
    let Expr::Path(function) = &*call.func else { return false };
    let is_named = function.path.segments.last().is_some_and(|segment| segment.ident == "take_hook");
    is_named && function.qself.is_none() && call.args.is_empty() && call.attrs.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse_str;

    #[test]
    fn only_calls_that_may_take_the_hook_are_rewritten() {
        for (text, expected) in [
            ("drop (panic :: take_hook ()) ; ", "drop (! (panic :: take_hook ())) ;"),
            ("| | take_hook ()", "| | ! (take_hook ())"),
            ("take_hook (a) ; b . take_hook () ; fn f () { take_hook () }", ""),
        ] {
            let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
            keep(&mut body, &RuntimePath::new(None));
            let rewritten =
                body.to_token_stream().to_string().replace(":: omegi :: private :: program_hook ! ", "! ");
            let expected = if expected.is_empty() { text } else { expected };
            assert_eq!(rewritten, format!("{{ {} }}", expected.trim()));
        }
    }
}

//! Waits for other futures in the place where the function does: nothing is added to the type of its own future.
//!
//! ```text
//! E.await
//!
//! match E {
//!     __omegi_awaited => {
//!         let mut __omegi_future = ::core::future::IntoFuture::into_future(__omegi_awaited);
//!         let mut __omegi_context = ::omegi::private::context().await;
//!         loop {
//!             if let ::core::task::Poll::Ready(__omegi_value) =
//!                 ::omegi::private::poll(&mut __omegi_future, __omegi_context)
//!             {
//!                 break __omegi_value;
//!             }
//!             __omegi_context = ::omegi::private::TaskSpan::suspend(&mut __omegi_span).await;
//!         }
//!     }
//! }
//! ```
//!
//! This is what the compiler itself makes of an `.await`, so that temporaries live as long and the same is borrowed. Two things
//! are added: a name for the operand, so that what is said of it is said at the `.await`; and `suspend`, which takes the
//! span off the thread, notes the line, and comes back when the future is polled again. A `match` on what `poll` says
//! would keep that in the future while it waits.

use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprConst, Item, Stmt};

use crate::desugar::{self, Operator};
use crate::marker::SPAN;
use crate::plan::hygienic;
use crate::private::Private;

/// Rewrites every `.await` that is the body's own.
pub(crate) fn in_place(body: &mut Block, private: &Private) {
    Awaits { private }.visit_block_mut(body);
}

/// Waits for the operand. What the compiler may have to say something about stands at the `.await` as if it were the
/// author's.
pub(crate) fn awaited(operator: Operator, private: &Private) -> Expr {
    let (place, span) = (operator.place, hygienic(SPAN));
    let (at, at_place) = (Span::mixed_site().located_at(place), private.at(place));
    let [awaited, future, context, value] =
        ["awaited", "future", "context", "value"].map(|name| Ident::new(&format!("__omegi_{name}"), place));
    let made = quote_spanned!(place=> ::core::future::IntoFuture::into_future(#awaited));
    let polled = quote_spanned!(place=> #at_place::poll(&mut #future, #context));
    let suspended = quote_spanned!(place=> #at_place::TaskSpan::suspend(&mut #span));
    let waits = quote_spanned! {at=> {
        let mut #future = #made;
        let mut #context = #private::context().await;
        loop {
            if let ::core::task::Poll::Ready(#value) = #polled {
                break #value;
            }
            #context = #suspended.await;
        }
    }};
    operator.matched(None, vec![(awaited.into_token_stream(), waits)])
}

struct Awaits<'a> {
    private: &'a Private,
}

impl VisitMut for Awaits<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        desugar::visit_statement(node, |node| visit_mut::visit_stmt_mut(self, node));
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        desugar::ungroup(node);
        visit_mut::visit_expr_mut(self, node);
        if let Expr::Await(ExprAwait { attrs, base, await_token, .. }) = node {
            let (attrs, operand) = (std::mem::take(attrs), std::mem::replace(&mut **base, Expr::PLACEHOLDER));
            *node = awaited(Operator { attrs, operand, place: await_token.span }, self.private);
        }
    }

    // What follows waits by itself.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    fn rewritten(text: &str) -> String {
        let mut body: Block = parse_str(&format!("{{ {text} }}")).unwrap();
        in_place(&mut body, &Private::new(None));
        let text = body.to_token_stream().to_string();
        assert!(parse_str::<Block>(&text).is_ok(), "{text}");
        text
    }

    #[test]
    fn the_functions_own_are_rewritten() {
        for (text, loops) in [
            ("a.await", 1),
            ("a.b().await.c(d.await).await", 3),
            ("while let Some(x) = a.await { for y in b.await { c.await; } }", 3),
            ("let Some(x) = a.await else { return b.await };", 2),
            ("a.await == b.await", 2),
            ("a.await[1] + 2", 1),
            ("try { a.await? }", 1),
            ("A { b }.await; (|| {}).await", 2),
            ("a.await(b) < c.await", 2),
        ] {
            let rewritten = rewritten(text);
            assert_eq!(rewritten.matches("suspend").count(), loops, "{text}: {rewritten}");
        }
    }

    #[test]
    fn those_of_others_are_not() {
        for text in
            ["async { a . await }", "| | async { a . await }", "async | | a . await", "m ! (a . await)"]
        {
            assert_eq!(rewritten(text), format!("{{ {text} }}"), "{text}");
        }
    }
}

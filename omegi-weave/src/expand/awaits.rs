//! Rewrites each `.await` of a function, without a further type in the function's future.
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
//! The compiler expands `.await` in the same way, so temporaries live as long and borrows are the
//! same. The name for the operand makes the compiler's messages point to the `.await`. `suspend`
//! takes the span off the thread, notes the line, and returns when the future is polled again. A
//! `match` on the result of `poll` would keep that result in the future during the wait.
//!
//! In a function with loops that serve, `WaitingTurns::suspend(&mut __omegi_turns, &mut
//! __omegi_span)` takes their turns off the thread as well. Where calls are counted, the suspended
//! type is `ProfiledTask`.

use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprConst, Item};

use crate::expand::operator::{self, PostfixOperator};
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::woven::{SPAN, TURNS};

/// The thing that leaves its thread while a function waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// A span.
    Span,
    /// A span, and the turns of loops that serve.
    SpanAndTurns,
    /// The count of a call.
    ProfiledCall,
}

/// Rewrites every `.await` of the body, not those of closures and blocks inside.
pub(crate) fn rewrite(body: &mut Block, private: &RuntimePath, waiting: Waiting) {
    AwaitRewriter { private, waiting }.visit_block_mut(body);
}

/// Writes code that waits for the operand. The parts that the compiler may complain about have the
/// place of the `.await`, as if the author had written them.
pub(crate) fn awaited(operator: PostfixOperator, private: &RuntimePath, waiting: Waiting) -> Expr {
    let (place, span) = (operator.place, hygienic(SPAN));
    let (at, at_place) = (Span::mixed_site().located_at(place), private.at(place));
    let [awaited, future, context, value] =
        ["awaited", "future", "context", "value"].map(|name| Ident::new(&format!("__omegi_{name}"), place));
    let made = quote_spanned!(place=> ::core::future::IntoFuture::into_future(#awaited));
    let polled = quote_spanned!(place=> #at_place::poll(&mut #future, #context));
    let suspended = match waiting {
        Waiting::Span => quote_spanned!(place=> #at_place::TaskSpan::suspend(&mut #span)),
        Waiting::SpanAndTurns => {
            let turns = hygienic(TURNS);
            quote_spanned!(place=> #at_place::WaitingTurns::suspend(&mut #turns, &mut #span))
        }
        Waiting::ProfiledCall => quote_spanned!(place=> #at_place::ProfiledTask::suspend(&mut #span)),
    };
    let wait = quote_spanned! {at=> {
        let mut #future = #made;
        let mut #context = #private::context().await;
        loop {
            if let ::core::task::Poll::Ready(#value) = #polled {
                break #value;
            }
            #context = #suspended.await;
        }
    }};
    operator.matched(None, vec![(awaited.into_token_stream(), wait)])
}

struct AwaitRewriter<'a> {
    private: &'a RuntimePath,
    waiting: Waiting,
}

impl VisitMut for AwaitRewriter<'_> {
    fn visit_expr_mut(&mut self, node: &mut Expr) {
        operator::ungroup(node);
        visit_mut::visit_expr_mut(self, node);
        if let Expr::Await(ExprAwait { attrs, base, await_token, .. }) = node {
            let (attrs, operand) = (std::mem::take(attrs), std::mem::replace(&mut **base, Expr::PLACEHOLDER));
            let operator = PostfixOperator { attrs, operand, place: await_token.span };
            *node = awaited(operator, self.private, self.waiting);
        }
    }

    // The following have their own `.await`.
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
        rewrite(&mut body, &RuntimePath::new(None), Waiting::Span);
        let text = body.to_token_stream().to_string();
        assert!(parse_str::<Block>(&text).is_ok(), "{text}");
        text
    }

    #[test]
    fn awaits_of_the_function_are_rewritten() {
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
    fn awaits_of_closures_and_blocks_are_not() {
        for text in
            ["async { a . await }", "| | async { a . await }", "async | | a . await", "m ! (a . await)"]
        {
            assert_eq!(rewritten(text), format!("{{ {text} }}"), "{text}");
        }
    }
}

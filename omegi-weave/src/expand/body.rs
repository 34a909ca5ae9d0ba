//! Puts statements of our own into the body of a function or a loop.

use proc_macro2::{Span, TokenStream};
use syn::{Block, Expr, ExprBlock, ExprMatch, Stmt, StmtMacro, parse_quote_spanned};

/// Puts `first` behind the items at the body's beginning.
///
/// A last expression gets a scope of its own, in which the rest of the body is:
///
/// ```text
/// { BODY; x.lock().get() }
/// { FIRST match () { () => { BODY; x.lock().get() } } }
/// ```
///
/// The scope drops its temporaries as the plain function does: after or before the body's
/// variables, as the edition has it, and always before those of `first`.
pub(super) fn begin(body: &mut Block, first: TokenStream) {
    if !ends_with_temporaries(body) {
        return begin_flat(body, first);
    }
    let stmts = body.stmts.split_off(items_at_the_beginning(body));
    // With the body's own braces, the scope has the rules of the body's edition.
    let rest = Block { brace_token: body.brace_token, stmts };
    // The compiler says of a temporary that it is dropped at the end of the `match`.
    let end = Span::mixed_site().located_at(body.brace_token.span.close());
    let mut scope: ExprMatch = parse_quote_spanned!(end=> match () { () => {} });
    // No tokens: a loop's body is woven on, for the exits of its function.
    *scope.arms[0].body = Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block: rest });
    body.stmts.extend([verbatim(first), Stmt::Expr(Expr::Match(scope), None)]);
}

/// Does the same without the scope.
pub(super) fn begin_flat(body: &mut Block, first: TokenStream) {
    body.stmts.insert(items_at_the_beginning(body), verbatim(first));
}

fn items_at_the_beginning(body: &Block) -> usize {
    body.stmts.iter().take_while(|stmt| matches!(stmt, Stmt::Item(_))).count()
}

/// Returns whether temporaries may live until the end of a body.
fn ends_with_temporaries(body: &Block) -> bool {
    match body.stmts.last() {
        Some(Stmt::Expr(tail, None)) => !matches!(
            tail,
            // The compiler infers the arguments of a closure only where the function returns it.
            Expr::Closure(_)
                | Expr::Path(_)
                | Expr::Lit(_)
                | Expr::Return(_)
                | Expr::Break(_)
                | Expr::Continue(_)
                | Expr::Loop(_)
                // A statement of our own.
                | Expr::Verbatim(_)
        ),
        Some(Stmt::Macro(StmtMacro { semi_token: None, .. })) => true,
        _ => false,
    }
}

/// Returns the tokens as a statement.
pub(super) fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}

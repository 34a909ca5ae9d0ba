//! Puts statements of our own into the body of a function or a loop.

use proc_macro2::TokenStream;
use syn::{Block, Expr, Stmt};

/// Puts `first` behind the items at the body's beginning, because clippy wants statements there.
pub(super) fn begin(body: &mut Block, first: TokenStream) {
    let items = body.stmts.iter().take_while(|stmt| matches!(stmt, Stmt::Item(_))).count();
    body.stmts.insert(items, verbatim(first));
}

/// Returns the tokens as a statement.
pub(super) fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}

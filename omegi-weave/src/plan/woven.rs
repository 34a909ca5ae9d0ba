//! Recognises a woven function, so that weaving twice changes nothing.

use syn::{Block, Local, Pat, Stmt};

use crate::plan::futures;

/// The variable that holds a woven function's span.
pub(crate) const SPAN: &str = "__omegi_span";

/// Returns whether this is the body of a woven function.
pub(crate) fn is_woven(body: &Block) -> bool {
    opens_span(body) || futures::blocks_at_end(body).iter().any(|block| opens_span(&block.block))
}

/// Returns whether the first statement that is not an item opens a span.
fn opens_span(block: &Block) -> bool {
    let first = block.stmts.iter().find(|stmt| !matches!(stmt, Stmt::Item(_)));
    let Some(Stmt::Local(Local { pat: Pat::Ident(pat), .. })) = first else { return false };
    pat.ident == SPAN
}

//! Recognises a woven function, so that weaving twice changes nothing.

use syn::{Block, Local, Pat, Stmt};

use crate::plan::futures;

/// The variable that holds a woven function's span.
pub(crate) const SPAN: &str = "__omegi_span";

/// The variable that holds the turn of a loop that serves.
pub(crate) const TURN: &str = "__omegi_turn";

/// The variable that holds the turns of an asynchronous function while it waits.
pub(crate) const TURNS: &str = "__omegi_turns";

/// The variable that mutes the calls of a signal handler.
pub(crate) const HANDLER: &str = "__omegi_handler";

/// Returns whether this is the body of a woven function, or of a muted signal handler.
pub(crate) fn is_woven(body: &Block) -> bool {
    opens_span(body)
        || begins_with(body, HANDLER)
        || futures::blocks_at_end(body).iter().any(|block| opens_span(&block.block))
}

/// Returns whether the first statement that is not an item opens a span.
pub(crate) fn opens_span(block: &Block) -> bool {
    begins_with(block, SPAN)
}

/// Returns whether the first statement that is not an item declares this variable.
fn begins_with(block: &Block, variable: &str) -> bool {
    let first = block.stmts.iter().find(|stmt| !matches!(stmt, Stmt::Item(_)));
    let Some(Stmt::Local(Local { pat: Pat::Ident(pat), .. })) = first else { return false };
    pat.ident == variable
}

//! Keeps the statement that describes the program before the function's span.
//!
//! `cargo omegi` inserts it at the beginning of `main` and of tests. The first span starts omegi,
//! which has to know the program by then. An attribute such as `tokio::main` may have moved the
//! body into a block.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Path, Stmt};

/// The function that the statement calls.
const DESCRIBE: [&str; 3] = ["omegi", "private", "describe_program"];

/// Takes the statement out of a body, to be put before everything else.
pub(crate) fn take(body: &mut Block) -> Option<Stmt> {
    let mut finder = Finder(None);
    finder.visit_block_mut(body);
    finder.0
}

struct Finder(Option<Stmt>);

impl VisitMut for Finder {
    fn visit_block_mut(&mut self, block: &mut Block) {
        if self.0.is_none() {
            match block.stmts.first() {
                Some(Stmt::Expr(Expr::Call(call), Some(_))) if describes(&call.func) => {
                    self.0 = Some(block.stmts.remove(0));
                }
                _ => visit_mut::visit_block_mut(self, block),
            }
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn describes(function: &Expr) -> bool {
    matches!(function, Expr::Path(function) if is_describe(&function.path))
}

fn is_describe(path: &Path) -> bool {
    path.leading_colon.is_some()
        && path.segments.len() == DESCRIBE.len()
        && path.segments.iter().zip(DESCRIBE).all(|(segment, name)| segment.ident == name)
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_statement_is_found_in_blocks_and_not_in_items() {
        let mut plain: Block = parse_quote!({
            ::omegi::private::describe_program("a", "run", "/t");
            g()
        });
        assert!(take(&mut plain).is_some());
        assert_eq!(plain.to_token_stream().to_string(), "{ g () }");
        let mut moved: Block = parse_quote!({
            let body = async {
                ::omegi::private::describe_program("a", "run", "/t");
                g()
            };
            run(body)
        });
        assert!(take(&mut moved).is_some());
        assert_eq!(moved.to_token_stream().to_string(), "{ let body = async { g () } ; run (body) }");
        let mut other: Block = parse_quote!({
            fn h() {
                ::omegi::private::describe_program("a", "run", "/t");
            }
            private::describe_program("a", "run", "/t");
        });
        assert!(take(&mut other).is_none());
    }
}

//! Gives generated code the place of its function.
//!
//! The compiler's messages about generated code point at the attribute, which may stand on an
//! `impl` with many functions. Where a compilation only searches for the function that fails, they
//! have to point at that function.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Block, Stmt};

use crate::expand::body::verbatim;

/// Moves the generated tokens of a woven body to `place`. They keep their hygiene, and the
/// author's tokens their places.
pub(crate) fn locate(body: &mut Block, place: Span) {
    let tokens = body.stmts.iter().map(Stmt::to_token_stream).collect();
    body.stmts = vec![verbatim(located(tokens, place))];
}

fn located(tokens: TokenStream, place: Span) -> TokenStream {
    let attribute = Span::call_site().start();
    tokens.into_iter().map(|token| moved(token, &|span: Span| span.start() == attribute, place)).collect()
}

fn moved(token: TokenTree, is_generated: &dyn Fn(Span) -> bool, place: Span) -> TokenTree {
    let is_here = is_generated(token.span());
    let span = token.span().located_at(place);
    let mut token = match token {
        TokenTree::Group(group) => {
            let inside = group.stream().into_iter().map(|token| moved(token, is_generated, place));
            let mut rebuilt = Group::new(group.delimiter(), inside.collect());
            rebuilt.set_span(group.span());
            TokenTree::Group(rebuilt)
        }
        token => token,
    };
    if is_here {
        token.set_span(span);
    }
    token
}

//! Finds the files that a source text includes by name: `include_str!("table.txt")`.

use std::ops::Range;
use std::str::FromStr as _;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::LitStr;

/// The macros that read a file beside the source file in which they are called.
const READERS: [&str; 3] = ["include", "include_bytes", "include_str"];

/// A file that is named in a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Included {
    /// Its path as it is written.
    pub(crate) path: String,
    /// Where it is written: bytes, the quotes included.
    pub(crate) range: Range<usize>,
}

/// Every file that `text` includes by a plain name, wherever in it; the first `skipped` bytes are no Rust.
pub(crate) fn find(text: &str, skipped: usize) -> Vec<Included> {
    let code = &text[skipped..];
    if !code.contains(READERS[0]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    search(TokenStream::from_str(code).unwrap_or_default(), &mut found);
    for Included { range, .. } in &mut found {
        *range = range.start + skipped..range.end + skipped;
    }
    found
}

fn search(tokens: TokenStream, found: &mut Vec<Included>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(name), TokenTree::Punct(mark), TokenTree::Group(group)] = window
            && mark.as_char() == '!'
            && READERS.iter().any(|reader| name == reader)
        {
            found.extend(named(group));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            search(group.stream(), found);
        }
    }
}

fn named(group: &Group) -> Option<Included> {
    let literal = group.stream().into_iter().next()?;
    let path: LitStr = syn::parse2(literal.into()).ok()?;
    Some(Included { path: path.value(), range: path.span().byte_range() })
}

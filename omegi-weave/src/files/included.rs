//! Finds the files that a source text includes by their names: `include_str!("table.txt")`.

use std::ops::Range;
use std::str::FromStr as _;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::LitStr;

/// The macros that read a file at a path relative to the calling source file.
const READERS: [&str; 3] = ["include", "include_bytes", "include_str"];

/// A file that a source text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IncludedFile {
    /// Its path as written.
    pub(crate) path: String,
    /// The bytes of the written path, with its quotes.
    pub(crate) range: Range<usize>,
}

/// Returns every file that `text` includes by a literal, at any depth. The first `prefix` bytes are
/// not Rust.
pub(crate) fn find(text: &str, prefix: usize) -> Vec<IncludedFile> {
    let code = &text[prefix..];
    if !code.contains(READERS[0]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    search(TokenStream::from_str(code).unwrap_or_default(), &mut found);
    for IncludedFile { range, .. } in &mut found {
        *range = range.start + prefix..range.end + prefix;
    }
    found
}

fn search(tokens: TokenStream, found: &mut Vec<IncludedFile>) {
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

fn named(group: &Group) -> Option<IncludedFile> {
    let literal = group.stream().into_iter().next()?;
    let path: LitStr = syn::parse2(literal.into()).ok()?;
    Some(IncludedFile { path: path.value(), range: path.span().byte_range() })
}

//! The published expansions: each shape of a woven function, in `expansions/`, for reference.
//!
//! `NAME.rs` is the user's code, `NAME.expanded.rs` the engine's output. After an intended change:
//! `UPDATE_EXPANSIONS=1 cargo test -p omegi-weave --test expansions`.

use std::fs;
use std::path::{Path, PathBuf};

use omegi_weave::{WeaveAttribute, weave};
use proc_macro2::{TokenStream, TokenTree};

#[test]
fn expansions_equal_the_published_ones() {
    let inputs = inputs();
    assert!(inputs.len() > 5, "{inputs:?}");
    for input in inputs {
        let expanded = expand(&fs::read_to_string(&input).expect("the input can be read"));
        let published = input.with_extension("expanded.rs");
        if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
            fs::write(&published, &expanded).expect("the folder can be written");
        }
        let expected = fs::read_to_string(&published).unwrap_or_default();
        assert_eq!(expanded, expected, "{} (published on the right)", input.display());
    }
}

#[test]
fn weaving_twice_changes_nothing() {
    for input in inputs() {
        let once = expand(&fs::read_to_string(&input).expect("the input can be read"));
        let again =
            items(&once).into_iter().map(|item| weave(WeaveAttribute::Traced, TokenStream::new(), item));
        assert_eq!(
            unparse(again.collect()),
            unparse(items(&once).into_iter().collect()),
            "{}",
            input.display()
        );
    }
}

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansions");
    let files = fs::read_dir(folder)
        .expect("the folder of inputs exists")
        .map(|entry| entry.expect("it can be read").path());
    let is_input = |path: &PathBuf| !path.to_string_lossy().ends_with(".expanded.rs");
    let mut inputs: Vec<_> = files.filter(is_input).collect();
    inputs.sort();
    inputs
}

/// Applies the first of our attributes on each item of a file, as the compiler does.
fn expand(text: &str) -> String {
    let woven: TokenStream = items(text).into_iter().map(expand_item).collect();
    let (comment, _) = text.split_once("\n\n").expect("the file begins with a comment");
    format!("{comment}\n\n{}", unparse(woven))
}

fn unparse(woven: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(woven).expect("the woven code can be parsed"))
}

fn items(text: &str) -> Vec<TokenStream> {
    use quote::ToTokens as _;
    let file = syn::parse_file(text).expect("the file can be parsed");
    file.items.into_iter().map(|item| item.into_token_stream()).collect()
}

/// Expands `#[omegi::traced(options)] item`.
fn expand_item(item: TokenStream) -> TokenStream {
    let mut tokens = item.into_iter();
    let hash = tokens.next();
    let (Some(TokenTree::Punct(_)), Some(TokenTree::Group(attribute))) = (&hash, tokens.next()) else {
        panic!("the item must begin with an attribute of ours");
    };
    let mut words = attribute.stream().into_iter().skip_while(|word| word.to_string() != "traced").skip(1);
    let options = match words.next() {
        Some(TokenTree::Group(options)) => options.stream(),
        _ => TokenStream::new(),
    };
    weave(WeaveAttribute::Traced, options, tokens.collect())
}

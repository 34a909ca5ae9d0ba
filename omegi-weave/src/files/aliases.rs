//! Finds the names of a crate that may stand for a `Result`: type aliases, and imports under
//! another name.
//!
//! An attribute sees only the name of a return type. A function that may return a `Result` costs
//! the compiler a closure and a test, and most functions return none. With the whole crate at hand,
//! a name counts as a `Result` only if it contains that word, or if the crate declares it as an
//! alias of one. An alias from another crate or out of a macro stays unseen, unless its name
//! contains the word.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::VisitMut;
use syn::{File, Ident, ItemType, UseRename};

use crate::plan::naming;

/// Another name for a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    name: String,
    /// The words of the type it stands for.
    words: Vec<String>,
    /// True if these words alone show that it may be a `Result`.
    may_fail: bool,
}

/// Returns the names in `aliases`, of all files of a crate, that may stand for a `Result`.
///
/// ```
/// use omegi_weave::{ParsedSource, failing_names};
///
/// let text = "type Answer = Reply<u8>; type Reply<T> = Result<T, ()>; type Id = u8;";
/// let names = failing_names(ParsedSource::parse(text)?.aliases());
/// assert_eq!(names, ["Answer", "Reply"].map(String::from).into());
/// # Ok::<(), syn::Error>(())
/// ```
#[must_use]
pub fn failing_names<'a>(aliases: impl IntoIterator<Item = &'a Alias>) -> BTreeSet<String> {
    let (failing, mut others): (Vec<_>, Vec<_>) = aliases.into_iter().partition(|alias| alias.may_fail);
    let mut names: BTreeSet<String> = failing.into_iter().map(|alias| alias.name.clone()).collect();
    loop {
        let before = names.len();
        others.retain(|alias| {
            let is_failing = alias.words.iter().any(|word| names.contains(word));
            if is_failing {
                names.insert(alias.name.clone());
            }
            !is_failing
        });
        if names.len() == before {
            return names;
        }
    }
}

/// Returns every alias that a file declares, at any depth.
pub(crate) fn declared(file: &mut File) -> Vec<Alias> {
    let mut search = AliasSearch { found: Vec::new() };
    search.visit_file_mut(file);
    search.found
}

/// Searches for aliases. It changes nothing; syn's read-only visitor would be one more to compile.
struct AliasSearch {
    found: Vec<Alias>,
}

impl VisitMut for AliasSearch {
    fn visit_item_type_mut(&mut self, node: &mut ItemType) {
        self.found.push(Alias::of(&node.ident, node.ty.to_token_stream()));
    }

    fn visit_use_rename_mut(&mut self, node: &mut UseRename) {
        if node.rename != "_" {
            self.found.push(Alias::of(&node.rename, node.ident.to_token_stream()));
        }
    }

    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
}

impl Alias {
    fn of(name: &Ident, stands_for: TokenStream) -> Self {
        let mut words = TypeWords::default();
        words.read(stands_for);
        let TypeWords { found, may_fail, .. } = words;
        Self { name: name.to_string(), words: found, may_fail }
    }
}

/// The words in a type. A superfluous one costs a closure at worst; a missing one would lose an
/// error.
#[derive(Default)]
struct TypeWords {
    found: Vec<String>,
    may_fail: bool,
}

impl TypeWords {
    fn read(&mut self, tokens: TokenStream) {
        let mut is_type = false;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    is_type = naming::starts_upper_case(&word);
                    self.may_fail |= naming::contains_result(&word);
                    self.found.push(word.to_string());
                }
                TokenTree::Group(group) => self.read(group.stream()),
                // `T::Output` and `<T as Read>::Output` may be anything.
                TokenTree::Punct(punct) => {
                    self.may_fail |= punct.as_char() == ':' && is_type;
                    is_type = punct.as_char() == '>' || (is_type && punct.as_char() == ':');
                }
                TokenTree::Literal(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(text: &str) -> Vec<String> {
        failing_names(&declared(&mut syn::parse_file(text).unwrap())).into_iter().collect()
    }

    #[test]
    fn aliases_of_results_are_found_at_any_depth() {
        for (text, expected) in [
            ("type Answer<T> = io::Result<T>;", "Answer"),
            ("use std::result::Result as Outcome; type Parsed = Outcome<u8, ()>;", "Outcome Parsed"),
            ("mod m { type A = B; } fn f() { type B = LockResult<u8>; }", "A B"),
            ("type Output<T> = <T as Read>::Output; type Other<T> = T::Output;", "Other Output"),
            ("type Id = u64; type Map<K> = HashMap<K, Vec<std::fmt::Error>>; use a::B as C;", ""),
        ] {
            assert_eq!(failing(text).join(" "), expected, "{text}");
        }
    }
}

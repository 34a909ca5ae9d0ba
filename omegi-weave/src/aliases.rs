//! Which names of a crate may stand for a `Result`: its type aliases, and what it imports under another name.
//!
//! A function whose return type may be a `Result` costs the compiler a closure and a question; most do not return one. An
//! attribute sees a name only. Who reads the whole crate can know: a name is a `Result` if it says so, or if the crate
//! declares it to be another name of one. What stays unseen is an alias that comes from another crate, or out of a
//! macro, and does not say so.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::VisitMut;
use syn::{File, Ident, ItemType, UseRename};

use crate::{returns, rules};

/// Another name for a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    name: String,
    /// The words of what it stands for.
    words: Vec<String>,
    /// Whether these words already say that it may be a `Result`.
    may_fail: bool,
}

/// The names in `aliases`, those of all files of a crate, that may stand for a `Result`.
///
/// ```
/// let source = omegi_weave::Source::parse("type Answer = Reply<u8>; type Reply<T> = Result<T, ()>; type Id = u8;")?;
/// assert_eq!(omegi_weave::failing_names(source.aliases()), ["Answer", "Reply"].map(String::from).into());
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

/// Every alias that a file declares, wherever it stands.
pub(crate) fn declared(file: &mut File) -> Vec<Alias> {
    let mut search = Search { found: Vec::new() };
    search.visit_file_mut(file);
    search.found
}

/// Searches for aliases. It only looks; syn's other visitor would be one more to compile.
struct Search {
    found: Vec<Alias>,
}

impl VisitMut for Search {
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
        let mut words = Words::default();
        words.read(stands_for);
        let Words { found, may_fail, .. } = words;
        Self { name: name.to_string(), words: found, may_fail }
    }
}

/// The words in a type. More of them than decide: that costs a closure, and a missing one would cost an error.
#[derive(Default)]
struct Words {
    found: Vec<String>,
    may_fail: bool,
}

impl Words {
    fn read(&mut self, tokens: TokenStream) {
        let mut is_type = false;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    is_type = rules::starts_upper_case(&word);
                    self.may_fail |= returns::says_result(&word);
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
    fn what_stands_for_a_result_is_found_wherever_it_is_said() {
        for (text, expected) in [
            ("type Answer<T> = io::Result<T>;", "Answer"),
            ("use std::result::Result as Outcome; type Said = Outcome<u8, ()>;", "Outcome Said"),
            ("mod m { type A = B; } fn f() { type B = LockResult<u8>; }", "A B"),
            ("type Output<T> = <T as Read>::Output; type Other<T> = T::Output;", "Other Output"),
            ("type Id = u64; type Map<K> = HashMap<K, Vec<std::fmt::Error>>; use a::B as C;", ""),
        ] {
            assert_eq!(failing(text).join(" "), expected, "{text}");
        }
    }
}

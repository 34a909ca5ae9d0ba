//! Decides whether a macro may hide an exit of the function around it, or an `.await`.
//!
//! A macro's tokens are opaque. Each `return`, `?` and `.await` of an asynchronous body is
//! rewritten, and a macro can hide one in two ways. It expands to one, as `bail!` and `select!` do,
//! or one stands in its arguments, as in `dbg!(read()?)`. Only well-known macros are therefore
//! trusted, and only with plain arguments.

use proc_macro2::{TokenStream, TokenTree};
use syn::Macro;

/// Macros that leave no function and wait for nothing: of std, then of `log` and `tracing`, then of
/// others.
const TRANSPARENT: [&str; 50] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "pin",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
    //
    "debug",
    "debug_span",
    "error",
    "error_span",
    "event",
    "info",
    "info_span",
    "log",
    "span",
    "trace",
    "trace_span",
    "warn",
    "warn_span",
    //
    "anyhow",
    "eyre",
    "format_err",
    "json",
];

/// Macros of std that never return, so that they have no value.
const ENDLESS: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];

/// Returns whether a macro neither leaves the function around it nor waits for anything.
pub(crate) fn hides_nothing(call: &Macro) -> bool {
    is_one_of(call, &TRANSPARENT) && !contains_exit(&call.tokens)
}

/// Returns whether a macro never returns, so that it has no value.
pub(crate) fn is_endless(call: &Macro) -> bool {
    is_one_of(call, &ENDLESS)
}

/// Returns whether a macro certainly leaves the function with an error, by its name: that of
/// `anyhow`, `eyre` and many others.
pub(crate) fn bails(call: &Macro) -> bool {
    is_one_of(call, &["bail"])
}

fn is_one_of(call: &Macro, names: &[&str]) -> bool {
    call.path.segments.last().is_some_and(|segment| names.iter().any(|name| segment.ident == name))
}

/// Returns whether `return`, `.await` or a `?` behind a value is among these tokens. The `?` of
/// `info!(?order)` is none.
fn contains_exit(tokens: &TokenStream) -> bool {
    let mut follows_value = false;
    tokens.clone().into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(word) => word == "return" || word == "await",
            TokenTree::Group(group) => contains_exit(&group.stream()),
            TokenTree::Punct(punct) => punct.as_char() == '?' && follows_value,
            TokenTree::Literal(_) => false,
        };
        follows_value = match token {
            TokenTree::Punct(punct) => punct.as_char() == '?' && follows_value,
            _ => true,
        };
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    #[test]
    fn well_known_macros_hide_nothing() {
        for text in [
            "println!(\"{x}\", x = f(a))",
            "std::format!(\"?\")",
            "tracing::info!(?x, y = ?z, %w, \"await?\")",
            "info!(target: \"a\", { key = ?z }, \"b\")",
            "vec![a, b]",
            "matches!(x, Some(_) if y)",
        ] {
            assert!(hides_nothing(&parse_str(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn other_macros_and_their_arguments_may_hide_an_exit() {
        for text in [
            "bail!(\"x\")",
            "tokio::select! { a = b => c }",
            "println!(\"{}\", f()?)",
            "println!(\"{}\", \"1\"?)",
            "vec![x?, y]",
            "info!(key = a.await)",
            "assert!({ return 1 })",
            "dbg!([a.b?])",
        ] {
            assert!(!hides_nothing(&parse_str(text).unwrap()), "{text}");
        }
    }
}

//! Macros of other people: whether one may hide how the function around it is left, or what it waits for.
//!
//! A macro's tokens are opaque. What is rewritten in an asynchronous body (`return`, `?`, `.await`) may be hidden in one
//! in two ways: the macro makes it, as `bail!` and `select!` do, or it is handed to the macro, as in `dbg!(read()?)`. So one
//! is trusted only if it is well known, and if what it is handed holds nothing of the kind.

use proc_macro2::{TokenStream, TokenTree};
use syn::Macro;

/// Macros that leave no function and wait for nothing: those of std, then of `log` and `tracing`, then of others.
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

/// Macros of std that have no value, because they never end.
const ENDLESS: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];

/// Whether a macro neither leaves the function around it nor waits for anything.
pub(crate) fn hides_nothing(call: &Macro) -> bool {
    is_one_of(call, &TRANSPARENT) && !mentions_a_way_out(&call.tokens)
}

/// Whether a macro never ends, so that it has no value.
pub(crate) fn is_endless(call: &Macro) -> bool {
    is_one_of(call, &ENDLESS)
}

fn is_one_of(call: &Macro, names: &[&str]) -> bool {
    call.path.segments.last().is_some_and(|segment| names.iter().any(|name| segment.ident == name))
}

/// Whether `return`, `.await` or a `?` behind a value stands among these tokens. (`info!(?order)` is another `?`.)
fn mentions_a_way_out(tokens: &TokenStream) -> bool {
    let mut follows_value = false;
    tokens.clone().into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(word) => word == "return" || word == "await",
            TokenTree::Group(group) => mentions_a_way_out(&group.stream()),
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
    fn the_well_known_hide_nothing() {
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
    fn others_may_and_so_may_what_they_are_handed() {
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

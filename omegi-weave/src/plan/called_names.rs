//! Reads the names of the functions that a body may call.
//!
//! A call without a span has no beginning that the recorder sees. It takes an error that left
//! another call before for the callee's only if this body names the callee. So two attempts in a
//! row are two errors, and an error that a callee made and the body returns is one.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, ExprForLoop, ExprMethodCall, ExprPath, FnArg, Item, Macro, Pat, Signature};

/// The name that stands for any function.
const ANY: &str = "*";

/// The names of methods that call others, which a program implements, under another name.
const CALLED_BY: [(&str, &str); 8] = [
    ("parse", "from_str"),
    ("try_into", "try_from"),
    ("collect", "next"),
    ("write_fmt", "fmt write_str write"),
    ("to_string", "fmt"),
    ("read_to_end", "read"),
    ("read_exact", "read"),
    ("write_all", "write"),
];

/// Returns the names of all functions that the body may call, in order, with blanks between them.
/// `*` if it calls a value.
pub(crate) fn called_names(sig: &Signature, body: &Block) -> String {
    let values = sig.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) => Some(name.ident.unraw().to_string()),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let mut search = NameSearch { values: values.collect(), names: BTreeSet::new() };
    // The search changes nothing; syn's read-only visitor would be one more to compile.
    search.visit_block_mut(&mut body.clone());
    if search.names.contains(ANY) {
        return ANY.to_owned();
    }
    let behind = CALLED_BY.iter().filter(|(name, _)| search.names.contains(*name));
    let behind: Vec<_> = behind.flat_map(|(_, names)| names.split(' ')).map(str::to_owned).collect();
    search.names.extend(behind);
    Vec::from_iter(search.names).join(" ")
}

struct NameSearch {
    /// The names of the arguments.
    values: Vec<String>,
    names: BTreeSet<String>,
}

impl NameSearch {
    fn add_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => _ = self.names.insert(name.unraw().to_string()),
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl VisitMut for NameSearch {
    fn visit_expr_call_mut(&mut self, node: &mut ExprCall) {
        let calls_value = match &*node.func {
            Expr::Path(function) => {
                function.path.get_ident().is_some_and(|name| self.values.contains(&name.unraw().to_string()))
            }
            _ => true,
        };
        if calls_value {
            self.names.insert(ANY.to_owned());
        }
        visit_mut::visit_expr_call_mut(self, node);
    }

    fn visit_expr_method_call_mut(&mut self, node: &mut ExprMethodCall) {
        self.names.insert(node.method.unraw().to_string());
        visit_mut::visit_expr_method_call_mut(self, node);
    }

    fn visit_expr_path_mut(&mut self, node: &mut ExprPath) {
        let last = node.path.segments.last().map(|last| last.ident.unraw().to_string());
        // Types, variants and constants are not called, but for functions in another style.
        self.names
            .extend(last.filter(|name| !matches!(name.as_str(), "self" | "Ok" | "Err" | "Some" | "None")));
    }

    fn visit_expr_for_loop_mut(&mut self, node: &mut ExprForLoop) {
        self.names.insert("next".to_owned());
        visit_mut::visit_expr_for_loop_mut(self, node);
    }

    fn visit_macro_mut(&mut self, node: &mut Macro) {
        self.names.extend(node.path.segments.last().map(|last| last.ident.unraw().to_string()));
        self.add_tokens(node.tokens.clone());
    }

    // The body of a function inside runs only when something calls it by its name.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_str};

    fn names(text: &str) -> String {
        let ItemFn { sig, block, .. } = parse_str(text).unwrap();
        super::called_names(&sig, &block)
    }

    #[test]
    fn functions_and_methods_are_named() {
        for (text, expected) in [
            ("fn f(a: A) { b::c(); a.d(|x| e(x)).map(Self::g)?; }", "a c d e g map x"),
            ("fn f(t: &str) { t.parse()? }", "from_str parse t"),
            ("fn f() { for a in b() { m!(c(d)) } }", "b c d m next"),
            ("fn f() { fn g() { h() } g() }", "g"),
            ("async fn f() { g().await?; Ok(()) }", "g"),
            ("fn f() { Err(E::new()) }", "new"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_that_is_called_may_be_any_function() {
        for text in ["fn f(g: impl Fn()) { h(); g() }", "fn f(&self) { (self.g)() }", "fn f() { g()(); }"] {
            assert_eq!(names(text), "*", "{text}");
        }
    }
}

//! Finds the variables that a body does not use, as the compiler judges it.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprAssign, ExprBinary, ExprPath, Item, Macro, Stmt};

use crate::plan::pattern::PatternBindings;

/// The variables from outside of a body whose values it does not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Those that it does not use, or only assigns to.
    pub(crate) unused: Vec<Ident>,
    /// Those that it uses after it has assigned to them.
    pub(crate) overwritten: Vec<Ident>,
}

/// Returns those of the variables `names` whose values the body does not read.
pub(crate) fn unread(body: &Block, names: Vec<Ident>) -> Unread {
    let mut search = UseSearch { unused: names };
    let mut hidden = Unread::default();
    // The search changes nothing; syn's read-only visitor would be one more to compile.
    for stmt in &mut body.stmts.clone() {
        search.visit_stmt_mut(stmt);
        match stmt {
            Stmt::Expr(Expr::Assign(assignment), _) => {
                hidden.overwritten.extend(variable(&assignment.left).and_then(|name| search.take(name)));
            }
            // Later uses are those of another variable with the same name.
            Stmt::Local(local) => {
                let names = PatternBindings::read(&local.pat).names;
                hidden.unused.extend(names.iter().filter_map(|name| search.take(name)));
            }
            _ => {}
        }
    }
    // One that is not used later either is unused.
    let is_used_later = used(body, &hidden.overwritten);
    let (overwritten, assigned): (Vec<_>, Vec<_>) =
        hidden.overwritten.into_iter().partition(|name| is_used_later.contains(name));
    hidden.unused.extend(search.unused.into_iter().chain(assigned));
    Unread { unused: hidden.unused, overwritten }
}

/// Returns those of `names` that the body reads anywhere.
fn used(body: &Block, names: &[Ident]) -> Vec<Ident> {
    let mut search = UseSearch { unused: names.to_vec() };
    search.visit_block_mut(&mut body.clone());
    names.iter().filter(|name| !search.unused.contains(name)).cloned().collect()
}

struct UseSearch {
    unused: Vec<Ident>,
}

impl UseSearch {
    fn found(&mut self, name: &Ident) {
        self.unused.retain(|unused| unused != name);
    }

    /// Takes `name` out of the search, if no use of it was found before.
    fn take(&mut self, name: &Ident) -> Option<Ident> {
        let index = self.unused.iter().position(|unused| unused == name)?;
        Some(self.unused.swap_remove(index))
    }

    fn visit_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => self.found(&name),
                TokenTree::Group(group) => self.visit_tokens(group.stream()),
                // A text to be formatted names variables.
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    self.unused.retain(|name| !text.contains(&format!("{{{name}")));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl VisitMut for UseSearch {
    fn visit_expr_path_mut(&mut self, node: &mut ExprPath) {
        if let Some(name) = node.path.get_ident() {
            self.found(name);
        }
    }

    fn visit_expr_assign_mut(&mut self, node: &mut ExprAssign) {
        if variable(&node.left).is_none() {
            self.visit_expr_mut(&mut node.left);
        }
        self.visit_expr_mut(&mut node.right);
    }

    fn visit_expr_binary_mut(&mut self, node: &mut ExprBinary) {
        if !is_assignment(node) || variable(&node.left).is_none() {
            self.visit_expr_mut(&mut node.left);
        }
        self.visit_expr_mut(&mut node.right);
    }

    fn visit_macro_mut(&mut self, node: &mut Macro) {
        self.visit_tokens(node.tokens.clone());
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        if let Expr::Verbatim(tokens) = node {
            self.visit_tokens(tokens.clone());
        } else if !self.unused.is_empty() {
            visit_mut::visit_expr_mut(self, node);
        }
    }

    // A function inside has its own variables.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn variable(place: &Expr) -> Option<&Ident> {
    match place {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

fn is_assignment(node: &ExprBinary) -> bool {
    use syn::BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, ShlAssign,
        ShrAssign, SubAssign,
    };
    matches!(
        node.op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    fn unread(text: &str) -> [Vec<String>; 2] {
        let names = ["a", "b"].map(|name| parse_str(name).unwrap()).to_vec();
        let found = super::unread(&parse_str(&format!("{{ {text} }}")).unwrap(), names);
        [found.unused, found.overwritten].map(|names| names.iter().map(Ident::to_string).collect())
    }

    #[test]
    fn variables_that_are_not_read_are_found() {
        let none: &[&str] = &[];
        for (text, unused, overwritten) in [
            ("f(a); b.c()", none, none),
            ("f(a)", &["b"], none),
            ("x.b(); S { b: a }", &["b"], none),
            ("S { a, b }", none, none),
            ("m!(a, \"{b:?}\")", none, none),
            ("move || a; async { b }", none, none),
            ("a = 1; b += 1;", &["b", "a"], none),
            ("a = f(); g(a, b)", none, &["a"]),
            ("a = a + 1; f(b)", none, none),
            ("b[0] = a;", none, none),
            ("if b { a = 1; } f(a)", none, none),
            ("fn a() { b } f(b)", &["a"], none),
            ("let (a, c) = f(b); a", &["a"], none),
            ("let a = f(a, b);", none, none),
        ] {
            assert_eq!(unread(text), [unused, overwritten], "{text}");
        }
    }
}

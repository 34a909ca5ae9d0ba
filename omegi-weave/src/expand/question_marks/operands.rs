//! Declares the operands of a body's `?`, and describes them behind the body, where the compiler
//! has inferred their types. The runtime's half is `recording/probe/question_mark.rs`.
//!
//! ```text
//! let __omegi_operand_0 = ::omegi::private::operand();
//! BODY, which passes __omegi_operand_0 at its `?`
//! ::omegi::private::described!(__omegi_operand_0);
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprAsync, ExprClosure, Item, Stmt};

use crate::parse::attributes;
use crate::plan::function::{ErrorTest, FunctionPlan};
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::{exits, macros};

/// The operands of a body's `?`.
pub(crate) struct Operands {
    described: usize,
    /// True if no operand can be described now.
    is_unread: bool,
}

impl Operands {
    /// Returns the operands of a body, none yet. They can be described only `if` there is a place
    /// behind the body.
    pub(crate) fn new(is_described: bool) -> Self {
        Self { described: 0, is_unread: !is_described }
    }

    /// Returns the argument for the next `?`, whose operand is `value`.
    pub(super) fn argument(&mut self, value: &Expr, private: &RuntimePath, place: Span) -> TokenStream {
        if self.is_unread || may_never_be(value) {
            let unread = private.function("unread", place);
            return quote_spanned!(place=> #unread());
        }
        let name = name(self.described);
        self.described += 1;
        quote!(#name)
    }

    /// Visits a statement. A condition may remove a part of it, and then the type of an operand
    /// there is unknown.
    pub(crate) fn within<M>(
        marker: &mut M,
        operands: impl Fn(&mut M) -> &mut Self,
        node: &mut Stmt,
        visit: impl FnOnce(&mut M, &mut Stmt),
    ) {
        let outer = operands(marker).is_unread;
        operands(marker).is_unread |= has_condition(node);
        visit(marker, node);
        operands(marker).is_unread = outer;
    }

    /// Writes the declarations before the body.
    pub(crate) fn declarations(&self, private: &RuntimePath) -> TokenStream {
        let operand = hygienic("operand");
        self.names().map(|name| quote!(let #name = #private::#operand();)).collect()
    }

    /// Writes the code behind the body; nothing if there is nothing to describe. `err(Debug)` takes
    /// the `Debug` of operands too.
    pub(crate) fn descriptions(&self, plan: &FunctionPlan) -> TokenStream {
        if self.described == 0 {
            return TokenStream::new();
        }
        let by_debug = plan.error_test == Some(ErrorTest::Macro("outcome_debug"));
        let described = hygienic(if by_debug { "described_debug" } else { "described" });
        let (private, names) = (&plan.runtime, self.names());
        quote!(#private::#described!(#(#names)*);)
    }

    fn names(&self) -> impl Iterator<Item = Ident> + use<> {
        (0..self.described).map(name)
    }
}

fn name(nth: usize) -> Ident {
    hygienic(&format!("__omegi_operand_{nth}"))
}

/// Returns whether an operand is an error that is never made, so that its type may be unknown:
/// `Err(todo!())`.
fn may_never_be(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    exits::is_error(value)
        && call.args.iter().any(|argument| match argument {
            Expr::Macro(argument) => macros::is_endless(&argument.mac),
            argument => matches!(
                argument,
                Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_) | Expr::Block(_)
            ),
        })
}

/// Returns whether a part of a statement may have a condition. The statements of the blocks inside
/// answer for themselves.
fn has_condition(node: &mut Stmt) -> bool {
    let mut search = ConditionSearch { found: false };
    visit_mut::visit_stmt_mut(&mut search, node);
    search.found
}

struct ConditionSearch {
    found: bool,
}

impl VisitMut for ConditionSearch {
    fn visit_attribute_mut(&mut self, node: &mut Attribute) {
        self.found |= !attributes::is_about_lints(node) && !node.path().is_ident("doc");
    }

    fn visit_block_mut(&mut self, _: &mut Block) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

//! Writes `.await`, and the `?` of asynchronous functions, out as the compiler does: a `match` on
//! the operand, or on a function of it. A synchronous `?` never passes here.
//!
//! The `match` begins at the operand and ends at the operator, in the author's code: the compiler
//! warns there about an unused value, as it does about the operator's. A syntax tree prints
//! parentheses where it needs them, and only there.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Arm, Attribute, Expr, ExprAwait, ExprCall, ExprGroup, ExprMatch, Pat, Token, token};

/// An operator behind its operand.
pub(crate) struct PostfixOperator {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) operand: Expr,
    /// The operator's place.
    pub(crate) place: Span,
}

impl PostfixOperator {
    /// Returns `match function(operand, argument) { arms }`, or `match operand { arms }` without a
    /// function. An arm is a pattern and a value.
    pub(crate) fn matched(
        self,
        function: Option<(TokenStream, TokenStream)>,
        arms: Vec<(TokenStream, TokenStream)>,
    ) -> Expr {
        let Self { attrs, operand, place } = self;
        let begin = operand.span();
        let scrutinee = match function {
            Some((function, argument)) => call(function, [operand, Expr::Verbatim(argument)], place),
            None => operand,
        };
        Expr::Match(ExprMatch {
            attrs,
            match_token: Token![match](begin),
            expr: Box::new(scrutinee),
            brace_token: token::Brace(place),
            arms: arms.into_iter().map(arm).collect(),
        })
    }

    /// Returns `operand.await`, as the author could write it.
    pub(crate) fn awaited(self) -> Expr {
        let Self { attrs, operand, place } = self;
        let (dot_token, await_token) = (Token![.](place), Token![await](place));
        Expr::Await(ExprAwait { attrs, base: Box::new(operand), dot_token, await_token })
    }
}

fn call(function: TokenStream, arguments: [Expr; 2], place: Span) -> Expr {
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(Expr::Verbatim(function)),
        paren_token: token::Paren(place),
        args: Punctuated::from_iter(arguments),
    })
}

fn arm((pat, body): (TokenStream, TokenStream)) -> Arm {
    Arm {
        attrs: Vec::new(),
        pat: Pat::Verbatim(pat),
        fat_arrow_token: <Token![=>]>::default(),
        body: Box::new(Expr::Verbatim(body)),
        comma: Some(<Token![,]>::default()),
    }
}

/// Takes an operator out of a group that a `macro_rules!` macro made: its `match` gets parentheses
/// by itself.
pub(crate) fn ungroup(node: &mut Expr) {
    while let Expr::Group(ExprGroup { expr, .. }) = node
        && matches!(**expr, Expr::Await(_) | Expr::Try(_) | Expr::Group(_))
    {
        *node = std::mem::replace(&mut **expr, Expr::PLACEHOLDER);
    }
}

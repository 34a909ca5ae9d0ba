//! Writes out what the compiler makes of `.await` and `?`: a `match` on the operand, or on what a function says of it.
//!
//! It begins where the operand begins and ends with the operator, so that whatever it is a part of stands where it stood. As
//! a tree, it gets parentheses where it needs them and only there.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Arm, Attribute, Expr, ExprCall, ExprGroup, ExprMatch, Pat, Stmt, Token, parse_quote, token};

/// An operator that stands behind its operand.
pub(crate) struct Operator {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) operand: Expr,
    /// Where the operator stands.
    pub(crate) place: Span,
}

impl Operator {
    /// `match function(operand) { arms }`, of patterns and what follows from them; without a function,
    /// `match operand { arms }`.
    pub(crate) fn matched(
        self,
        function: Option<TokenStream>,
        arms: Vec<(TokenStream, TokenStream)>,
    ) -> Expr {
        let Self { attrs, operand, place } = self;
        // Ours, or clippy takes the `;` behind it for a superfluous one.
        let ours = |place: Span| Span::mixed_site().located_at(place);
        let begin = ours(operand.span());
        let scrutinee = match function {
            Some(function) => call(function, operand, place),
            None => operand,
        };
        Expr::Match(ExprMatch {
            attrs,
            match_token: Token![match](begin),
            expr: Box::new(scrutinee),
            brace_token: token::Brace(ours(place)),
            arms: arms.into_iter().map(arm).collect(),
        })
    }
}

fn call(function: TokenStream, argument: Expr, place: Span) -> Expr {
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(Expr::Verbatim(function)),
        paren_token: token::Paren(place),
        args: Punctuated::from_iter([argument]),
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

/// Takes an operator out of a group that a `macro_rules!` macro made: it held together by itself, its `match` does not.
pub(crate) fn ungroup(node: &mut Expr) {
    while let Expr::Group(ExprGroup { expr, .. }) = node
        && matches!(**expr, Expr::Await(_) | Expr::Try(_) | Expr::Group(_))
    {
        *node = std::mem::replace(&mut **expr, Expr::PLACEHOLDER);
    }
}

/// Visits a statement. What an operator becomes may end with a brace, and clippy asks what the author's semicolon is for.
pub(crate) fn visit_statement(node: &mut Stmt, visit: impl FnOnce(&mut Stmt)) {
    let is_operator = matches!(node, Stmt::Expr(Expr::Await(_) | Expr::Try(_), Some(_)));
    visit(node);
    if let Stmt::Expr(Expr::Match(node), Some(_)) = node
        && is_operator
    {
        node.attrs.push(parse_quote!(#[allow(clippy::unnecessary_semicolon)]));
    }
}

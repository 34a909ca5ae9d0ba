//! Recognises functions that return the future of an `async` block.
//!
//! async-trait turns an `async fn` into `fn f() -> Pin<Box<dyn Future<Output = u8>>> {
//! Box::pin(async move { … }) }`, and people write the same for a boxed future.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    AngleBracketedGenericArguments, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprField, ExprPath,
    GenericArgument, Item, PatIdent, Path, PathArguments, Stmt, Type, TypeParamBound,
};

/// Returns the output of the returned future, if `ty` is the type of one.
pub(crate) fn output(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().find_map(output_of_bound),
        Type::TraitObject(ty) => ty.bounds.iter().find_map(output_of_bound),
        Type::Paren(ty) => output(&ty.elem),
        Type::Group(ty) => output(&ty.elem),
        Type::Path(ty) => output_of_path(&ty.path),
        _ => None,
    }
}

fn output_of_bound(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let segment = bound.path.segments.last()?;
    if segment.ident != "Future" {
        return None;
    }
    arguments(&bound.path)?.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    })
}

/// Returns the output of `Pin<Box<dyn Future<…>>>` and `BoxFuture<'_, T>`.
fn output_of_path(path: &Path) -> Option<&Type> {
    let last_type = arguments(path)?.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })?;
    let name = &path.segments.last()?.ident;
    if name == "BoxFuture" || name == "LocalBoxFuture" {
        Some(last_type)
    } else if name == "Pin" || name == "Box" {
        output(last_type)
    } else {
        None
    }
}

fn arguments(path: &Path) -> Option<&syn::punctuated::Punctuated<GenericArgument, syn::Token![,]>> {
    match &path.segments.last()?.arguments {
        PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) => Some(args),
        _ => None,
    }
}

/// Returns the `async` blocks with which `body` ends, one for each branch that ends so.
pub(crate) fn blocks_at_end(body: &Block) -> Vec<&ExprAsync> {
    match body.stmts.last() {
        Some(Stmt::Expr(tail, None)) => blocks_of(tail),
        _ => Vec::new(),
    }
}

fn blocks_of(tail: &Expr) -> Vec<&ExprAsync> {
    match tail {
        Expr::If(tail) => {
            let branch = tail.else_branch.iter().flat_map(|(_, branch)| blocks_of(branch));
            blocks_at_end(&tail.then_branch).into_iter().chain(branch).collect()
        }
        Expr::Match(tail) => tail.arms.iter().flat_map(|arm| blocks_of(&arm.body)).collect(),
        Expr::Block(tail) if tail.label.is_none() => blocks_at_end(&tail.block),
        value => block(value).into_iter().collect(),
    }
}

/// Returns the `async` block of a returned value: bare, `Box::pin(async { … })` or `async { …
/// }.boxed()`.
fn block(value: &Expr) -> Option<&ExprAsync> {
    match value {
        Expr::Async(block) => Some(block),
        Expr::Call(call) if is_box_pin(&call.func) => as_async(call.args.first()?),
        Expr::MethodCall(call) if call.method == "boxed" || call.method == "boxed_local" => {
            as_async(&call.receiver)
        }
        _ => None,
    }
}

/// Returns that block, mutably.
pub(crate) fn block_mut(value: &mut Expr) -> Option<&mut ExprAsync> {
    block(value)?;
    let block = match value {
        Expr::Call(call) => call.args.first_mut()?,
        Expr::MethodCall(call) => &mut *call.receiver,
        value => value,
    };
    match block {
        Expr::Async(block) => Some(block),
        _ => None,
    }
}

/// Returns the paths of one name (variables, functions, constants) that an `async move` block
/// certainly takes whole from around it. The block binds no variable of that name.
///
/// One more use of these outside of the block changes nothing. Another variable may be moved
/// already, or the future would borrow it for too short a time.
pub(crate) fn taken_whole(block: &ExprAsync) -> Vec<Ident> {
    let mut names = BlockVariables::default();
    if block.capture.is_some() {
        names.visit_block_mut(&mut block.block.clone());
    }
    names.used.retain(|name| !names.own.contains(name) && !names.is_conditional);
    names.used
}

/// Collects the variables of a block. It uses the mutable visitor and changes nothing: syn's
/// read-only one would be compiled besides.
#[derive(Default)]
struct BlockVariables {
    used: Vec<Ident>,
    own: Vec<Ident>,
    /// True if the compiler may leave out a part of the block.
    is_conditional: bool,
}

impl VisitMut for BlockVariables {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        self.used.extend(path.path.get_ident().cloned());
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.own.push(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    // `a.b` captures only the field `b` (from edition 2021 on).
    fn visit_expr_field_mut(&mut self, field: &mut ExprField) {
        if !matches!(*field.base, Expr::Path(_)) {
            visit_mut::visit_expr_field_mut(self, field);
        }
    }

    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        self.is_conditional |= attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr");
    }

    // The code inside runs elsewhere.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
}

fn as_async(expr: &Expr) -> Option<&ExprAsync> {
    match expr {
        Expr::Async(block) => Some(block),
        _ => None,
    }
}

fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut last = path.path.segments.iter().rev().map(|segment| &segment.ident);
    last.next().is_some_and(|name| name == "pin") && last.next().is_some_and(|name| name == "Box")
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse_str;

    #[test]
    fn futures_are_recognised_by_their_type() {
        for (text, expected) in [
            ("impl Future<Output = u8> + Send", Some("u8")),
            ("Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>>", Some("io :: Result < () >")),
            ("::core::pin::Pin<Box<dyn ::core::future::Future<Output = ()> + 'async_trait>>", Some("()")),
            ("BoxFuture<'_, Option<u8>>", Some("Option < u8 >")),
            ("impl Iterator<Item = u8>", None),
            ("Box<dyn Error>", None),
            ("u8", None),
        ] {
            let ty = parse_str(text).unwrap();
            assert_eq!(output(&ty).map(|ty| ty.to_token_stream().to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_block_takes_the_variables_that_it_names() {
        for (text, expected) in [
            ("async move { f(a, &b); c.g(); [d] }", &["f", "a", "b", "c", "d"][..]),
            ("async { f(a) }", &[]),
            ("async move { a.b.c(); x::y; m!(z); || w; async { v } }", &[]),
            ("async move { let a = a; b }", &["b"]),
            ("async move { #[cfg(x)] drop(a); b }", &[]),
        ] {
            assert_eq!(taken_whole(&parse_str(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn async_blocks_are_found_at_the_end() {
        for (text, expected) in [
            ("{ async { 1 } }", 1),
            ("{ let x = 1; Box::pin(async move { x }) }", 1),
            ("{ std::boxed::Box::pin(async {}) }", 1),
            ("{ async move {}.boxed() }", 1),
            ("{ if a { return b; } match c { d => Box::pin(async {}), _ => { async {}.boxed() } } }", 2),
            ("{ if a { ready(b) } else if c { Box::pin(async {}) } else { d } }", 1),
            ("{ Pin::new(async {}) }", 0),
            ("{ async {}; }", 0),
            ("{ f() }", 0),
        ] {
            let body: Block = parse_str(text).unwrap();
            assert_eq!(blocks_at_end(&body).len(), expected, "{text}");
        }
    }
}

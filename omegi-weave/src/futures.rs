//! Functions that are asynchronous without saying so: they return a future that an `async` block at their end makes.
//!
//! `fn f() -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { … }) }` is what async-trait makes of an
//! `async fn`, and what people write who need a boxed future.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    AngleBracketedGenericArguments, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprField, ExprPath,
    GenericArgument, Item, PatIdent, Path, PathArguments, Stmt, Type, TypeParamBound,
};

/// The type that the returned future is ready with, if `ty` is a future's.
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

/// `Pin<Box<dyn Future<…>>>`, `BoxFuture<'_, T>`.
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

/// The `async` block with which `body` ends, bare or as `Box::pin(async { … })` or `async { … }.boxed()`.
pub(crate) fn tail_async(body: &Block) -> Option<&ExprAsync> {
    let Some(Stmt::Expr(tail, None)) = body.stmts.last() else { return None };
    match tail {
        Expr::Async(block) => Some(block),
        Expr::Call(call) if is_box_pin(&call.func) => as_async(call.args.first()?),
        Expr::MethodCall(call) if call.method == "boxed" || call.method == "boxed_local" => {
            as_async(&call.receiver)
        }
        _ => None,
    }
}

/// The same, to be changed.
pub(crate) fn tail_async_mut(body: &mut Block) -> Option<&mut ExprAsync> {
    tail_async(body)?;
    let Some(Stmt::Expr(tail, None)) = body.stmts.last_mut() else { return None };
    let block = match tail {
        Expr::Call(call) => call.args.first_mut()?,
        Expr::MethodCall(call) => &mut *call.receiver,
        tail => tail,
    };
    match block {
        Expr::Async(block) => Some(block),
        _ => None,
    }
}

/// The variables from around it that an `async move` block certainly takes whole: it names them by themselves, and has
/// none of that name of its own. Naming one of these once more changes nothing; any other might not be there any more,
/// or be borrowed by a future that outlives it.
pub(crate) fn taken_whole(block: &ExprAsync) -> Vec<Ident> {
    let mut names = Names::default();
    if block.capture.is_some() {
        names.visit_block_mut(&mut block.block.clone());
    }
    names.used.retain(|name| !names.own.contains(name));
    names.used
}

/// Collects the variables of a block. It only looks; syn's other visitor would be one more to compile.
#[derive(Default)]
struct Names {
    used: Vec<Ident>,
    own: Vec<Ident>,
}

impl VisitMut for Names {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        self.used.extend(path.path.get_ident().cloned());
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.own.push(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    // Of `a.b`, only `b` is taken.
    fn visit_expr_field_mut(&mut self, field: &mut ExprField) {
        if !matches!(*field.base, Expr::Path(_)) {
            visit_mut::visit_expr_field_mut(self, field);
        }
    }

    // What is inside runs elsewhere, or under a condition of the compiler's.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
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
    fn what_a_block_takes_is_what_it_names() {
        for (text, expected) in [
            ("async move { f(a, &b); c.g(); [d] }", &["f", "a", "b", "c", "d"][..]),
            ("async { f(a) }", &[]),
            ("async move { a.b.c(); x::y; m!(z); || w; async { v } }", &[]),
            ("async move { let a = a; b }", &["b"]),
        ] {
            assert_eq!(taken_whole(&parse_str(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn async_blocks_are_found_at_the_end() {
        for (text, expected) in [
            ("{ async { 1 } }", true),
            ("{ let x = 1; Box::pin(async move { x }) }", true),
            ("{ std::boxed::Box::pin(async {}) }", true),
            ("{ async move {}.boxed() }", true),
            ("{ Pin::new(async {}) }", false),
            ("{ async {}; }", false),
            ("{ f() }", false),
        ] {
            let mut body: Block = parse_str(text).unwrap();
            assert_eq!(tail_async(&body).is_some(), expected, "{text}");
            assert_eq!(tail_async_mut(&mut body).is_some(), expected, "{text}");
        }
    }
}

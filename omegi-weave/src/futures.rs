//! Functions that are asynchronous without saying so: they return a future that an `async` block at their end makes.
//!
//! `fn f() -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { … }) }` is what async-trait makes of an
//! `async fn`, and what people write who need a boxed future.

use syn::{
    AngleBracketedGenericArguments, Block, Expr, ExprAsync, GenericArgument, Path, PathArguments, Stmt, Type,
    TypeParamBound,
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

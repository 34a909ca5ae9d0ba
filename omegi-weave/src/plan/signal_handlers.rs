//! Recognises functions that may be signal handlers.

use quote::ToTokens as _;
use syn::{Abi, Attribute, FnArg, Ident, PathArguments, ReturnType, Signature, Type};

use crate::parse::attributes::mentions_word;
use crate::plan::return_type;

/// Returns whether a function has the signature of a signal handler, and is not made for callers in
/// C:
///
/// ```text
/// extern "C" fn(c_int)
/// extern "C" fn(c_int, *mut siginfo_t, *mut c_void)
/// ```
pub(crate) fn is_signal_handler(attrs: &[Attribute], sig: &Signature) -> bool {
    has_abi(sig) && returns_nothing(&sig.output) && has_arguments(sig) && !is_exported(attrs)
}

fn has_abi(sig: &Signature) -> bool {
    let name = |abi: &Abi| abi.name.as_ref().map_or_else(|| "C".to_owned(), |name| name.value());
    let is_c = sig.abi.as_ref().is_some_and(|abi| matches!(&*name(abi), "C" | "C-unwind"));
    is_c && sig.asyncness.is_none() && sig.constness.is_none() && sig.variadic.is_none()
}

fn returns_nothing(output: &ReturnType) -> bool {
    let is_unit = |ty: &Type| matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty());
    return_type::written(output).is_none_or(|ty| return_type::is_never(ty) || is_unit(ty))
}

fn has_arguments(sig: &Signature) -> bool {
    let types: Option<Vec<_>> = sig.inputs.iter().map(typed).collect();
    match types.as_deref() {
        Some([signal]) => is_int(signal),
        Some([signal, info, context]) => is_int(signal) && is_pointer(info) && is_pointer(context),
        _ => false,
    }
}

fn typed(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    }
}

fn is_int(ty: &Type) -> bool {
    last_name(ty).is_some_and(|name| name == "c_int" || name == "i32")
}

/// Returns whether this is a pointer, or the number that old bindings have in its place.
fn is_pointer(ty: &Type) -> bool {
    match ty {
        Type::Ptr(_) | Type::Reference(_) => true,
        Type::Paren(ty) => is_pointer(&ty.elem),
        Type::Group(ty) => is_pointer(&ty.elem),
        ty => last_name(ty).is_some_and(|name| name == "usize" || name == "Option"),
    }
}

fn last_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(ty) if ty.qself.is_none() => {
            let last = ty.path.segments.last()?;
            (last.ident == "Option" || matches!(last.arguments, PathArguments::None)).then_some(&last.ident)
        }
        Type::Paren(ty) => last_name(&ty.elem),
        Type::Group(ty) => last_name(&ty.elem),
        _ => None,
    }
}

/// Returns whether code in other languages may call the function by its name.
fn is_exported(attrs: &[Attribute]) -> bool {
    let mentions = |word| attrs.iter().any(|attr| mentions_word(attr.meta.to_token_stream(), word));
    mentions("no_mangle") || mentions("export_name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    #[test]
    fn signatures_of_handlers_are_recognised() {
        for (text, expected) in [
            ("extern \"C\" fn f(_: c_int) {}", true),
            ("extern \"C\" fn f(signal: i32) {}", true),
            ("extern fn f(signal: libc::c_int) -> () {}", true),
            ("unsafe extern \"C-unwind\" fn f(mut signal: ::core::ffi::c_int) -> ! { loop {} }", true),
            ("extern \"C\" fn f(a: c_int, b: *mut siginfo_t, c: *mut c_void) {}", true),
            ("extern \"C\" fn f(a: i32, b: &libc::siginfo_t, c: *const libc::ucontext_t) {}", true),
            ("extern \"C\" fn f(a: i32, b: usize, c: Option<&mut c_void>) {}", true),
            ("fn f(signal: c_int) {}", false),
            ("extern \"C\" fn f() {}", false),
            ("extern \"C\" fn f(signal: c_int) -> c_int { 0 }", false),
            ("extern \"C\" fn f(size: usize) {}", false),
            ("extern \"C\" fn f(a: c_int, b: c_int) {}", false),
            ("extern \"C\" fn f(a: c_int, b: c_int, c: *mut c_void) {}", false),
            ("extern \"C\" fn f(&self, signal: c_int) {}", false),
            ("extern \"system\" fn f(kind: i32) {}", false),
            ("#[no_mangle] extern \"C\" fn f(handle: c_int) {}", false),
            ("#[unsafe(no_mangle)] extern \"C\" fn f(handle: c_int) {}", false),
            ("#[unsafe(export_name = \"g\")] extern \"C\" fn f(handle: c_int) {}", false),
        ] {
            let ItemFn { attrs, sig, .. } = parse_str(text).unwrap();
            assert_eq!(is_signal_handler(&attrs, &sig), expected, "{text}");
        }
    }
}

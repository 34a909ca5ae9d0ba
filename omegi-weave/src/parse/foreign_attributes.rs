//! Recognises attributes of other libraries that may rewrite a function's body.
//!
//! Such a macro looks for what the author wrote: for the value at a body's end, for `.await`, for
//! calls of hooks. The weave hides these. It therefore waits until the macro has run, unless the
//! macro is known to keep the body as it is.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::{Attribute, Meta, Path};

use crate::parse::attributes::conditional;
use crate::parse::own_attributes::is_own;

/// The attributes of the compiler.
const BUILT_IN: [&str; 46] = [
    "allow",
    "automatically_derived",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "coverage",
    "debugger_visibility",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "export_name",
    "ffi_const",
    "ffi_pure",
    "forbid",
    "global_allocator",
    "ignore",
    "inline",
    "instruction_set",
    "link_name",
    "link_section",
    "macro_export",
    "macro_use",
    "must_not_suspend",
    "must_use",
    "naked",
    "no_mangle",
    "no_implicit_prelude",
    "non_exhaustive",
    "optimize",
    "panic_handler",
    "alloc_error_handler",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "repr",
    "should_panic",
    "target_feature",
    "test",
    "track_caller",
    "unsafe",
    "used",
    "warn",
];

/// The tools whose attributes the compiler passes on.
const TOOLS: [&str; 6] = ["clippy", "core", "diagnostic", "miri", "rust_analyzer", "rustfmt"];

/// Libraries whose attributes keep a body as it is: they put it into a block, a function or a
/// future.
const KEEPING_LIBRARIES: [&str; 32] = [
    "actix_rt",
    "actix_web",
    "async_recursion",
    "async_std",
    "async_trait",
    "autometrics",
    "axum",
    "bon",
    "cached",
    "compio",
    "fastrace",
    "monoio",
    "ntest",
    "ntex",
    "omegi",
    "poem",
    "pyo3",
    "rocket",
    "rstest",
    "serial_test",
    "smol_potat",
    "sqlx",
    "test_case",
    "test_log",
    "tokio",
    "tokio_uring",
    "tonic",
    "tracing",
    "tracing_attributes",
    "tracing_test",
    "wasm_bindgen",
    "wasm_bindgen_test",
];

/// Such attributes, by the names that an import gives them.
const KEEPING: [&str; 32] = [
    "async_recursion",
    "async_trait",
    "autometrics",
    "builder",
    "cached",
    "case",
    "catch",
    "delete",
    "entry",
    "exception",
    "fixture",
    "get",
    "head",
    "instrument",
    "interrupt",
    "io_cached",
    "launch",
    "main",
    "once",
    "patch",
    "post",
    "put",
    "pyfunction",
    "pymethods",
    "pymodule",
    "route",
    "rstest",
    "serial",
    "test_case",
    "traced_test",
    "wasm_bindgen",
    "wasm_bindgen_test",
];

/// Returns whether one of these attributes may rewrite the item on which they stand, also under a
/// condition.
pub(crate) fn rewrite(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match conditional(attr) {
        Some((_, metas)) => {
            metas.iter().map(Meta::path).any(|path| path.is_ident("cfg_attr") || rewrites(path))
        }
        None => rewrites(attr.path()),
    })
}

fn rewrites(path: &Path) -> bool {
    let is_one_of = |words: &[&str], word: &Ident| words.iter().any(|known| word == known);
    let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.unraw()).collect();
    match names.as_slice() {
        [] => false,
        _ if is_own(path) => false,
        [only] => !is_one_of(&BUILT_IN, only) && !is_one_of(&KEEPING, only) && !is_of_rustc(only),
        [first, ..] => !is_one_of(&TOOLS, first) && !is_one_of(&KEEPING_LIBRARIES, first),
    }
}

fn is_of_rustc(name: &Ident) -> bool {
    name.to_string().starts_with("rustc_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser as _;

    #[test]
    fn unknown_attributes_may_rewrite() {
        for (text, expected) in [
            ("#[culpa::throws(E)]", true),
            ("#[component]", true),
            ("#[::maybe_async::maybe_async]", true),
            ("#[maybe_async::test]", true),
            ("#[cfg_attr(test, inline, culpa::try_fn)]", true),
            ("#[cfg_attr(test, cfg_attr(x, culpa::try_fn))]", true),
            ("#[inline] #[throws]", true),
            ("/// doc", false),
            ("#[test] #[should_panic] #[unsafe(no_mangle)] #[rustc_dummy]", false),
            ("#[clippy::cognitive_complexity = \"1\"] #[rustfmt::skip]", false),
            ("#[tokio::main(flavor = \"x\")] #[sqlx::test] #[tracing::instrument]", false),
            ("#[async_trait] #[rstest] #[get(\"/\")]", false),
            ("#[cfg_attr(test, tokio::test)] #[cfg(test)]", false),
            ("#[omegi::traced] #[my::untraced]", false),
        ] {
            assert_eq!(rewrite(&Attribute::parse_outer.parse_str(text).unwrap()), expected, "{text}");
        }
    }
}

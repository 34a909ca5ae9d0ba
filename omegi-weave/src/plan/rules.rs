//! The table of functions that are not woven, with the reason for each.

use std::fmt;

use syn::{Attribute, Block, Path, Signature};

use crate::parse::attributes;
use crate::parse::own_attributes::{OwnAttribute, own};
use crate::plan::{return_type, woven};

/// The reason to skip a function: it stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// `const fn`.
    Const,
    /// A procedural macro's entry.
    ProcMacro,
    /// `#[panic_handler]` and the like.
    PanicHandler,
    /// A method of the global allocator.
    Allocator,
    /// `#[naked]`.
    Naked,
    /// `extern "x86-interrupt"` and the like.
    Abi,
    /// C variadics.
    Variadic,
    /// `async fn` that returns `impl Fn(…)`.
    OpaqueFunction,
    /// A declaration in an `extern` block.
    Foreign,
    /// A trait's method without a default.
    NoBody,
    /// `#[untraced]`.
    Untraced,
    /// Excluded by its name, by the caller that weaves the crate.
    Unwanted,
    /// Its woven code does not compile.
    DoesNotCompile,
    /// Woven before.
    Woven,
    /// A body that calls nothing.
    Trivial,
    /// `extern "C" fn(c_int)`: the calls in it are muted.
    SignalHandler,
    /// An `impl` of `Debug`, `Clone`, `Drop` and similar traits.
    StandardImpl,
    /// The function or its neighbour in an `impl` holds `mod name;`.
    FileModule,
}

impl SkipReason {
    /// Returns the reason as a clause: "it is skipped: …".
    ///
    /// ```
    /// use omegi_weave::SkipReason;
    ///
    /// assert_eq!(SkipReason::NoBody.explain(), "it has no body");
    /// ```
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Const => "a `const fn` may run in the compiler, where nothing can be recorded",
            Self::ProcMacro => "a procedural macro runs in the compiler, not in the program",
            Self::PanicHandler => "it runs after the program has failed for good",
            Self::Allocator => "recording may allocate, so that an allocator that records calls itself",
            Self::Naked => "a naked function has no frame to keep a span in",
            Self::Abi => "its calling convention belongs to hardware, not to Rust or C",
            Self::Variadic => "a variadic function's body cannot be moved",
            Self::OpaqueFunction => {
                "the compiler infers its closure's arguments only where the function itself returns it"
            }
            Self::Foreign => "an `extern` block only declares it: its body is elsewhere",
            Self::NoBody => "it has no body",
            Self::Untraced => "it is marked `#[untraced]`",
            Self::Unwanted => "it was excluded by its name",
            Self::DoesNotCompile => "woven, it does not compile",
            Self::Woven => "it is woven already",
            Self::Trivial => "its body calls nothing, loops nowhere and cannot fail",
            Self::SignalHandler => {
                "it may be a signal handler, which must not allocate: its calls record nothing; \
                 `#[traced]` weaves it"
            }
            Self::StandardImpl => {
                "impls of `Debug`, `Clone`, `Drop` and similar traits are called everywhere and say little"
            }
            Self::FileModule => {
                "the compiler allows no attribute on an item that holds a module in a file: `mod name;`"
            }
        }
    }

    /// Returns whether an explicit `#[traced]` on the function overrides this reason.
    #[must_use]
    pub const fn is_default(self) -> bool {
        matches!(self, Self::Trivial | Self::SignalHandler | Self::StandardImpl)
    }

    /// Returns whether `#[traced]` on such a function is an error; not where the source gives the
    /// reason itself.
    pub(crate) const fn is_error(self) -> bool {
        !matches!(self, Self::Untraced | Self::Woven)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explain())
    }
}

/// Attributes that forbid weaving the function on which they stand.
const FORBIDDING_ATTRIBUTES: [(&str, SkipReason); 6] = [
    ("proc_macro", SkipReason::ProcMacro),
    ("proc_macro_attribute", SkipReason::ProcMacro),
    ("proc_macro_derive", SkipReason::ProcMacro),
    ("panic_handler", SkipReason::PanicHandler),
    ("alloc_error_handler", SkipReason::PanicHandler),
    ("naked", SkipReason::Naked),
];

/// Traits whose impls are skipped.
const SKIPPED_TRAITS: [(&str, SkipReason); 24] = [
    ("GlobalAlloc", SkipReason::Allocator),
    ("Binary", SkipReason::StandardImpl),
    ("Debug", SkipReason::StandardImpl),
    ("Display", SkipReason::StandardImpl),
    ("LowerExp", SkipReason::StandardImpl),
    ("LowerHex", SkipReason::StandardImpl),
    ("Octal", SkipReason::StandardImpl),
    ("Pointer", SkipReason::StandardImpl),
    ("UpperExp", SkipReason::StandardImpl),
    ("UpperHex", SkipReason::StandardImpl),
    ("AsMut", SkipReason::StandardImpl),
    ("AsRef", SkipReason::StandardImpl),
    ("Borrow", SkipReason::StandardImpl),
    ("BorrowMut", SkipReason::StandardImpl),
    ("Clone", SkipReason::StandardImpl),
    ("Default", SkipReason::StandardImpl),
    ("Deref", SkipReason::StandardImpl),
    ("DerefMut", SkipReason::StandardImpl),
    ("Drop", SkipReason::StandardImpl),
    ("Eq", SkipReason::StandardImpl),
    ("Hash", SkipReason::StandardImpl),
    ("Ord", SkipReason::StandardImpl),
    ("PartialEq", SkipReason::StandardImpl),
    ("PartialOrd", SkipReason::StandardImpl),
];

/// Calling conventions of ordinary functions.
const ORDINARY_ABIS: [&str; 7] = ["Rust", "C", "C-unwind", "system", "system-unwind", "sysv64", "win64"];

/// Returns the reason to skip the methods of an impl of this trait, if there is one.
pub(crate) fn skipped_trait(of: &Path) -> Option<SkipReason> {
    let name = &of.segments.last()?.ident;
    SKIPPED_TRAITS.iter().find(|(skipped, _)| name == skipped).map(|(_, reason)| *reason)
}

/// Returns the reason why this function cannot be woven; `None` if it can.
pub(crate) fn forbidden(attrs: &[Attribute], sig: &Signature, body: &Block) -> Option<SkipReason> {
    by_attribute(attrs)
        .or_else(|| by_signature(sig))
        .or_else(|| woven::is_woven(body).then_some(SkipReason::Woven))
}

fn by_attribute(attrs: &[Attribute]) -> Option<SkipReason> {
    if own(attrs) == OwnAttribute::Untraced {
        return Some(SkipReason::Untraced);
    }
    let names = attributes::names(attrs);
    let forbids = |name: &str| names.iter().any(|ident| ident == name);
    FORBIDDING_ATTRIBUTES.iter().find(|(name, _)| forbids(name)).map(|(_, reason)| *reason)
}

fn by_signature(sig: &Signature) -> Option<SkipReason> {
    if sig.constness.is_some() {
        Some(SkipReason::Const)
    } else if sig.variadic.is_some() {
        Some(SkipReason::Variadic)
    } else if sig.asyncness.is_some()
        && return_type::written(&sig.output).is_some_and(return_type::is_opaque_function)
    {
        Some(SkipReason::OpaqueFunction)
    } else {
        let abi = sig.abi.as_ref()?.name.as_ref()?.value();
        (!ORDINARY_ABIS.contains(&abi.as_str())).then_some(SkipReason::Abi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    fn reason(text: &str) -> Option<SkipReason> {
        let ItemFn { attrs, sig, block, .. } = parse_str(text).unwrap();
        forbidden(&attrs, &sig, &block)
    }

    #[test]
    fn every_rule_applies() {
        for (text, expected) in [
            ("const fn f() { g() }", Some(SkipReason::Const)),
            ("#[proc_macro] fn f() { g() }", Some(SkipReason::ProcMacro)),
            ("#[proc_macro_derive(X)] fn f() { g() }", Some(SkipReason::ProcMacro)),
            ("#[panic_handler] fn f() -> ! { g() }", Some(SkipReason::PanicHandler)),
            ("#[naked] extern \"C\" fn f() { g() }", Some(SkipReason::Naked)),
            ("#[unsafe(naked)] extern \"C\" fn f() { g() }", Some(SkipReason::Naked)),
            ("#[cfg_attr(x, naked)] fn f() { g() }", Some(SkipReason::Naked)),
            ("unsafe extern \"C\" fn f(a: u8, ...) { g() }", Some(SkipReason::Variadic)),
            ("extern \"x86-interrupt\" fn f() { g() }", Some(SkipReason::Abi)),
            ("async fn f() -> impl Fn(u8) { g() }", Some(SkipReason::OpaqueFunction)),
            ("fn f() -> impl Fn(u8) { g() }", None),
            ("extern \"C\" fn f() { g() }", None),
            ("extern fn f() { g() }", None),
            ("#[untraced] fn f() { g() }", Some(SkipReason::Untraced)),
            ("#[cfg_attr(x, untraced)] fn f() { g() }", None),
            ("fn f() { let __omegi_span = g(); }", Some(SkipReason::Woven)),
            ("#[test] fn f() { g() }", None),
        ] {
            assert_eq!(reason(text), expected, "{text}");
        }
    }

    #[test]
    fn standard_traits_are_skipped() {
        for (text, expected) in [
            ("fmt::Debug", Some(SkipReason::StandardImpl)),
            ("PartialEq<Other>", Some(SkipReason::StandardImpl)),
            ("std::alloc::GlobalAlloc", Some(SkipReason::Allocator)),
            ("Iterator", None),
        ] {
            assert_eq!(skipped_trait(&parse_str(text).unwrap()), expected, "{text}");
        }
    }
}

//! What is not woven, and why: the one table.

use std::fmt;

use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprAwait, ExprCall, ExprForLoop, ExprLoop, ExprMethodCall, ExprTry, ExprWhile,
    Ident, Item, Macro, Path, Signature,
};

use crate::attributes::{self, Own};
use crate::{marker, returns};

/// Why a function is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
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
    /// Named, by whoever weaves the crate, as one to leave.
    Unwanted,
    /// Woven before.
    Woven,
    /// A body that calls nothing.
    Trivial,
    /// An `impl` of `Debug`, `Clone`, `Drop` and their like.
    StandardImpl,
    /// It or its neighbour in an `impl` holds `mod name;`.
    FileModule,
}

impl Reason {
    /// The reason as a sentence's second half: "it is left alone because …".
    ///
    /// ```
    /// assert_eq!(omegi_weave::Reason::Trivial.explain(), "its body calls nothing, loops nowhere and cannot fail");
    /// ```
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Const => "a `const fn` may run in the compiler, where nothing can be recorded",
            Self::ProcMacro => "a procedural macro runs in the compiler, not in the program",
            Self::PanicHandler => "it runs when the program is already lost",
            Self::Allocator => "recording may allocate, so that an allocator that records calls itself",
            Self::Naked => "a naked function has no frame to keep a span in",
            Self::Abi => "its calling convention belongs to hardware, not to Rust or C",
            Self::Variadic => "a variadic function's body cannot be moved",
            Self::OpaqueFunction => {
                "what its closure takes is known from the place where it is returned only"
            }
            Self::Foreign => "an `extern` block only declares it: its body is elsewhere",
            Self::NoBody => "it has no body",
            Self::Untraced => "it is marked `#[untraced]`",
            Self::Unwanted => "it was named as one to leave",
            Self::Woven => "it is woven already",
            Self::Trivial => "its body calls nothing, loops nowhere and cannot fail",
            Self::StandardImpl => {
                "impls of `Debug`, `Clone`, `Drop` and their like are called everywhere and say little"
            }
            Self::FileModule => "attributes may not stand on what holds a module in a file: `mod name;`",
        }
    }

    /// Whether an explicit `#[traced]` on the function beats this reason.
    #[must_use]
    pub const fn is_default(self) -> bool {
        matches!(self, Self::Trivial | Self::StandardImpl)
    }

    /// Whether an author who writes `#[traced]` is to be told: not where that is what the source says.
    pub(crate) const fn is_news(self) -> bool {
        !matches!(self, Self::Untraced | Self::Woven)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explain())
    }
}

/// Attributes that forbid weaving the function on which they stand.
const FORBIDDING_ATTRIBUTES: [(&str, Reason); 6] = [
    ("proc_macro", Reason::ProcMacro),
    ("proc_macro_attribute", Reason::ProcMacro),
    ("proc_macro_derive", Reason::ProcMacro),
    ("panic_handler", Reason::PanicHandler),
    ("alloc_error_handler", Reason::PanicHandler),
    ("naked", Reason::Naked),
];

/// Traits whose impls are left alone.
const LEFT_TRAITS: [(&str, Reason); 24] = [
    ("GlobalAlloc", Reason::Allocator),
    ("Binary", Reason::StandardImpl),
    ("Debug", Reason::StandardImpl),
    ("Display", Reason::StandardImpl),
    ("LowerExp", Reason::StandardImpl),
    ("LowerHex", Reason::StandardImpl),
    ("Octal", Reason::StandardImpl),
    ("Pointer", Reason::StandardImpl),
    ("UpperExp", Reason::StandardImpl),
    ("UpperHex", Reason::StandardImpl),
    ("AsMut", Reason::StandardImpl),
    ("AsRef", Reason::StandardImpl),
    ("Borrow", Reason::StandardImpl),
    ("BorrowMut", Reason::StandardImpl),
    ("Clone", Reason::StandardImpl),
    ("Default", Reason::StandardImpl),
    ("Deref", Reason::StandardImpl),
    ("DerefMut", Reason::StandardImpl),
    ("Drop", Reason::StandardImpl),
    ("Eq", Reason::StandardImpl),
    ("Hash", Reason::StandardImpl),
    ("Ord", Reason::StandardImpl),
    ("PartialEq", Reason::StandardImpl),
    ("PartialOrd", Reason::StandardImpl),
];

/// Calling conventions of ordinary functions.
const ORDINARY_ABIS: [&str; 7] = ["Rust", "C", "C-unwind", "system", "system-unwind", "sysv64", "win64"];

/// Why the methods of an impl of this trait are left alone, if they are.
pub(crate) fn left_trait(of: &Path) -> Option<Reason> {
    let name = &of.segments.last()?.ident;
    LEFT_TRAITS.iter().find(|(left, _)| name == left).map(|(_, reason)| *reason)
}

/// Why this function cannot be woven, whoever asks; `None` if it can.
pub(crate) fn forbidden(attrs: &[Attribute], sig: &Signature, body: &Block) -> Option<Reason> {
    by_attribute(attrs)
        .or_else(|| by_signature(sig))
        .or_else(|| marker::is_woven(body).then_some(Reason::Woven))
}

fn by_attribute(attrs: &[Attribute]) -> Option<Reason> {
    if attributes::own(attrs) == Own::Untraced {
        return Some(Reason::Untraced);
    }
    let names = attributes::names(attrs);
    let forbids = |name: &str| names.iter().any(|ident| ident == name);
    FORBIDDING_ATTRIBUTES.iter().find(|(name, _)| forbids(name)).map(|(_, reason)| *reason)
}

fn by_signature(sig: &Signature) -> Option<Reason> {
    if sig.constness.is_some() {
        Some(Reason::Const)
    } else if sig.variadic.is_some() {
        Some(Reason::Variadic)
    } else if sig.asyncness.is_some()
        && returns::written(&sig.output).is_some_and(returns::is_opaque_function)
    {
        Some(Reason::OpaqueFunction)
    } else {
        let abi = sig.abi.as_ref()?.name.as_ref()?.value();
        (!ORDINARY_ABIS.contains(&abi.as_str())).then_some(Reason::Abi)
    }
}

/// Whether nothing happens in `body` that a span could tell about: it calls nothing, loops nowhere, waits for
/// nothing and does not produce an error.
pub(crate) fn is_trivial(body: &mut Block) -> bool {
    let mut search = Happenings { found: false };
    search.visit_block_mut(body);
    !search.found
}

/// Searches a body for something that happens. It only looks; syn's other visitor would be one more to compile.
struct Happenings {
    found: bool,
}

impl VisitMut for Happenings {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if !self.found {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if is_constructor(&call.func) {
            visit_mut::visit_expr_call_mut(self, call);
        } else {
            self.found = true;
        }
    }

    fn visit_expr_method_call_mut(&mut self, _: &mut ExprMethodCall) {
        self.found = true;
    }

    fn visit_macro_mut(&mut self, _: &mut Macro) {
        self.found = true;
    }

    fn visit_expr_loop_mut(&mut self, _: &mut ExprLoop) {
        self.found = true;
    }

    fn visit_expr_while_mut(&mut self, _: &mut ExprWhile) {
        self.found = true;
    }

    fn visit_expr_for_loop_mut(&mut self, _: &mut ExprForLoop) {
        self.found = true;
    }

    fn visit_expr_await_mut(&mut self, _: &mut ExprAwait) {
        self.found = true;
    }

    fn visit_expr_try_mut(&mut self, _: &mut ExprTry) {
        self.found = true;
    }

    // What a nested function does, this one does not.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Whether a call only puts a value together: `Some(x)`, `Point(1, 2)`. `Err(e)` is where an error begins.
pub(crate) fn is_constructor(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let name = path.path.segments.last().map(|segment| &segment.ident);
    name.is_some_and(|name| name != "Err" && starts_upper_case(name))
}

/// Whether a name is that of a type, a variant or a constant, not of a variable or function.
pub(crate) fn starts_upper_case(name: &Ident) -> bool {
    name.to_string().trim_start_matches("r#").starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    fn why(text: &str) -> Option<Reason> {
        let ItemFn { attrs, sig, mut block, .. } = parse_str(text).unwrap();
        forbidden(&attrs, &sig, &block).or_else(|| is_trivial(&mut block).then_some(Reason::Trivial))
    }

    #[test]
    fn every_rule_applies() {
        for (text, expected) in [
            ("const fn f() { g() }", Some(Reason::Const)),
            ("#[proc_macro] fn f() { g() }", Some(Reason::ProcMacro)),
            ("#[proc_macro_derive(X)] fn f() { g() }", Some(Reason::ProcMacro)),
            ("#[panic_handler] fn f() -> ! { g() }", Some(Reason::PanicHandler)),
            ("#[naked] extern \"C\" fn f() { g() }", Some(Reason::Naked)),
            ("#[unsafe(naked)] extern \"C\" fn f() { g() }", Some(Reason::Naked)),
            ("#[cfg_attr(x, naked)] fn f() { g() }", Some(Reason::Naked)),
            ("unsafe extern \"C\" fn f(a: u8, ...) { g() }", Some(Reason::Variadic)),
            ("extern \"x86-interrupt\" fn f() { g() }", Some(Reason::Abi)),
            ("async fn f() -> impl Fn(u8) { g() }", Some(Reason::OpaqueFunction)),
            ("fn f() -> impl Fn(u8) { g() }", None),
            ("extern \"C\" fn f() { g() }", None),
            ("extern fn f() { g() }", None),
            ("#[untraced] fn f() { g() }", Some(Reason::Untraced)),
            ("#[cfg_attr(x, untraced)] fn f() { g() }", None),
            ("fn f() { let __omegi_span = g(); }", Some(Reason::Woven)),
            ("#[test] fn f() { g() }", None),
        ] {
            assert_eq!(why(text), expected, "{text}");
        }
    }

    #[test]
    fn trivial_is_what_calls_nothing() {
        for body in [
            "",
            "1 + 2",
            "self.x",
            "Some(self.x)",
            "Self::Variant(1)",
            "if a { 1 } else { b[0] }",
            "fn g() { h() } 1",
        ] {
            assert_eq!(why(&format!("fn f() {{ {body} }}")), Some(Reason::Trivial), "{body}");
        }
        for body in [
            "g()",
            "self.g()",
            "vec![1]",
            "println!();",
            "loop {}",
            "for a in b {}",
            "while a {}",
            "a?",
            "Err(E)",
            "|| g()",
            "Some(g())",
        ] {
            assert_eq!(why(&format!("fn f() {{ {body} }}")), None, "{body}");
        }
    }

    #[test]
    fn standard_traits_are_left() {
        for (text, expected) in [
            ("fmt::Debug", Some(Reason::StandardImpl)),
            ("PartialEq<Other>", Some(Reason::StandardImpl)),
            ("std::alloc::GlobalAlloc", Some(Reason::Allocator)),
            ("Iterator", None),
        ] {
            assert_eq!(left_trait(&parse_str(text).unwrap()), expected, "{text}");
        }
    }
}

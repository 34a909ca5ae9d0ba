//! Chooses the detail of a function from its source alone, where nothing was measured (ADR 37).
//!
//! A span costs tens of nanoseconds, so it fits a call that takes microseconds. The source shows
//! some of these: they wait, do I/O, start work, or repeat calls of calls. Every other function
//! keeps its errors, which cost nothing while nothing fails. In doubt a function gets no span: the
//! error path names it anyway.

use std::fmt;

use syn::{Attribute, Block, Expr, Path, Signature, Stmt};

use crate::parse::attributes;
use crate::parse::detail::Detail;
use crate::plan::activity::Activity;
use crate::plan::naming;

/// The choice for one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) detail: Detail,
    pub(crate) reason: ChoiceReason,
}

/// The facts about a function that stand outside of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct ChoiceContext<'a> {
    /// The trait, in an `impl` of one.
    pub(crate) implements: Option<&'a Path>,
    /// True if the returned value may be an error.
    pub(crate) may_fail: bool,
    /// True for the program's `main`.
    pub(crate) is_main: bool,
}

/// The reason for a choice: the first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChoiceReason {
    /// The program's `main`.
    Main,
    /// A test or a benchmark.
    Test,
    /// An `async fn`.
    Asynchronous,
    /// An `.await` in its body.
    Awaits,
    /// A call that starts a task, a thread or a process.
    Spawns,
    /// A call that sleeps, or waits for a thread or a message.
    Waits,
    /// A call that uses files, the network or a database.
    Io,
    /// A method of an operator: `impl Add`.
    Operator,
    /// A method of an iterator.
    Iterator,
    /// A body that is one place: `&self.name`.
    ReadsField,
    /// A body that is one call.
    Delegates,
    /// A body without a loop.
    Straight,
    /// A body that loops.
    Computes,
}

impl ChoiceReason {
    /// Returns the reason in a few words, for lists: "does I/O".
    ///
    /// ```
    /// use omegi_weave::ChoiceReason;
    ///
    /// assert_eq!(ChoiceReason::Io.explain(), "does I/O");
    /// ```
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Test => "test",
            Self::Asynchronous => "async fn",
            Self::Awaits => "awaits",
            Self::Spawns => "spawns",
            Self::Waits => "waits",
            Self::Io => "does I/O",
            Self::Operator => "operator",
            Self::Iterator => "iterator",
            Self::ReadsField => "reads a field",
            Self::Delegates => "delegates",
            Self::Straight => "straight body",
            Self::Computes => "only computes",
        }
    }

    /// Returns whether the function begins flows. Such a function has a span even where all others
    /// have only errors: without a root an error has no path.
    pub(crate) const fn begins_flows(self) -> bool {
        matches!(self, Self::Main | Self::Test)
    }

    /// Returns whether a function gets a span for this reason.
    #[must_use]
    pub const fn wants_span(self) -> bool {
        matches!(
            self,
            Self::Main
                | Self::Test
                | Self::Asynchronous
                | Self::Awaits
                | Self::Spawns
                | Self::Waits
                | Self::Io
        )
    }
}

impl fmt::Display for ChoiceReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explain())
    }
}

/// Attributes of tests, by the last name of their path: also `tokio::test`.
const TEST_ATTRIBUTES: [&str; 6] = ["bench", "proptest", "quickcheck", "rstest", "test", "test_case"];

/// Traits of operators.
const OPERATORS: [&str; 28] = [
    "Add",
    "AddAssign",
    "BitAnd",
    "BitAndAssign",
    "BitOr",
    "BitOrAssign",
    "BitXor",
    "BitXorAssign",
    "Deref",
    "DerefMut",
    "Div",
    "DivAssign",
    "Index",
    "IndexMut",
    "Mul",
    "MulAssign",
    "Neg",
    "Not",
    "PartialEq",
    "PartialOrd",
    "Rem",
    "RemAssign",
    "Shl",
    "ShlAssign",
    "Shr",
    "ShrAssign",
    "Sub",
    "SubAssign",
];

/// Traits whose methods run once for each item.
const ITERATORS: [&str; 4] = ["DoubleEndedIterator", "ExactSizeIterator", "IntoIterator", "Iterator"];

/// Chooses the detail of a function. It changes nothing in `body`.
pub(crate) fn choose(
    attrs: &[Attribute],
    sig: &Signature,
    body: &mut Block,
    context: &ChoiceContext<'_>,
) -> Choice {
    let reason = reason(attrs, sig, body, context);
    let detail = match reason.wants_span() {
        true => Detail::Span,
        false if context.may_fail => Detail::Errors,
        false => Detail::None,
    };
    Choice { detail, reason }
}

fn reason(
    attrs: &[Attribute],
    sig: &Signature,
    body: &mut Block,
    context: &ChoiceContext<'_>,
) -> ChoiceReason {
    let activity = Activity::of(body);
    let attributes = attributes::names(attrs);
    let is_test = attributes.iter().any(|name| TEST_ATTRIBUTES.iter().any(|test| name == test));
    let implements = |traits: &[&str]| {
        let name = context.implements.and_then(|of| of.segments.last()).map(|segment| &segment.ident);
        name.is_some_and(|name| traits.iter().any(|known| name == known))
    };
    let reasons = [
        (context.is_main, ChoiceReason::Main),
        (is_test, ChoiceReason::Test),
        (sig.asyncness.is_some(), ChoiceReason::Asynchronous),
        (activity.awaits, ChoiceReason::Awaits),
        (activity.spawns, ChoiceReason::Spawns),
        (activity.waits, ChoiceReason::Waits),
        (activity.does_io, ChoiceReason::Io),
        (implements(&OPERATORS), ChoiceReason::Operator),
        (implements(&ITERATORS), ChoiceReason::Iterator),
        (only_expression(body).is_some_and(is_place), ChoiceReason::ReadsField),
        (only_expression(body).is_some_and(delegates), ChoiceReason::Delegates),
        (activity.loops == 0, ChoiceReason::Straight),
    ];
    reasons.iter().find(|(applies, _)| *applies).map_or(ChoiceReason::Computes, |(_, reason)| *reason)
}

/// Returns the expression that is the whole body.
fn only_expression(body: &Block) -> Option<&Expr> {
    let [Stmt::Expr(expr, _)] = &*body.stmts else { return None };
    Some(inner(expr))
}

/// Returns the expression inside of what neither calls nor branches: `x` in `&(x?)`.
fn inner(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(node) => inner(&node.expr),
        Expr::Group(node) => inner(&node.expr),
        Expr::Paren(node) => inner(&node.expr),
        Expr::Reference(node) => inner(&node.expr),
        Expr::Return(node) => node.expr.as_deref().map_or(expr, inner),
        Expr::Try(node) => inner(&node.expr),
        Expr::Unary(node) => inner(&node.expr),
        Expr::Unsafe(node) => match &*node.block.stmts {
            [Stmt::Expr(only, None)] => inner(only),
            _ => expr,
        },
        Expr::Call(node) if naming::is_constructor(&node.func) && node.args.len() == 1 => {
            inner(&node.args[0])
        }
        _ => expr,
    }
}

/// Returns whether an expression is a place: `self.a.b[0]`, also by way of a method that only
/// borrows or copies it.
fn is_place(expr: &Expr) -> bool {
    /// Methods that return the value as another type.
    const VIEWS: [&str; 14] = [
        "as_deref", "as_mut", "as_ref", "as_slice", "as_str", "borrow", "clone", "cloned", "copied", "get",
        "is_empty", "is_none", "is_some", "len",
    ];
    match inner(expr) {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(node) => is_place(&node.base),
        Expr::Index(node) => is_place(&node.expr) && is_place(&node.index),
        Expr::MethodCall(node) => {
            node.args.is_empty() && VIEWS.iter().any(|view| node.method == view) && is_place(&node.receiver)
        }
        _ => false,
    }
}

/// Returns whether an expression is a call, of arguments that call nothing.
fn delegates(expr: &Expr) -> bool {
    match inner(expr) {
        Expr::Call(node) => node.args.iter().all(is_place),
        Expr::MethodCall(node) => is_place(&node.receiver) && node.args.iter().all(is_place),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    fn chosen(text: &str, implements: Option<&str>) -> (Detail, ChoiceReason) {
        let ItemFn { attrs, sig, mut block, .. } = parse_str(text).unwrap();
        let implements = implements.map(|name| parse_str(name).unwrap());
        let context = ChoiceContext {
            implements: implements.as_ref(),
            may_fail: text.contains("Result"),
            is_main: sig.ident == "main",
        };
        let Choice { detail, reason } = choose(&attrs, &sig, &mut block, &context);
        (detail, reason)
    }

    #[test]
    fn the_first_reason_decides() {
        for (text, detail, reason) in [
            ("fn main() { run() }", Detail::Span, ChoiceReason::Main),
            ("#[test] fn t() { run() }", Detail::Span, ChoiceReason::Test),
            ("#[tokio::test] async fn t() { run() }", Detail::Span, ChoiceReason::Test),
            ("async fn f() { g() }", Detail::Span, ChoiceReason::Asynchronous),
            ("fn f() -> BoxFuture<()> { Box::pin(async { g().await }) }", Detail::Span, ChoiceReason::Awaits),
            ("fn f() { tokio::spawn(g()); }", Detail::Span, ChoiceReason::Spawns),
            ("fn f() { thread::sleep(d) }", Detail::Span, ChoiceReason::Waits),
            ("fn f() -> Result<()> { rx.recv()? }", Detail::Span, ChoiceReason::Waits),
            ("fn f() -> Result<()> { fs::read(p) }", Detail::Span, ChoiceReason::Io),
            ("fn f(&self) -> &str { self.name.as_str() }", Detail::None, ChoiceReason::ReadsField),
            ("fn f(&self) -> usize { self.list[self.at].len() }", Detail::None, ChoiceReason::ReadsField),
            ("fn f(&self) -> Result<T> { self.inner.f(1) }", Detail::Errors, ChoiceReason::Delegates),
            ("fn f(&self) -> Result<T> { Ok(g(a, &b)?) }", Detail::Errors, ChoiceReason::Delegates),
            ("fn f() -> Result<T> { let a = g()?; h(a) }", Detail::Errors, ChoiceReason::Straight),
            ("fn f(a: u8) { if a > 1 { g(a) } h() }", Detail::None, ChoiceReason::Straight),
            ("fn f() { while g() {} }", Detail::None, ChoiceReason::Computes),
            ("fn f() -> Result<()> { for a in b { c(a)? } Ok(()) }", Detail::Errors, ChoiceReason::Computes),
        ] {
            assert_eq!(chosen(text, None), (detail, reason), "{text}");
        }
    }

    #[test]
    fn the_trait_of_a_method_counts() {
        for (of, text, detail, reason) in [
            ("Add<u8>", "fn add(self, b: u8) -> S { g(self.0, b) }", Detail::None, ChoiceReason::Operator),
            (
                "std::ops::Index<u8>",
                "fn index(&self) -> &T { self.0.at(1) }",
                Detail::None,
                ChoiceReason::Operator,
            ),
            ("Iterator", "fn next(&mut self) -> O { self.0.pop() }", Detail::None, ChoiceReason::Iterator),
            ("Iterator", "fn next(&mut self) -> O { self.0.recv() }", Detail::Span, ChoiceReason::Waits),
            (
                "FromStr",
                "fn from_str(s: &str) -> Result<S> { p(s) }",
                Detail::Errors,
                ChoiceReason::Delegates,
            ),
        ] {
            assert_eq!(chosen(text, Some(of)), (detail, reason), "{of}: {text}");
        }
    }
}

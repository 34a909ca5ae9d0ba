//! Call sites: the statics that describe instrumented functions.
//!
//! # One static for each function
//!
//! Everything that all calls of a function share is known when the program is compiled: its path,
//! its file and line, the name and role of its span. The weave puts it into a `static` inside the
//! function, so a call records only a pointer to it:
//!
//! ```text
//! fn place(cart: &Cart) -> … {
//!     let span = enter({ static SITE: CallSite = CallSite::new("shop::orders", …); &SITE });
//!     …                                │
//! }                                    ▼
//!              ┌───────────────────────────────────────────────┐      records of a segment
//!              │ CallSite                                      │      ┌──────┬───────┬───┐
//!              │   module, path    shop::orders, place         │◀─────┤ site │ start │ … │
//!              │   location        src/orders.rs:12            │◀──┐  ├──────┼───────┼───┤
//!              │   name, kind      the span's, where given     │   └──┤ site │ start │ … │
//!              │   ignored         errors that do not count    │      └──────┴───────┴───┘
//!              │   call_speed, names                           │
//!              └───────────────────────────────────────────────┘
//! ```
//!
//! A static in a generic function is one for all its types. So all calls of the function have one
//! call site, however often the compiler copies its code. The address of a static never changes,
//! and no two have the same: it stands for the function in tables, such as that of the summaries.
//!
//! # Registration
//!
//! There is none, and no list of all call sites exists. omegi meets a call site at its first call.
//! A program with a thousand woven functions does nothing for them at its start.
//!
//! # The path
//!
//! The weave reads tokens and not types. It knows the path of most functions below their module
//! (`Cart::total`). It cannot write the type of every method: a default method of a trait has many.
//! Then it asks the compiler for the name of an item inside the function
//! ([`FunctionPath::TypeName`]). The first thread that needs the whole name puts it together, which
//! allocates, and the result stays. Usually that is the thread of an exporter.
//!
//! # State
//!
//! Two fields change while the program runs. `names` keeps the name that was put together.
//! `call_speed` learns whether the function's calls are so fast that reading the clock would be
//! noticed. Threads write it without a lock, because a lost update costs nothing but a later
//! verdict.
//!
//! # Spans that are no calls
//!
//! A record always points to a call site. The spans of OpenTelemetry share one for each role
//! ([`CallSite::foreign`]), and their names are updates of the record. Spans of `tracing` have one
//! for each callsite of `tracing`. Spawned work has one for its place in the source, with a
//! [`part`](CallSite::part) such as `{task}`. A turn of a loop has that of its function, with the
//! line of the loop.

use once_cell::race::OnceBox;

use super::call_speed::CallSpeed;
use super::error_allowance::ErrorAllowance;
use super::type_path::source_path;
use super::{Location, SpanKind};

/// The path of an instrumented function.
#[derive(Clone, Copy, Debug)]
pub enum FunctionPath {
    /// The path below its module, as the source writes it: `Cart::total`.
    Written(&'static str),
    /// Asks the compiler, for a method whose type the macro could not see: the
    /// [`std::any::type_name`] of an item inside the function.
    TypeName(fn() -> &'static str),
}

/// The description of one instrumented function: one `static` each, made by the macro.
///
/// It holds everything that all calls share, so that a call records only a pointer to it.
#[derive(Debug)]
pub struct CallSite {
    module: &'static str,
    path: FunctionPath,
    part: &'static str,
    name: Option<&'static str>,
    kind: SpanKind,
    location: Location,
    attributes: &'static [(&'static str, &'static str)],
    ignored: &'static [&'static str],
    calls: &'static str,
    call_speed: CallSpeed,
    error_allowance: ErrorAllowance,
    names: OnceBox<CallSiteNames>,
}

/// The names of a call site, computed by the first threads that need them: none waits for another,
/// which a fork may take away.
#[derive(Debug)]
struct CallSiteNames {
    function: String,
    span: String,
}

impl CallSite {
    /// A call site of the function at `path` in `module`.
    ///
    /// Its location is the caller's: the macro gives the call the span of the function's name.
    #[must_use]
    #[track_caller]
    pub const fn new(module: &'static str, path: FunctionPath) -> Self {
        Self {
            module,
            path,
            part: "",
            name: None,
            kind: SpanKind::Internal,
            location: Location::caller(),
            attributes: &[],
            ignored: &[],
            calls: "*",
            call_speed: CallSpeed::new(),
            error_allowance: ErrorAllowance::new(),
            names: OnceBox::new(),
        }
    }

    /// A call site for spans that are not calls: another library opens and describes them.
    #[must_use]
    #[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "for bridges"))]
    pub(crate) const fn foreign(kind: SpanKind) -> Self {
        Self::new("", FunctionPath::Written("")).kind(kind)
    }

    /// Returns whether its spans are calls of a function.
    pub(crate) fn is_function(&self) -> bool {
        !matches!(self.path, FunctionPath::Written(""))
    }

    /// Sets the location.
    #[must_use]
    pub(crate) const fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// Sets attributes that all its spans have.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_attributes(
        mut self,
        attributes: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.attributes = attributes;
        self
    }

    /// Makes it a part of its function with this name, such as `{task}` for a task that the
    /// function spawns.
    #[must_use]
    pub const fn part(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }

    /// Sets a span name instead of the function's path.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets the names of errors that are no reason to keep a flow when they leave this function.
    #[must_use]
    pub const fn ignoring(mut self, names: &'static [&'static str]) -> Self {
        self.ignored = names;
        self
    }

    /// Sets the names of the functions that its body may call, with blanks between them; `*` is
    /// any.
    #[must_use]
    pub const fn calling(mut self, names: &'static str) -> Self {
        self.calls = names;
        self
    }

    /// Sets the role of its spans in the trace.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The function's full path: `crate::module::Type::method` (`code.function.name`).
    pub fn function(&'static self) -> &'static str {
        &self.names().function
    }

    /// The span's name: the name set by the user, else the path without the crate.
    pub fn span_name(&'static self) -> &'static str {
        &self.names().span
    }

    /// The span's role.
    pub const fn span_kind(&self) -> SpanKind {
        self.kind
    }

    /// The location of the function.
    pub const fn location(&self) -> Location {
        self.location
    }

    /// The attributes of all its spans.
    pub(crate) const fn attributes(&self) -> &'static [(&'static str, &'static str)] {
        self.attributes
    }

    /// The names of errors that are no reason to keep a flow.
    pub(crate) const fn ignored(&self) -> &'static [&'static str] {
        self.ignored
    }

    /// Returns whether its body may call the function `callee`, as far as the source tells.
    pub(crate) fn may_call(&'static self, callee: &'static Self) -> bool {
        let name = callee.function().rsplit("::").find(|name| !name.starts_with('{')).unwrap_or_default();
        self.calls == "*" || self.calls.split(' ').any(|called| called == name)
    }

    /// The speed of its calls.
    #[inline]
    pub(crate) const fn call_speed(&self) -> &CallSpeed {
        &self.call_speed
    }

    /// The errors of its calls without a span that are recorded in a while.
    #[inline]
    pub(crate) const fn error_allowance(&self) -> &ErrorAllowance {
        &self.error_allowance
    }

    fn names(&'static self) -> &'static CallSiteNames {
        self.names.get_or_init(|| {
            let mut function = match self.path {
                FunctionPath::Written(path) if self.module.is_empty() => path.to_owned(),
                FunctionPath::Written(path) => format!("{}::{path}", self.module),
                FunctionPath::TypeName(ask) => source_path(ask()),
            };
            if !self.part.is_empty() {
                function.push_str("::");
                function.push_str(self.part);
            }
            let span = self.name.unwrap_or_else(|| self.without_crate(&function)).to_owned();
            Box::new(CallSiteNames { function, span })
        })
    }

    fn without_crate<'a>(&self, function: &'a str) -> &'a str {
        let crate_name = self.module.split("::").next().unwrap_or_default();
        function.strip_prefix(crate_name).and_then(|rest| rest.strip_prefix("::")).unwrap_or(function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_path_is_joined_to_its_module() {
        static IN_MODULE: CallSite = CallSite::new("shop::orders", FunctionPath::Written("Cart::total"));
        static AT_ROOT: CallSite = CallSite::new("shop", FunctionPath::Written("main"));
        static NAMED: CallSite =
            CallSite::new("shop", FunctionPath::Written("main")).named("the shop").kind(SpanKind::Server);
        assert_eq!(
            (IN_MODULE.function(), IN_MODULE.span_name()),
            ("shop::orders::Cart::total", "orders::Cart::total")
        );
        assert_eq!((AT_ROOT.function(), AT_ROOT.span_name()), ("shop::main", "main"));
        assert_eq!((NAMED.function(), NAMED.span_name()), ("shop::main", "the shop"));
        assert_eq!(NAMED.span_kind(), SpanKind::Server);
        assert!(AT_ROOT.location().file.ends_with("call_site.rs"));
    }

    #[test]
    fn paths_inside_methods_come_from_the_compiler() {
        struct Cart<T>(T);
        impl<T> Cart<T> {
            fn total(&self) -> &'static str {
                fn here() {}
                static SITE: CallSite = CallSite::new(
                    module_path!(),
                    FunctionPath::TypeName(|| std::any::type_name_of_val(&here)),
                );
                let _ = &self.0;
                SITE.function()
            }
        }
        assert!(Cart(0).total().ends_with("Cart::total"), "{}", Cart(0).total());
    }
}

//! The static that describes one instrumented function.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use super::{Location, SpanKind};

/// How an instrumented function names itself.
#[derive(Clone, Copy, Debug)]
pub enum Path {
    /// The path below its module, as it stands in the source: `Cart::total`.
    Written(&'static str),
    /// Where the macro could not see the type around a method: asks the compiler, which answers with
    /// [`std::any::type_name`] of an item inside the function.
    Asked(fn() -> &'static str),
}

/// The description of one instrumented function: one `static` each, made by the macro.
///
/// Everything that is the same for all calls stands here once, so that a call records nothing but a pointer to it.
#[derive(Debug)]
pub struct CallSite {
    module: &'static str,
    path: Path,
    part: &'static str,
    name: Option<&'static str>,
    kind: SpanKind,
    location: Location,
    attributes: &'static [(&'static str, &'static str)],
    ignored: &'static [&'static str],
    call_speed: CallSpeed,
    resolved: OnceLock<Names>,
}

/// A call site's names, worked out once.
#[derive(Debug)]
struct Names {
    function: String,
    span: String,
}

impl CallSite {
    /// The function at `path` in `module`. Its location is where this is called: the macro gives the call the span of
    /// the function's name.
    #[must_use]
    #[track_caller]
    pub const fn new(module: &'static str, path: Path) -> Self {
        Self {
            module,
            path,
            part: "",
            name: None,
            kind: SpanKind::Internal,
            location: Location::caller(),
            attributes: &[],
            ignored: &[],
            call_speed: CallSpeed::new(),
            resolved: OnceLock::new(),
        }
    }

    /// Of spans that are no calls of a function: another library opens them, and says everything of them.
    #[must_use]
    #[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "for bridges"))]
    pub(crate) const fn foreign(kind: SpanKind) -> Self {
        Self::new("", Path::Written("")).kind(kind)
    }

    /// Whether its spans are calls of a function.
    pub(crate) fn is_function(&self) -> bool {
        !matches!(self.path, Path::Written(""))
    }

    /// The same at another place.
    #[must_use]
    pub(crate) const fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// With attributes that all its spans have.
    #[cfg(feature = "tracing")]
    #[must_use]
    pub(crate) const fn with_attributes(
        mut self,
        attributes: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.attributes = attributes;
        self
    }

    /// A part of that function by this name: `{task}`, for one that it spawns.
    #[must_use]
    pub const fn part(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }

    /// With this span name instead of the function's path.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Errors of these names that leave it are no reason to keep a flow.
    #[must_use]
    pub const fn ignoring(mut self, names: &'static [&'static str]) -> Self {
        self.ignored = names;
        self
    }

    /// With this role in the trace.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The function's full path: `crate::module::Type::method` (`code.function.name`).
    pub fn function(&'static self) -> &'static str {
        &self.names().function
    }

    /// The span's name: what the user said, else the path without the crate.
    pub fn span_name(&'static self) -> &'static str {
        &self.names().span
    }

    /// The span's role.
    pub const fn span_kind(&self) -> SpanKind {
        self.kind
    }

    /// Where the function stands.
    pub const fn location(&self) -> Location {
        self.location
    }

    /// What all its spans have in common.
    pub(crate) const fn attributes(&self) -> &'static [(&'static str, &'static str)] {
        self.attributes
    }

    /// The names of errors that are no reason to keep a flow.
    pub(crate) const fn ignored(&self) -> &'static [&'static str] {
        self.ignored
    }

    /// How fast its calls are.
    #[inline]
    pub(crate) const fn call_speed(&self) -> &CallSpeed {
        &self.call_speed
    }

    fn names(&'static self) -> &'static Names {
        self.resolved.get_or_init(|| {
            let mut function = match self.path {
                Path::Written(path) if self.module.is_empty() => path.to_owned(),
                Path::Written(path) => format!("{}::{path}", self.module),
                Path::Asked(ask) => plain_path(ask()),
            };
            if !self.part.is_empty() {
                function.push_str("::");
                function.push_str(self.part);
            }
            let span = self.name.unwrap_or_else(|| self.without_crate(&function)).to_owned();
            Names { function, span }
        })
    }

    fn without_crate<'a>(&self, function: &'a str) -> &'a str {
        let crate_name = self.module.split("::").next().unwrap_or_default();
        function.strip_prefix(crate_name).and_then(|rest| rest.strip_prefix("::")).unwrap_or(function)
    }
}

/// Whether the calls of one function are long enough that their time may be read without being noticed.
///
/// Two readings of the clock cost four times what the rest of a span costs. For a function that takes microseconds
/// that is nothing; for one that takes nanoseconds it is most of the price of instrumentation. So, in flows that will
/// most likely be dropped, the first calls of a function are timed, and after them only the slow functions' are.
#[derive(Debug)]
pub(crate) struct CallSpeed(AtomicU8);

impl CallSpeed {
    /// So many quick calls in a row, and later ones are not timed. A single long one, because its thread was
    /// interrupted or it met its data for the first time, does not brand the function for good.
    const FAST_CALLS: u8 = 16;

    /// From this many ticks on a call is slow: 2 to 5 µs, of which two readings are about 1 %.
    const SLOW_TICKS: u64 = 8192;

    const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// Whether the next call is to be timed.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.0.load(Ordering::Relaxed) != Self::FAST_CALLS
    }

    /// Learns from a call that took `ticks`.
    #[inline]
    pub(crate) fn learn(&self, ticks: u64) {
        let known = self.0.load(Ordering::Relaxed);
        let now = if ticks >= Self::SLOW_TICKS { 0 } else { (known + 1).min(Self::FAST_CALLS) };
        if now != known {
            self.0.store(now, Ordering::Relaxed);
        }
    }
}

/// The path as it stands in the source, from what [`std::any::type_name`] says of an item inside the function:
/// without generic arguments, `impl` blocks' own module, closures, and the item's own name.
///
/// `<shop::Cart<T> as shop::Total>::total::here` is `shop::Cart::total`, and so is `shop::m::<impl shop::Cart>::total::here`.
fn plain_path(type_name: &str) -> String {
    let enclosing = type_name.rsplit_once("::").map_or(type_name, |(path, _item)| path);
    let mut segments: Vec<String> = Vec::new();
    for segment in top_level(enclosing, "::") {
        if let Some(inner) = segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            // Where the type itself is written out, the module before it is only where the `impl` stands.
            segments = vec![implementing_type(inner)];
        } else if !segment.starts_with('{') {
            segments.push(without_arguments(segment));
        }
    }
    segments.join("::")
}

/// The type of `Type as Trait`, `impl Type` or `impl Trait for Type`.
fn implementing_type(text: &str) -> String {
    let text = text.strip_prefix("impl ").unwrap_or(text);
    let text = top_level(text, " for ").last().unwrap_or(text);
    let text = top_level(text, " as ").next().unwrap_or(text);
    top_level(text, "::").map(without_arguments).collect::<Vec<_>>().join("::")
}

fn without_arguments(segment: &str) -> String {
    match segment.find('<') {
        Some(at) if at > 0 => segment[..at].to_owned(),
        _ => segment.to_owned(),
    }
}

/// Splits at `separator` where it stands outside of all brackets.
fn top_level<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let at = find_top_level(current, separator);
        rest = at.map(|at| &current[at + separator.len()..]);
        Some(at.map_or(current, |at| &current[..at]))
    })
}

fn find_top_level(text: &str, separator: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    text.char_indices().find_map(|(at, letter)| {
        if depth == 0 && text[at..].starts_with(separator) {
            return Some(at);
        }
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = letter;
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_path_is_joined_to_its_module() {
        static IN_MODULE: CallSite = CallSite::new("shop::orders", Path::Written("Cart::total"));
        static AT_ROOT: CallSite = CallSite::new("shop", Path::Written("main"));
        static NAMED: CallSite =
            CallSite::new("shop", Path::Written("main")).named("the shop").kind(SpanKind::Server);
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
    fn what_the_compiler_says_becomes_what_the_source_says() {
        for (said, path) in [
            ("shop::orders::place::here", "shop::orders::place"),
            ("shop::Cart<T>::total::here", "shop::Cart::total"),
            ("shop::Cart<alloc::vec::Vec<u8>>::total::here", "shop::Cart::total"),
            ("<shop::Cart<T> as shop::Total<u8>>::total::here", "shop::Cart::total"),
            ("shop::m::<impl shop::Cart>::total::here", "shop::Cart::total"),
            ("shop::m::<impl shop::Total<fn(u8) -> u8> for shop::Cart>::total::here", "shop::Cart::total"),
            ("shop::Total::total::here", "shop::Total::total"),
            ("<i32 as shop::Total>::total::here", "i32::total"),
            ("<&[u8] as shop::Total>::total::here", "&[u8]::total"),
            ("shop::fetch::{{closure}}::here", "shop::fetch"),
        ] {
            assert_eq!(plain_path(said), path, "{said}");
        }
    }

    #[test]
    fn the_compiler_is_asked_inside_methods() {
        struct Cart<T>(T);
        impl<T> Cart<T> {
            fn total(&self) -> &'static str {
                fn here() {}
                static SITE: CallSite =
                    CallSite::new(module_path!(), Path::Asked(|| std::any::type_name_of_val(&here)));
                let _ = &self.0;
                SITE.function()
            }
        }
        assert!(Cart(0).total().ends_with("Cart::total"), "{}", Cart(0).total());
    }

    #[test]
    fn functions_that_are_quick_many_times_in_a_row_stop_being_timed() {
        let call_speed = CallSpeed::new();
        let learn = |times, ticks| (0..times).for_each(|_| call_speed.learn(ticks));
        learn(CallSpeed::FAST_CALLS - 1, 100);
        learn(1, CallSpeed::SLOW_TICKS);
        learn(CallSpeed::FAST_CALLS - 1, 100);
        assert!(call_speed.is_timed());
        learn(1, 100);
        assert!(!call_speed.is_timed());
        // A kept flow, in which all calls are timed, tells that it has become slow.
        learn(1, CallSpeed::SLOW_TICKS);
        assert!(call_speed.is_timed());
    }
}

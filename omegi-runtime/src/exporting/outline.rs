//! The outline of a flow for tests: everything that is the same at every run.

use std::fmt::{self, Formatter};

use crate::vocabulary::{Event, Flow, Outcome, Status, Value};

use super::clean::whole;
use super::flow_view::{CallSummary, Children, SpanErrors, UnrecordedError, kind_suffix, named, returned};

impl Flow {
    /// Returns the flow as an indented tree without times, ids, threads and lines of source, for a
    /// test to compare.
    ///
    /// A line is a span: its name, its kind unless internal, its arguments and fields in brackets,
    /// and its end. The end is `->` and the returned value, `!` and the error, `~ cancelled` or `~
    /// open`. `(origin)` marks the span where the error began. Below the line are its links (`&`),
    /// its events (`*`), the calls that were only counted (`x12`, with `! 2` errors), and its
    /// calls.
    ///
    /// ```text
    /// orders::run ! shop::OrderError: cannot place order 12
    ///   cart::load(id=7) -> Cart { items: 2 }
    ///   orders::place ! shop::db::Error: no such item
    ///     db::find(key=x) ! shop::db::Error: no such item (origin)
    /// ```
    #[must_use]
    pub fn outline(&self) -> String {
        Outline { flow: self, children: Children::of(self), errors: SpanErrors::of(self) }.to_string()
    }
}

struct Outline<'f> {
    flow: &'f Flow,
    children: Children,
    errors: SpanErrors<'f>,
}

impl fmt::Display for Outline<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut pending: Vec<_> = self.children.roots().iter().rev().map(|root| (*root, 0)).collect();
        // The stack is on the heap, because a flow may be deeper than a thread's stack.
        while let Some((index, depth)) = pending.pop() {
            self.write_span(f, index, depth)?;
            pending.extend(self.children.of_span(index).iter().rev().map(|child| (*child, depth + 1)));
        }
        Ok(())
    }
}

impl Outline<'_> {
    fn write_span(&self, f: &mut Formatter<'_>, index: usize, depth: usize) -> fmt::Result {
        let span = &self.flow.spans[index];
        write!(f, "{}{}{}", Indent(depth), whole(&span.name), kind_suffix(span.kind))?;
        write_list(f, named(span))?;
        if let Some(value) = returned(span) {
            write!(f, " -> {}", whole(&value.to_string()))?;
        }
        self.write_end(f, index)?;
        f.write_str("\n")?;
        span.links.iter().try_for_each(|_| writeln!(f, "{}& link", Indent(depth + 1)))?;
        self.errors.other_events(self.flow, index).try_for_each(|event| write_event(f, event, depth + 1))
    }

    /// Writes the end of the call, unless it returned.
    fn write_end(&self, f: &mut Formatter<'_>, index: usize) -> fmt::Result {
        let span = &self.flow.spans[index];
        match (self.errors.get(index), &span.status, span.outcome) {
            (Some(error), ..) => {
                write!(
                    f,
                    " ! {}{}",
                    whole(&error.text.to_string()),
                    if error.is_origin { " (origin)" } else { "" }
                )
            }
            (None, Status::Error { description }, _) => write!(f, " ! {}", whole(description)),
            (None, _, Outcome::Cancelled) => f.write_str(" ~ cancelled"),
            (None, _, Outcome::Open) => f.write_str(" ~ open"),
            _ => Ok(()),
        }
    }
}

fn write_event(f: &mut Formatter<'_>, event: &Event, depth: usize) -> fmt::Result {
    if let Some(CallSummary { name, count, errors, .. }) = CallSummary::of(event) {
        return match errors {
            0 => writeln!(f, "{}{} x{count}", Indent(depth), whole(name)),
            _ => writeln!(f, "{}{} x{count} ! {errors}", Indent(depth), whole(name)),
        };
    }
    if let Some(UnrecordedError { name, error_type, message }) = UnrecordedError::of(event) {
        let text = format!("{error_type}: {message}");
        return writeln!(f, "{}{} ! {} (origin)", Indent(depth), whole(name), whole(&text));
    }
    write!(f, "{}* {}", Indent(depth), whole(&event.name))?;
    write_list(f, event.attributes.iter().map(|attribute| (&*attribute.key, &attribute.value)))?;
    f.write_str("\n")
}

/// `(id=7, key=x)`, or nothing.
fn write_list<'a>(
    f: &mut Formatter<'_>,
    attributes: impl Iterator<Item = (&'a str, &'a Value)>,
) -> fmt::Result {
    let shown: Vec<_> = attributes.map(|(name, value)| format!("{name}={value}")).collect();
    if shown.is_empty() { Ok(()) } else { write!(f, "({})", whole(&shown.join(", "))) }
}

/// The indentation: two spaces a level.
///
/// Below the deepest indentation the level is a number. Otherwise the outline of a deep flow would
/// grow with the square of its depth.
struct Indent(usize);

impl Indent {
    const DEEPEST: usize = 60;
}

impl fmt::Display for Indent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:width$}", "", width = self.0.min(Self::DEEPEST) * 2)?;
        if self.0 > Self::DEEPEST { write!(f, "[{}] ", self.0) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{calls, event, failing_order, flow, span};
    use crate::vocabulary::{Attribute, Link, SpanId, SpanKind, TraceId};

    #[test]
    fn an_erring_flow() {
        let expected = "\
orders::run ! shop::OrderError: cannot place order 12
  cart::load(id=7) -> Cart { items: 2 }
  orders::place ! shop::db::Error: no such item \"x\"
    db::find(key=x) ! shop::db::Error: no such item \"x\" (origin)
";
        assert_eq!(failing_order().outline(), expected);
    }

    #[test]
    fn all_parts_of_a_line() {
        let mut root = span("serve", None);
        root.kind = SpanKind::Server;
        root.attributes = vec![Attribute::new("omegi.arg.id", 7), Attribute::new("path", "/a\nb")];
        root.links = vec![Link::to(TraceId::default(), SpanId::NONE)];
        root.events = vec![event("cache.miss", [("key", "x".into())]), calls("shop::parse", 12, 2, 3, 1)];
        let [mut open, mut cancelled, mut marked] =
            ["open", "cancelled", "marked"].map(|name| span(name, Some(0)));
        open.outcome = Outcome::Open;
        cancelled.outcome = Outcome::Cancelled;
        marked.status = Status::Error { description: "said so".into() };
        let expected = "\
serve [server](id=7, path=/a\\nb)
  & link
  * cache.miss(key=x)
  parse x12 ! 2
  open ~ open
  cancelled ~ cancelled
  marked ! said so
";
        assert_eq!(flow([root, open, cancelled, marked]).outline(), expected);
    }

    #[test]
    fn a_deep_flow_is_written_without_deep_recursion_or_indentation() {
        let depth = 100_000;
        let spans = (0..depth).map(|index: usize| span("f", index.checked_sub(1)));
        let outline = flow(spans).outline();
        assert_eq!(outline.lines().count(), depth);
        assert!(outline.len() < depth * 140);
        assert!(outline.ends_with(&format!("  [{}] f\n", depth - 1)));
    }
}

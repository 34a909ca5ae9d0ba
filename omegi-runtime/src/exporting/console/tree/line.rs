//! The lines of the tree, right of their guides.

use std::fmt::{self, Formatter};

use crate::exporting::flow_view::{
    CallSummary, SpanError, UnrecordedError, cancelled_at, idle_ns, kind_suffix, named, returned,
};
use crate::vocabulary::{Event, Link, Outcome, Span, Status, Value};

use super::figures::{count, counted, duration};
use super::flow_tree::FlowTree;
use super::paint::{Paint, Tone};
use crate::exporting::clean::{message, value};

impl FlowTree<'_> {
    /// `✗ db::find  1.10µs (idle 1.00µs)  key=x  → Item  E: no such item  ◀ began here`
    pub(super) fn write_call(&self, f: &mut Formatter<'_>, call: usize) -> fmt::Result {
        let span = &self.flow.spans[call];
        let error = self.errors.get(call);
        self.write_head(f, span, error)?;
        if span.parent.is_none() {
            self.write_flow(f, span)?;
        }
        named(span).try_for_each(|(name, shown)| write_named(f, name, shown))?;
        if let Some(returned) = returned(span) {
            write!(f, "  → {}", value(&returned.to_string()))?;
        }
        if let Some(place) = cancelled_at(span) {
            write!(
                f,
                "  {}",
                self.paint.toned(Tone::Stopped, format_args!("cancelled at {}", value(place)))
            )?;
        }
        self.write_error(f, span, error)
    }

    /// `✓ parse_row ×1,204  total 3.10s  longest 2.00ms`
    pub(super) fn write_calls(&self, f: &mut Formatter<'_>, calls: &[usize]) -> fmt::Result {
        let spans = || calls.iter().map(|call| &self.flow.spans[*call]);
        let name = spans().next().map_or("", |span| &*span.name);
        write!(f, "{} {}", self.paint.toned(Tone::Good, '✓'), value(name))?;
        let times = || spans().map(Span::duration_ns);
        let total = times().fold(0, u64::saturating_add);
        let totals = CallSummary {
            name,
            count: calls.len() as u64,
            errors: 0,
            total_ns: total,
            longest_ns: times().max().unwrap_or(0),
            is_estimated: spans().any(|span| span.sparse),
        };
        write_totals(f, self.paint, &totals)
    }

    /// `… parse_row ×9,967,233  12 errors  total 3.10s  longest 2.00ms`
    fn write_counted(&self, f: &mut Formatter<'_>, summary: &CallSummary<'_>) -> fmt::Result {
        write!(f, "… {}", value(summary.name))?;
        write_totals(f, self.paint, summary)
    }

    /// `✗ parser::number  E: no digit  ◀ began here`
    fn write_unrecorded(&self, f: &mut Formatter<'_>, error: &UnrecordedError<'_>) -> fmt::Result {
        let UnrecordedError { name, error_type, message: text } = error;
        let name = self.paint.toned(Tone::Origin, value(name));
        let text = format!("{}: {}  ◀ began here", value(error_type), message(text));
        let text = self.paint.toned(Tone::Origin, text);
        write!(f, "{} {name}  {text}", self.paint.toned(Tone::Bad, '✗'))
    }

    /// `• cache.miss  key=x`
    pub(super) fn write_event(&self, f: &mut Formatter<'_>, event: &Event) -> fmt::Result {
        if let Some(summary) = CallSummary::of(event) {
            return self.write_counted(f, &summary);
        }
        if let Some(error) = UnrecordedError::of(event) {
            return self.write_unrecorded(f, &error);
        }
        write!(f, "• {}", value(&event.name))?;
        event.attributes.iter().try_for_each(|attribute| write_named(f, &attribute.key, &attribute.value))
    }

    /// `↪ follows span 00f067aa0ba902b7 of trace 4bf92f3577b34da6a3ce929d0e0e4736`
    pub(super) fn write_link(&self, f: &mut Formatter<'_>, link: &Link) -> fmt::Result {
        write!(f, "↪ follows span {} of trace {}", link.span_id, link.trace_id)
    }

    fn write_head(&self, f: &mut Formatter<'_>, span: &Span, error: Option<SpanError<'_>>) -> fmt::Result {
        let (symbol, tone) = symbol(span);
        let name = value(&span.name);
        write!(f, "{} ", self.paint.toned(tone, symbol))?;
        match error {
            Some(error) => write!(f, "{}", self.paint.toned(path_tone(error), name))?,
            None => write!(f, "{name}")?,
        }
        f.write_str(kind_suffix(span.kind))?;
        let (about, shown) = (about(span.sparse), duration(span.duration_ns()));
        write!(f, "  {}", self.paint.toned(Tone::Quiet, format_args!("{about}{shown}")))?;
        match idle_ns(span) {
            Some(idle) => {
                write!(f, " {}", self.paint.toned(Tone::Quiet, format_args!("(idle {})", duration(idle))))
            }
            None => Ok(()),
        }
    }

    /// Writes the service, the trace and the caller on the root's line.
    fn write_flow(&self, f: &mut Formatter<'_>, root: &Span) -> fmt::Result {
        if let Some(service) = self.flow.resource.service_name() {
            write!(f, "  {}", value(&service.to_string()))?;
        }
        let trace = self.flow.trace_id;
        write!(f, "  {}", self.paint.toned(Tone::Quiet, format_args!("trace {trace}")))?;
        if root.parent_span_id.is_some() {
            let caller = root.parent_span_id;
            write!(f, "  {}", self.paint.toned(Tone::Quiet, format_args!("called by {caller}")))?;
        }
        Ok(())
    }

    /// Writes the error where it began and where it became another. A span that it only passed has
    /// a symbol.
    fn write_error(&self, f: &mut Formatter<'_>, span: &Span, error: Option<SpanError<'_>>) -> fmt::Result {
        let text = |error: SpanError<'_>| message(&error.text.to_string()).to_string();
        match (error, &span.status) {
            (Some(error), _) if error.is_origin => {
                let text = text(error);
                write!(f, "  {}", self.paint.toned(Tone::Origin, format_args!("{text}  ◀ began here")))
            }
            (Some(error), _) if error.step.became.is_some() => {
                write!(f, "  {}", self.paint.toned(Tone::Bad, format_args!("became {}", text(error))))
            }
            (None, Status::Error { description }) if !description.is_empty() => {
                write!(f, "  {}", self.paint.toned(Tone::Bad, message(description)))
            }
            _ => Ok(()),
        }
    }
}

const fn symbol(span: &Span) -> (char, Tone) {
    match span.outcome {
        Outcome::Error | Outcome::Panic => ('✗', Tone::Bad),
        _ if matches!(span.status, Status::Error { .. }) => ('✗', Tone::Bad),
        Outcome::Returned => ('✓', Tone::Good),
        Outcome::Cancelled => ('‖', Tone::Stopped),
        Outcome::Open => ('…', Tone::Stopped),
    }
}

const fn path_tone(error: SpanError<'_>) -> Tone {
    if error.is_origin { Tone::Origin } else { Tone::Bad }
}

fn write_named(f: &mut Formatter<'_>, name: &str, shown: &Value) -> fmt::Result {
    write!(f, "  {}={}", value(name), value(&shown.to_string()))
}

fn write_totals(f: &mut Formatter<'_>, paint: Paint, calls: &CallSummary<'_>) -> fmt::Result {
    write!(f, " ×{}", count(calls.count))?;
    if calls.errors > 0 {
        write!(f, "  {}", paint.toned(Tone::Bad, counted(calls.errors, "error")))?;
    }
    let about = about(calls.is_estimated);
    let [total, longest] = [calls.total_ns, calls.longest_ns].map(duration);
    write!(
        f,
        "  {}",
        paint.toned(Tone::Quiet, format_args!("total {about}{total}  longest {about}{longest}"))
    )
}

/// Returns the sign before an estimated duration: `~1.10µs`.
const fn about(is_estimated: bool) -> &'static str {
    if is_estimated { "~" } else { "" }
}

//! The static that describes one operation of a library.

use crate::recording::span::active;
use crate::recording::span::fork::Fork;
use crate::vocabulary::call_site::{CallSite, FunctionPath};
use crate::vocabulary::{SpanKind, TraceContext};

use super::super::active_headers::extract;
use super::super::headers::Headers;
use super::started_span::StartedSpan;

/// The call site of one operation of a library: a static, whose spans have its kind and its name in
/// common.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::SpanKind;
/// use omegi::instrumentation::LibraryCallSite;
///
/// static FETCH: LibraryCallSite =
///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
///
/// let mut span = FETCH.start();
/// span.active().set_attribute("shop.cache.key", "cart");
/// ```
#[derive(Debug)]
pub struct LibraryCallSite(CallSite);

impl LibraryCallSite {
    /// Describes the operation `function` of `module`: together they are `code.function.name`. Its
    /// spans have this `kind`, and the name is the path of the function without the crate, unless
    /// [`update_name`](super::ActiveSpan::update_name) sets another. Its location is the place of
    /// this call.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi::{MemoryExporter, SpanKind, Value};
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache::client", "Client::fetch", SpanKind::Client);
    ///
    /// let memory = MemoryExporter::new();
    /// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
    /// drop(FETCH.start());
    /// drop(guard);
    /// let span = &memory.flows()[0].spans[0];
    /// assert_eq!(span.name, "client::Client::fetch");
    /// let path = Value::from("shop_cache::client::Client::fetch");
    /// assert_eq!(span.attribute("code.function.name"), Some(&path));
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(module: &'static str, function: &'static str, kind: SpanKind) -> Self {
        Self(CallSite::new(module, FunctionPath::Written(function)).kind(kind))
    }

    /// Starts a span below the active one. Outside of all flows, the span begins a flow.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi::{MemoryExporter, SpanKind};
    ///
    /// static OPEN: LibraryCallSite = LibraryCallSite::new("shop", "open", SpanKind::Internal);
    /// static READ: LibraryCallSite = LibraryCallSite::new("shop", "read", SpanKind::Internal);
    ///
    /// let memory = MemoryExporter::new();
    /// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
    /// let open = OPEN.start();
    /// drop(READ.start()); // below `open`
    /// drop(open);
    /// drop(guard);
    /// assert_eq!(memory.flows()[0].spans[1].parent, Some(0));
    /// ```
    pub fn start(&'static self) -> StartedSpan {
        StartedSpan::new(Fork::call(&self.0).begin())
    }

    /// Starts a span below `parent`, a span of another process, whatever is active here.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi::{SpanKind, TraceContext};
    ///
    /// static RECEIVE: LibraryCallSite =
    ///     LibraryCallSite::new("shop_queue", "Consumer::receive", SpanKind::Consumer);
    ///
    /// let parent = TraceContext::default(); // read from the message
    /// let span = RECEIVE.start_with_parent(parent);
    /// ```
    pub fn start_with_parent(&'static self, parent: TraceContext) -> StartedSpan {
        StartedSpan::new(Fork::remote(&self.0, parent).begin())
    }

    /// Starts a span below the one that the headers of a request or message name, in the formats of
    /// `OTEL_PROPAGATORS`.
    ///
    /// If they name none, it does the same as [`start`](Self::start). The same applies if they name
    /// the trace that is active here, as with a layer around another, or a client and a server in
    /// one process.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::collections::HashMap;
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static RECEIVE: LibraryCallSite =
    ///     LibraryCallSite::new("shop_queue", "Consumer::receive", SpanKind::Consumer);
    ///
    /// let trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let headers = HashMap::from([("traceparent".to_owned(), trace_parent.to_owned())]);
    /// let span = RECEIVE.start_from_headers(&headers);
    /// # drop(span);
    /// ```
    pub fn start_from_headers(&'static self, headers: &dyn Headers) -> StartedSpan {
        let active = |parent: &TraceContext| {
            active::context().is_some_and(|active| active.trace_id == parent.trace_id)
        };
        match extract(headers) {
            Some(parent) if !active(&parent) => self.start_with_parent(parent),
            _ => self.start(),
        }
    }
}

//! A span while it is active: the description of an operation.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Display};

use crate::recording::data::updates::SpanUpdate;
use crate::recording::probe::error_view::{ErrorView, Failing as _};
use crate::recording::span::active;
use crate::recording::span::task::TaskSpan;
use crate::vocabulary::{Attribute, Status, Value};

/// An open span, while it is active on this thread.
///
/// [`current`](crate::current) returns the same span while it is active, and adds tags, events and
/// links to it.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::instrumentation::LibraryCallSite;
/// use omegi::{MemoryExporter, SpanKind};
///
/// static FETCH: LibraryCallSite =
///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
///
/// let memory = MemoryExporter::new();
/// let guard = omegi::builder().flow_rate(1).exporter(memory.clone()).init();
///
/// let mut span = FETCH.start();
/// let mut active = span.active();
/// if active.is_recording() {
///     active.update_name("fetch cart");
///     active.set_attribute("shop.cache.hit", false);
/// }
/// active.fail(&"the cache is empty");
/// assert!(active.must_keep());
/// active.end();
///
/// drop((span, guard)); // exports the flow
/// let flow = memory.flows().remove(0);
/// assert_eq!(flow.root().unwrap().name, "fetch cart");
/// assert!(flow.has_error());
/// ```
pub struct ActiveSpan<'a>(&'a mut TaskSpan);

impl<'a> ActiveSpan<'a> {
    pub(super) fn new(span: &'a mut TaskSpan) -> Self {
        Self(span)
    }
}

impl ActiveSpan<'_> {
    /// Returns whether the span is recorded. Where it is not, the other methods do nothing, and
    /// values for them need not be computed.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.is_recording()
    }

    /// Replaces the name of the span.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static QUERY: LibraryCallSite =
    ///     LibraryCallSite::new("shop_db", "Client::query", SpanKind::Client);
    ///
    /// let mut span = QUERY.start();
    /// span.active().update_name("SELECT orders");
    /// ```
    pub fn update_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.0.update(SpanUpdate::Name(name.into()));
    }

    /// Sets an attribute. A value under the name of a secret leaves the process as
    /// [`MASK`](super::MASK).
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static QUERY: LibraryCallSite =
    ///     LibraryCallSite::new("shop_db", "Client::query", SpanKind::Client);
    ///
    /// let mut span = QUERY.start();
    /// let mut active = span.active();
    /// active.set_attribute("db.system.name", "sqlite");
    /// active.set_attribute("db.response.returned_rows", 3);
    /// ```
    pub fn set_attribute(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        self.0.update(SpanUpdate::Attribute(Attribute::new(key, value)));
    }

    /// Sets the status. An error fails the span, and keeps the flow as an error does that a
    /// function returns; [`Status::Unset`] changes nothing.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::instrumentation::LibraryCallSite;
    /// use omegi::{SpanKind, Status};
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
    ///
    /// let mut span = FETCH.start();
    /// span.active().set_attribute("error.type", "503");
    /// span.active().set_status(Status::Error { description: "overloaded".into() });
    /// ```
    pub fn set_status(&mut self, status: Status) {
        match status {
            Status::Unset => {}
            Status::Ok => self.0.update(SpanUpdate::Succeeded),
            Status::Error { description } => {
                self.0.fail_quietly();
                if !description.is_empty() {
                    self.0.update(SpanUpdate::Failed(description));
                }
            }
        }
    }

    /// Fails the span with `error`, as if the operation was a function that returns it: an
    /// `exception` event, a step of the error's path, the status of an error, and the flow is kept.
    ///
    /// The message is the `Display` form of `error`; its causes are not known.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static QUERY: LibraryCallSite =
    ///     LibraryCallSite::new("shop_db", "Client::query", SpanKind::Client);
    ///
    /// let mut span = QUERY.start();
    /// let answer: Result<u32, _> = "seven".parse();
    /// if let Err(error) = &answer {
    ///     span.active().fail(error);
    ///     assert!(!span.active().is_recording() || span.active().must_keep());
    /// }
    /// ```
    pub fn fail<E: Display>(&mut self, error: &E) {
        self.0.fail_with(error, ErrorView::displayed);
    }

    /// Fails the span with `error` and its causes, as an error of the type `T`.
    ///
    /// For an error that is shown in other words than its own, such as without the secrets that it
    /// names.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use std::{fmt, io};
    ///
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static FETCH: LibraryCallSite =
    ///     LibraryCallSite::new("shop_cache", "Client::fetch", SpanKind::Client);
    ///
    /// /// An error of the cache, without the address in its message.
    /// #[derive(Debug)]
    /// struct WithoutAddress(io::Error);
    ///
    /// impl fmt::Display for WithoutAddress {
    ///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    ///         write!(f, "{}", self.0.kind())
    ///     }
    /// }
    ///
    /// impl std::error::Error for WithoutAddress {}
    ///
    /// let error = io::Error::from(io::ErrorKind::ConnectionRefused);
    /// FETCH.start().active().fail_as::<io::Error>(&WithoutAddress(error));
    /// ```
    pub fn fail_as<T>(&mut self, error: &impl Error) {
        self.0.fail_with(error, ErrorView::with_type_of::<T>);
    }

    /// Returns whether the flow is kept independently of sampling: because of an error, or on
    /// request.
    #[must_use]
    pub fn must_keep(&self) -> bool {
        active::must_keep()
    }

    /// Ends the span now. Later calls of these methods do nothing.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanKind;
    /// use omegi::instrumentation::LibraryCallSite;
    ///
    /// static QUERY: LibraryCallSite =
    ///     LibraryCallSite::new("shop_db", "Client::query", SpanKind::Client);
    ///
    /// let mut span = QUERY.start();
    /// let rows = [1, 2, 3];
    /// span.active().end(); // the span does not contain the use of the rows
    /// assert_eq!(rows.iter().sum::<i32>(), 6);
    /// ```
    pub fn end(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for ActiveSpan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveSpan").finish_non_exhaustive()
    }
}

//! The span at work, for the program to say something of it.

use std::borrow::Cow;
use std::error::Error;

use crate::recording::here;
use crate::recording::notes::What;
use crate::vocabulary::{Attribute, Link, TraceContext, Value};

/// The span of the function that calls this; see [`Current`].
///
/// ```
/// omegi_runtime::current().attribute("shop.cart.items", 3).event("cart.loaded", []);
/// ```
#[must_use]
pub fn current() -> Current {
    Current(())
}

/// The innermost span that is at work when one of these methods is called. Outside of all flows they do nothing.
///
/// What is said under a name that `OMEGI_SECRET_MASKING_REGEX` matches leaves the process as `****`; texts are cut at the limit
/// for attributes.
#[derive(Clone, Copy, Debug)]
pub struct Current(());

impl Current {
    /// Calls the span `name`, instead of the function's path.
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        here::note(What::Name(name.into()));
        self
    }

    /// Adds an attribute.
    pub fn attribute(self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        here::note(What::Attribute(Attribute::new(key, value)));
        self
    }

    /// Adds an event that happens now.
    pub fn event(
        self,
        name: impl Into<Cow<'static, str>>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let mut event = here::event(name);
        event.attributes.extend(attributes);
        here::note(What::Event(event));
        self
    }

    /// Adds an `exception` event: an error that the function meets, and does not return. It does not make the span fail, nor
    /// the flow kept.
    pub fn exception(self, error: &(dyn Error + 'static)) -> Self {
        let message = Attribute::new("exception.message", error.to_string());
        self.event("exception", [message])
    }

    /// Adds a link to a span of another flow.
    pub fn link(self, to: &TraceContext) -> Self {
        let TraceContext { trace_id, span_id, .. } = *to;
        here::note(What::Link(Link { trace_id, span_id, attributes: Vec::new() }));
        self
    }

    /// Has the whole flow kept, whatever sampling says.
    pub fn keep(self) -> Self {
        here::keep();
        self
    }

    /// What a request says that this span sends, for other services to go on with; `None` outside of all flows.
    #[must_use]
    pub fn context(self) -> Option<TraceContext> {
        here::context()
    }
}

//! Joins the messages of several services to one error, as Omegi's collect server does.

use std::collections::HashMap;

use serde_json::Value as Json;

/// An error in the collect server: its origin, and the services that it passed, outermost first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) origin: String,
    pub(crate) error_type: String,
    pub(crate) services: Vec<String>,
}

/// Joins messages in any order. A message whose `error` is `{}` is the part of a caller. It belongs
/// to the message of its trace whose root's `parentSpanId` is one of its spans.
pub(crate) fn file(messages: &[Json]) -> Vec<Filed> {
    let owners: HashMap<_, _> = messages
        .iter()
        .flat_map(|message| {
            spans(message).iter().map(move |span| ((text(message, "traceId"), text(span, "spanId")), message))
        })
        .collect();
    let caller_of = |message: &&Json| {
        let root = spans(message).last().expect("a message has spans");
        owners.get(&(text(message, "traceId"), text(root, "parentSpanId"))).copied()
    };
    let with_error = messages.iter().filter(|message| message["error"] != serde_json::json!({}));
    with_error
        .map(|message| {
            let path = std::iter::successors(Some(message), caller_of);
            let mut services: Vec<_> = path.map(|message| text(message, "serviceName").to_owned()).collect();
            services.reverse();
            Filed {
                origin: text(&message["error"]["exception.flow"], "step.1").to_owned(),
                error_type: text(&message["error"], "exception.type").to_owned(),
                services,
            }
        })
        .collect()
}

fn spans(message: &Json) -> &[Json] {
    message["spans"].as_array().expect("spans are a list")
}

fn text<'m>(value: &'m Json, key: &str) -> &'m str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is not a text in {value}"))
}

//! What Omegi's collect server does with messages: it joins those of several services to one error.

use std::collections::HashMap;

use serde_json::Value as Json;

/// One error as the collect server files it: whose it is, and through which services it went, outermost first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) origin: String,
    pub(crate) error_type: String,
    pub(crate) services: Vec<String>,
}

/// Joins messages: one whose `error` is `{}` is the part of a caller. The message that it waits for is the one of its trace whose
/// root's `parentSpanId` is a span of this one. Messages may come in any order.
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
    let told = messages.iter().filter(|message| message["error"] != serde_json::json!({}));
    told.map(|message| {
        let way = std::iter::successors(Some(message), caller_of);
        let mut services: Vec<_> = way.map(|message| text(message, "serviceName").to_owned()).collect();
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

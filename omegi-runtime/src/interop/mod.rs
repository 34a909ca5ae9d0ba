//! omegi beside others: what other services and other libraries say about traces, and what they are told.

pub(crate) mod headers;

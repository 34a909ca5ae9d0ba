//! The bounds on the flows of a program that `cargo omegi run` or `test` starts.
//!
//! Nobody has chosen how much such a program writes. A setting of the user lifts the bound that it
//! replaces.

use std::num::NonZeroU64;

use super::errors::ERROR_LIMIT;
use super::parsing::size;
use super::reader::Reader;
use super::sampling::{FLOW_RATE, SAMPLER};
use super::variable::Fallback::Rule;
use super::variable::Parser::Whole;
use super::variable::Variable;
use super::woven::WeaveCommand;

pub(super) static RUN_MAX_SIZE: Variable<Option<NonZeroU64>> = Variable::new(
    "OMEGI_RUN_MAX_SIZE",
    Rule("`64MiB` under `cargo omegi run` and `test`, else no limit"),
    Whole(|text| size(text).map(NonZeroU64::new)),
    "bound on the flows that the console exporter writes: of all processes together to a file, of each to a \
     stream; and unless it is set, `cargo omegi run` and `test` record 4,096 calls of a flow one by one; `0` \
     is no limit",
);

/// The default of [`RUN_MAX_SIZE`], in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The number of flows without an error that are kept of each root, before they become rare.
const FLOWS_OF_A_ROOT: u64 = 100;

/// The number of flows that are kept for each kind of error, before they become rare.
const FLOWS_OF_AN_ERROR: u64 = 20;

/// The number of spans of a flow that have a record.
const SPANS_OF_A_FLOW: usize = 4_096;

/// The bounds; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunBounds {
    /// The bytes that the console exporter writes.
    pub(crate) bytes: Option<u64>,
    /// The number of flows without an error of each root, before they become rare.
    pub(crate) flows_of_a_root: Option<u64>,
    /// The number of flows for each kind of error, before they become rare.
    pub(crate) flows_of_an_error: Option<u64>,
    /// The number of spans of a flow that have a record.
    pub(crate) spans_of_a_flow: Option<usize>,
}

impl RunBounds {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let command = reader.program().woven.as_ref().map(|program| program.command);
        let is_bounded = matches!(command, Some(WeaveCommand::Run | WeaveCommand::Test));
        let instead = if is_bounded { "64MiB" } else { "no limit" };
        let chosen = reader.optional(&RUN_MAX_SIZE, instead);
        let has_rate = reader.is_set(&FLOW_RATE.entry) || reader.is_set(&SAMPLER.entry);
        Self {
            bytes: match chosen {
                Some(bytes) => bytes.map(NonZeroU64::get),
                None => is_bounded.then_some(MAX_BYTES),
            },
            flows_of_a_root: (is_bounded && !has_rate).then_some(FLOWS_OF_A_ROOT),
            flows_of_an_error: (is_bounded && !reader.is_set(&ERROR_LIMIT.entry))
                .then_some(FLOWS_OF_AN_ERROR),
            spans_of_a_flow: (is_bounded && chosen.is_none()).then_some(SPANS_OF_A_FLOW),
        }
    }
}

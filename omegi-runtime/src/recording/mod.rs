//! Recording: the work on the user's threads.
//!
//! A [`Segment`](segment::Segment) is the buffer of one flow. A thread that works on a flow holds
//! the segment alone ([`thread::current`]). So a call costs no lock and no atomic operation.
//! [`span::call::enter`] writes one record of fixed size, and the drop of its guard completes it.
//! When the local root ends, the policy decides on this thread. The segment of a dropped flow is
//! reset and used again. The records of a kept flow are copied at their exact size and handed on.
//!
//! Each line of this table uses only the lines above it. Within a line each file uses only those
//! before it:
//!
//! | folder | files |
//! |---|---|
//! | | `text` `budget` `shield` `muting` `threads` `hooks` `polling` |
//! | `profiling/` | `overhead` `site` `table` `thread_table` `call` `task` `measuring` |
//! | `data/` | `record` `spare_records` `records` `scalar` `attributes` `tags` `updates` `waits` `summary` |
//! | `data/` | `parting` `answers` `error_kinds` `judged_errors` `error_query` `error_paths` `errors` |
//! | | `recorded` `policy` `before_start` `ids` |
//! | `flow/` | `sync` `gathering` `shared_flow` `slot` `opener` `origin` `watched` |
//! | `segment/` | `adoption` `long_spans` `open_functions` `mod` `calls` `failing` `judging` `foreign` |
//! | `segment/` | `forking` `handing_over` `handles` `overflowing` `parking` `loop_turns` |
//! | `segment/` | `cutting` `telling` `watching` |
//! | `thread/` | `heap` `pool` `watching` `current` `registry` |
//! | | `lifecycle` `external_parent` |
//! | `probe/` | `error_view` `error` `question_mark` `value` `none` |
//! | | `panics` `program_hook` |
//! | `span/` | `entered` `ending` `call` `unrecorded` `task` `loop_turn` `handle` `work_span` |
//! | `span/` | `fork` `spawned_work` `sites` `active` |

#[cfg(not(feature = "autostart"))]
pub(crate) mod before_start;
pub(crate) mod budget;
pub(crate) mod data;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod external_parent;
pub(crate) mod flow;
#[cfg_attr(not(feature = "otel"), allow(dead_code, reason = "some of it is for bridges to other libraries"))]
pub(crate) mod hooks;
pub(crate) mod ids;
pub(crate) mod lifecycle;
pub(crate) mod muting;
pub(crate) mod panics;
pub(crate) mod policy;
pub(crate) mod polling;
pub(crate) mod probe;
pub(crate) mod profiling;
pub(crate) mod program_hook;
mod segment;
pub(crate) mod shield;
pub(crate) mod span;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod threads;

/// Forgets all that is recorded, in a process that was just forked off: it is the other one's. A
/// signal handler may call it.
pub(crate) fn begin_in_child() {
    policy::begin_in_child();
    budget::BUDGET.restart();
    threads::forget();
    thread::current::forget();
    thread::pool::forget_ids();
    #[cfg(feature = "tracing")]
    span::entered::forget_all();
}

//! Words that names must not have, and their replacements.

/// The scope in which a word is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every part of a name or heading.
    Anywhere,
    /// The whole name of anything; as a part of a name the word is an ordinary one.
    WholeName,
    /// The whole name of a type, module or file; elsewhere the word is an ordinary one.
    WholeType,
}
use Scope::{Anywhere, WholeName, WholeType};

/// Names that are right in their place: the word, the folder or file, and the reason. A `*` matches
/// every word.
pub(crate) const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("*", "examples/", "programs about orders, parcels and jokes have the words of their trade"),
    ("kept", "omegi-runtime/src/deciding/error_rate_limit.rs", "the decision to keep a flow"),
    ("link", "omegi-runtime/src/vocabulary/flow.rs", "a link of OpenTelemetry"),
    ("link", "omegi-runtime/src/recording/data/updates.rs", "adds a link of OpenTelemetry"),
    ("link", "omegi-runtime/src/exporting/console/tree/branches.rs", "a link of OpenTelemetry"),
    ("*", "tests/hygiene/", "programs like those of users, with names that users choose"),
];

/// The words, their scopes, and their replacements. Two words must follow each other. A plural in
/// `s` counts as its singular.
pub(crate) const WORDS: &[(&str, Scope, &str)] = &[
    ("at work", Anywhere, "active"),
    ("here", WholeType, "active"),
    ("shelf", Anywhere, "slot"),
    ("shelves", Anywhere, "registry"),
    ("home", WholeType, "slot, or impl context"),
    ("letter", WholeType, "span update"),
    ("what", WholeType, "span update"),
    ("note", WholeType, "span update"),
    ("visit", WholeType, "entered span"),
    ("visits", Anywhere, "entered spans"),
    ("surface", Anywhere, "unwind"),
    ("turn", WholeType, "unwind"),
    ("branching", Anywhere, "shared flow"),
    ("share", WholeType, "flow part"),
    ("forked", WholeType, "flow ref"),
    ("fate", Anywhere, "part result"),
    ("verdict", Anywhere, "joined"),
    ("sum", WholeType, "totals"),
    ("departure", Anywhere, "leaving error"),
    ("passage", Anywhere, "step"),
    ("flight", WholeType, "in flight"),
    ("way", WholeType, "exit"),
    ("inquiry", Anywhere, "error query"),
    ("taken", WholeType, "raw value"),
    ("then", WholeType, "poll outcome"),
    ("precious", Anywhere, "must keep"),
    ("asked", WholeName, "keep requested"),
    ("untold", Anywhere, "undescribed"),
    ("pace", Anywhere, "fast call"),
    ("brisk", Anywhere, "is fast"),
    ("stages", WholeType, "flow processor"),
    ("keeper", Anywhere, "flow processor"),
    ("last words", Anywhere, "flush before abort"),
    ("outlet", Anywhere, "exporter pipeline"),
    ("making", WholeType, "factory"),
    ("unmade", Anywhere, "unavailable"),
    ("service", WholeType, "pipeline config"),
    ("kept", WholeType, "pending flow"),
    ("bite", Anywhere, "spill chunk"),
    ("crowded", Anywhere, "over high-water mark"),
    ("in hand", Anywhere, "in flight"),
    ("hope", Anywhere, "flush policy"),
    ("in vain", Anywhere, "gave up"),
    ("hopeless", Anywhere, "never connected"),
    ("tally", Anywhere, "counters"),
    ("tallies", Anywhere, "counters"),
    ("ledger", Anywhere, "metric state, or in-flight messages"),
    ("bell", Anywhere, "notify"),
    ("patience", Anywhere, "time budget"),
    ("journey", Anywhere, "error path"),
    ("parcel", Anywhere, "request batch"),
    ("wish", Anywhere, "retry after, or exclusions"),
    ("storm", Anywhere, "error rate limit"),
    ("judgement", Anywhere, "decision"),
    ("surroundings", Anywhere, "host environment"),
    ("found out", Anywhere, "detected"),
    ("complaint", Anywhere, "reason"),
    ("objection", Anywhere, "problem"),
    ("rejected", WholeType, "problem"),
    ("unheeded", Anywhere, "unsupported"),
    ("disregard", Anywhere, "mark unused"),
    ("settle", Anywhere, "finish"),
    ("unheard", Anywhere, "before start"),
    ("said", WholeType, "compiler output, or convert"),
    ("told", WholeType, "limit counter"),
    ("bare", WholeName, "no_std"),
    ("left", WholeType, "skipped"),
    ("extras", WholeType, "code-only settings"),
    ("link", WholeType, "match"),
];

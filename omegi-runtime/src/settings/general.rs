//! Variables that do not depend on one another. The others have files of their own.

use std::path::PathBuf;
use std::time::Duration;

use super::choices::ArgumentMode;
use super::parsing::{bound, count, duration, memory, milliseconds, path, size, timeout, whole_milliseconds};
use super::printing::{Privacy, pieces};
use super::secret::{SecretText, check_for_header};
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::{System, Whole};
use super::variable::{Variable, VariableEntry};
use super::words::{Word, boolean, word_of};

pub(crate) static TOKEN: Variable<SecretText> = Variable::new(
    "OMEGI_TOKEN",
    Rule("none"),
    Whole(|text| Ok(SecretText::new(text))),
    "credential: `token` in Kafka messages, `authorization: Bearer <token>` on OTLP unless \
     `OTEL_EXPORTER_OTLP_HEADERS` sets that header",
)
.checked(|token, _| check_for_header(token.expose()).map(|()| token).into())
.private(Privacy::Secret);

pub(super) static PROJECT_ROOT: Variable<PathBuf> = Variable::new(
    "OMEGI_PROJECT_ROOT",
    Rule("the workspace root"),
    System(path),
    "recorded file paths below this folder are relative to it; paths of the workspace's own packages are \
     relative to the workspace, as the compiler writes them",
);

pub(super) static KNOWN_METHODS: Variable<Vec<String>> = Variable::new(
    "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
    Text("CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,TRACE"),
    // The whole list, as the specification demands: a method that it omits is not known any more.
    Whole(|text| Ok(pieces(text).map(str::to_owned).collect())),
    "HTTP methods that spans are named by; any other is `_OTHER`",
);

pub(super) static SWITCH_OFF: Variable<bool> =
    Variable::new("OMEGI_SWITCH_OFF", Text("false"), Whole(boolean), "`true`: record nothing, start nothing")
        .or(&["OTEL_SDK_DISABLED"]);

pub(crate) static ARGS: Variable<ArgumentMode> = Variable::new(
    "OMEGI_ARGS",
    Text("off"),
    Whole(|text| word_of(&[ArgumentMode::Off, ArgumentMode::Sampled, ArgumentMode::Always], text)),
    "arguments and returns of functions whose attribute does not set it: `off`, `sampled` (in head-sampled \
     flows), `always`",
);

impl Word for ArgumentMode {
    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Sampled => "sampled",
            Self::Always => "always",
        }
    }
}

/// The default of [`MEMORY`], which bounds the records before settings are read. A test compares it
/// with the text of the variable.
pub(crate) const DEFAULT_MEMORY: usize = 64 << 20;

pub(crate) static MEMORY: Variable<usize> = Variable::new(
    "OMEGI_MEMORY",
    Text("64MiB"),
    Whole(memory),
    "bound on everything that is recorded and not yet exported; at least `1MiB`",
)
.checked(|bytes, _| bound(bytes as u64).map(|()| bytes).into());

pub(crate) static SPOOL: Variable<PathBuf> = Variable::new(
    "OMEGI_SPOOL",
    Rule("none"),
    System(path),
    "a folder for flows with an error: they wait there while a backend is down or late, if they fill half of \
     the memory or the program ends, and are exported after the next start",
);

pub(crate) static SPOOL_SIZE: Variable<u64> = Variable::new(
    "OMEGI_SPOOL_SIZE",
    Text("64MiB"),
    Whole(size),
    "bound on the files that one process keeps there; at least `1MiB`",
)
.checked(|bytes, _| bound(bytes).map(|()| bytes).into());

pub(super) static SCHEDULE_DELAY: Variable<Duration> = Variable::new(
    "OTEL_BSP_SCHEDULE_DELAY",
    Text("100"),
    Whole(milliseconds),
    "longest time in milliseconds that a kept flow waits for others before it is exported",
);

pub(crate) static FLOW_WAIT: Variable<Duration> = Variable::new(
    "OMEGI_FLOW_WAIT",
    Text("5000"),
    Whole(milliseconds),
    "longest time in milliseconds that the ended part of a flow waits for tasks and threads of the flow; \
     then the flow is decided without them",
)
.checked(|wait, _| Ok(whole_milliseconds(wait)).into());

pub(crate) static FLOW_OPEN: Variable<Duration> = Variable::new(
    "OMEGI_FLOW_OPEN",
    Text("10s"),
    Whole(|text| if text == "off" { Ok(Duration::ZERO) } else { duration(text) }),
    "time for which a span may stay open until each of its finished children is a flow of its own, linked to \
     it: `10s`, `500ms`, `2m`; `0` or `off`: never",
)
.checked(|open, _| Ok(timeout(open)).into());

pub(super) static MAX_EXPORT_BATCH: Variable<usize> = Variable::new(
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    Text("512"),
    Whole(|text| count(text, 1)),
    "number of spans from which on flows are exported without waiting longer",
);

pub(crate) static FLUSH_TIMEOUT: Variable<Duration> = Variable::new(
    "OTEL_BSP_EXPORT_TIMEOUT",
    Text("5000"),
    Whole(milliseconds),
    "longest time in milliseconds for one export to Kafka, and for the exporters at the program's end; `0` \
     is no limit",
)
.checked(|time, _| Ok(timeout(time)).into());

pub(crate) static SIGNALS: Variable<bool> = Variable::new(
    "OMEGI_SIGNALS",
    Text("false"),
    Whole(boolean),
    "`true`: SIGTERM and SIGINT end the program after decided flows are exported, unless the program handled \
     them before `init`; needs the cargo feature `signals`",
);

pub(super) static OVERHEAD: VariableEntry = VariableEntry::new(
    "OMEGI_OVERHEAD",
    Text("5%"),
    "CPU share that recording may take before cheap, hot functions are summarised instead of recorded",
)
.no_effect("this version has no overhead governor");

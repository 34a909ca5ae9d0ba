//! Everything that can be set, resolved: text in, one plain value out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::vocabulary::say::Level;

use super::choices::{ArgumentMode, ClockMode, CountedErrors, ExporterKind, Propagator};
use super::console::ConsoleSettings;
use super::diagnostics::resolve_level;
use super::exceptions::complain_of_logs;
use super::exporters::resolve_exporters;
use super::file::FileSettings;
use super::ignored_errors::IgnoredErrors;
use super::kafka::KafkaSettings;
use super::limits::Limits;
use super::masking::Masking;
use super::metrics::MetricSettings;
use super::modes::{argument_mode, counted_errors, error_limit};
use super::origins::{Origins, Source};
use super::otlp::{OtlpSettings, TRACES};
use super::pairs::pair;
use super::parsing::{boolean, count, memory, milliseconds, pieces, timeout};
use super::problem::{Complaint, Problem};
use super::program::Program;
use super::propagators::resolve_propagators;
use super::reader::Reader;
use super::rejection::{Objection, shown};
use super::resource::ResourceSettings;
use super::sampling::HeadSampling;
use super::secret::{MASK, SecretText};
use super::unheeded;
use super::variables::{self, Privacy};

/// The resource attribute that names the service.
const SERVICE_NAME: &str = "service.name";

/// Everything that can be set, resolved. Its `Debug` shows no secrets.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Record nothing, start nothing.
    pub(crate) switched_off: bool,
    /// How much omegi says of itself on stderr.
    pub(crate) level: Level,
    /// The resource's `service.name`.
    pub(crate) service_name: String,
    /// What else `OTEL_RESOURCE_ATTRIBUTES` says of the resource, by name; values under secret names are
    /// masked.
    pub(crate) resource_attributes: Vec<(String, String)>,
    /// What else is found out for the resource.
    pub(crate) resource: ResourceSettings,
    /// The folder that recorded file paths are relative to.
    pub(crate) project_root: Option<PathBuf>,
    /// Which flows without an error are kept.
    pub(crate) sampling: HeadSampling,
    /// For which errors a flow is kept.
    pub(crate) counted_errors: CountedErrors,
    /// And which of them are no reason all the same.
    pub(crate) ignored_errors: IgnoredErrors,
    /// How many flows a minute are kept for the same kind of error; nothing is no limit.
    pub(crate) error_limit: Option<u64>,
    /// Where kept flows go; empty where they go nowhere.
    pub(crate) exporters: Vec<ExporterKind>,
    /// The headers that carry traces between services, in the order in which they are read; empty where none are.
    pub(crate) propagators: Vec<Propagator>,
    /// The methods of HTTP that spans are named by.
    pub(crate) known_methods: Vec<String>,
    /// How the console exporter writes.
    pub(crate) console: ConsoleSettings,
    /// How flows are written to files.
    pub(crate) file: FileSettings,
    /// How to reach an OpenTelemetry backend.
    #[cfg_attr(
        not(any(feature = "otlp", test)),
        expect(dead_code, reason = "read by the OTLP exporter alone")
    )]
    pub(crate) otlp: OtlpSettings,
    /// How to reach Kafka, and what it is sent.
    #[cfg_attr(
        not(any(feature = "kafka", test)),
        expect(dead_code, reason = "read by the Kafka exporter alone")
    )]
    pub(crate) kafka: KafkaSettings,
    /// How metrics are sent, if they are.
    #[cfg_attr(not(any(feature = "otlp", test)), expect(dead_code, reason = "sent over OTLP alone"))]
    pub(crate) metrics: Option<MetricSettings>,
    /// Whether arguments and return values are recorded where a function does not say for itself.
    pub(crate) arguments: ArgumentMode,
    /// The bound on everything that is recorded and not yet exported, in bytes.
    pub(crate) memory: usize,
    /// The credential, which must not leave in anything that is recorded.
    pub(crate) token: Option<SecretText>,
    /// The folder in which flows with an error wait that cannot wait in memory.
    pub(crate) spool: Option<PathBuf>,
    /// The bound on what is there, in bytes.
    pub(crate) spool_size: u64,
    /// Which names stand for secrets.
    pub(crate) masking: Arc<Masking>,
    /// How much is kept of one span.
    pub(crate) limits: Limits,
    /// How long a kept flow waits for others at most before it is exported. Our default is 100 ms, not
    /// OpenTelemetry's 5 s: who watches a console wants to see a flow when it happens.
    pub(crate) schedule_delay: Duration,
    /// How long a part of a flow that has forked waits for the others.
    pub(crate) flow_wait: Duration,
    /// After how many spans flows are exported without waiting longer.
    pub(crate) max_export_batch: usize,
    /// How long the program's end waits for exporters at most. Our default is 5 s, not OpenTelemetry's 30 s:
    /// nobody wants a command that hangs for half a minute because a backend does.
    pub(crate) flush_timeout: Duration,
    /// Whether what is decided is exported when a signal ends the program.
    pub(crate) signals: bool,
    /// When the clock is read. Set in code only.
    pub(crate) clock: ClockMode,
    /// Where all of that comes from.
    pub(crate) origins: Origins,
}

impl Settings {
    /// The settings that the variables which `lookup` knows ask for, and what was wrong with them.
    ///
    /// Pure: the same answers give the same settings. A value that cannot be used never fails, it is a
    /// [`Problem`].
    pub(crate) fn resolve(
        lookup: impl Fn(Source, &str) -> Option<OsString>,
        program: &Program,
    ) -> (Self, Vec<Problem>) {
        let mut reader = Reader::new(&lookup);
        let settings = Self::read(&mut reader, program);
        complain_of_logs(&mut reader);
        complain_of_missing_parts(&mut reader);
        reader.tell(unheeded::problems(&reader));
        let (origins, problems) = reader.finish();
        (Self { origins, ..settings }, problems)
    }

    fn read(reader: &mut Reader<'_>, program: &Program) -> Self {
        let masking = Arc::new(Masking::resolve(reader));
        let (attributes, service_name) = read_resource(reader, program);
        let token = reader.optional(&variables::TOKEN, "no token", |text| SecretText::for_header(text));
        Self {
            switched_off: reader.value(&variables::SWITCH_OFF, boolean),
            level: resolve_level(reader),
            service_name,
            resource_attributes: masked(attributes, &masking),
            resource: ResourceSettings::resolve(reader),
            project_root: reader.raw(&variables::PROJECT_ROOT).map(PathBuf::from),
            sampling: HeadSampling::resolve(reader),
            counted_errors: reader.value(&variables::ERRORS, counted_errors),
            ignored_errors: IgnoredErrors::resolve(reader),
            error_limit: reader.value(&variables::ERROR_LIMIT, error_limit),
            exporters: resolve_exporters(reader, program),
            propagators: resolve_propagators(reader),
            known_methods: reader.value(&variables::KNOWN_METHODS, known_methods),
            console: ConsoleSettings::resolve(reader, program),
            file: FileSettings::resolve(reader),
            otlp: OtlpSettings::resolve(reader, &TRACES, token.as_ref()),
            metrics: MetricSettings::resolve(reader, program, token.as_ref()),
            kafka: KafkaSettings::resolve(reader, token.clone()),
            arguments: reader.value(&variables::ARGS, argument_mode),
            memory: reader.value(&variables::MEMORY, memory),
            limits: Limits::resolve(reader),
            spool: reader.raw(&variables::SPOOL).map(PathBuf::from),
            spool_size: reader.value(&variables::SPOOL_SIZE, memory) as u64,
            schedule_delay: reader.value(&variables::SCHEDULE_DELAY, milliseconds),
            flow_wait: reader.value(&variables::FLOW_WAIT, milliseconds),
            max_export_batch: reader.value(&variables::MAX_EXPORT_BATCH, |text| count(text, 1)),
            flush_timeout: reader.value(&variables::FLUSH_TIMEOUT, timeout),
            signals: reader.value(&variables::SIGNALS, boolean),
            clock: ClockMode::default(),
            origins: Origins::default(),
            token,
            masking,
        }
    }
}

/// The whole list, as its specification says: what it leaves out is not known any more.
fn known_methods(text: &str) -> Result<Vec<String>, Complaint> {
    Ok(pieces(text).map(str::to_owned).collect())
}

/// The resource's attributes, and the service's name, which may be one of them: that of a variable of its own comes first, unless
/// the program says that one and the environment the attribute.
fn read_resource(reader: &mut Reader<'_>, program: &Program) -> (BTreeMap<String, String>, String) {
    let attributes = reader.read_pieces(&variables::RESOURCE_ATTRIBUTES, parse_resource);
    let named = reader.read(&variables::SERVICE_NAME, |text| Ok(text.to_owned()));
    let attribute_decides = attributes.overrules(&named);
    let mut attributes = reader.settle(attributes, "none of the attributes").unwrap_or_default();
    let attribute = attributes.remove(SERVICE_NAME).filter(|name| !name.is_empty());
    let unset = attribute.clone().unwrap_or_else(|| program.unknown_service());
    let instead = shown(named.value().unwrap_or(&unset), Privacy::Public);
    let name = reader.settle(named, &instead).unwrap_or(unset);
    match attribute.filter(|_| attribute_decides) {
        Some(attribute) => {
            reader.overrule(&variables::SERVICE_NAME);
            (attributes, attribute)
        }
        None => (attributes, name),
    }
}

/// All or nothing, as OpenTelemetry's specification demands: half a resource would be filed under the wrong
/// name.
fn parse_resource(text: &str) -> (Option<BTreeMap<String, String>>, Vec<Objection>) {
    let mut resource = BTreeMap::new();
    for piece in pieces(text) {
        let Some((key, value)) = pair(piece) else {
            return (None, vec![Objection::to_piece(piece, "is not a percent-encoded key=value")]);
        };
        resource.insert(key, value);
    }
    (Some(resource), Vec::new())
}

/// The attributes as they may leave the process. Done here, so that no later printing can forget it.
fn masked(mut resource: BTreeMap<String, String>, masking: &Masking) -> Vec<(String, String)> {
    for (key, value) in &mut resource {
        if masking.masks(key) {
            MASK.clone_into(value);
        }
    }
    resource.into_iter().collect()
}

/// A variable that is documented and set, and silently does nothing, would be worse than one more line.
fn complain_of_missing_parts(reader: &mut Reader<'_>) {
    for variable in variables::ALL {
        if let Some(why) = variable.missing {
            reader.disregard(variable, format!("has no effect: {why}"), "nothing of it");
        }
    }
}

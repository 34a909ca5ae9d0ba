//! Everything that can be set, resolved: text in, one plain value out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::choices::{ArgumentMode, ClockMode, ExporterKind, Propagator};
use super::console::ConsoleSettings;
use super::exporters::resolve_exporters;
use super::kafka::KafkaSettings;
use super::masking::Masking;
use super::modes::{FlowRate, argument_mode};
use super::otlp::OtlpSettings;
use super::pairs::pair;
use super::parsing::{boolean, count, memory, milliseconds, pieces, timeout};
use super::problem::Problem;
use super::program::Program;
use super::propagators::resolve_propagators;
use super::reader::Reader;
use super::rejection::{Objection, shown};
use super::secret::{MASK, SecretText};
use super::variables::{self, Privacy};

/// The resource attribute that names the service.
const SERVICE_NAME: &str = "service.name";

/// Everything that can be set, resolved. Its `Debug` shows no secrets.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Record nothing, start nothing.
    pub(crate) switched_off: bool,
    /// Tell on stderr what omegi does.
    pub(crate) debug: bool,
    /// The resource's `service.name`.
    pub(crate) service_name: String,
    /// What else `OTEL_RESOURCE_ATTRIBUTES` says of the resource, by name; values under secret names are
    /// masked.
    pub(crate) resource_attributes: Vec<(String, String)>,
    /// The folder that recorded file paths are relative to.
    pub(crate) project_root: Option<PathBuf>,
    /// How many of the flows without an error are kept.
    pub(crate) flow_rate: FlowRate,
    /// Where kept flows go; empty where they go nowhere.
    pub(crate) exporters: Vec<ExporterKind>,
    /// The headers that carry traces between services, in the order in which they are read; empty where none are.
    pub(crate) propagators: Vec<Propagator>,
    /// How the console exporter writes.
    pub(crate) console: ConsoleSettings,
    /// How to reach an OpenTelemetry backend.
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "read by the OTLP exporter alone"))]
    pub(crate) otlp: OtlpSettings,
    /// How to reach Kafka, and what it is sent.
    #[cfg_attr(
        not(any(feature = "kafka", test)),
        expect(dead_code, reason = "read by the Kafka exporter alone")
    )]
    pub(crate) kafka: KafkaSettings,
    /// Whether arguments and return values are recorded where a function does not say for itself.
    pub(crate) arguments: ArgumentMode,
    /// The bound on everything that is recorded and not yet exported, in bytes.
    pub(crate) memory: usize,
    /// Which names stand for secrets.
    pub(crate) masking: Masking,
    /// How many characters are kept of an attribute's text.
    pub(crate) attribute_value_length: usize,
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
    /// When the clock is read. Set in code only.
    pub(crate) clock: ClockMode,
}

impl Settings {
    /// The settings that the variables which `lookup` knows ask for, and what was wrong with them.
    ///
    /// Pure: the same answers give the same settings. A value that cannot be used never fails, it is a
    /// [`Problem`].
    pub(crate) fn resolve(
        lookup: impl Fn(&str) -> Option<OsString>,
        program: &Program,
    ) -> (Self, Vec<Problem>) {
        let mut reader = Reader::new(&lookup);
        let settings = Self::read(&mut reader, program);
        complain_of_missing_parts(&mut reader);
        (settings, reader.into_problems())
    }

    fn read(reader: &mut Reader<'_>, program: &Program) -> Self {
        let masking = Masking::resolve(reader);
        let mut resource = read_resource(reader);
        let token = reader.optional(&variables::TOKEN, "no token", |text| SecretText::for_header(text));
        Self {
            switched_off: reader.value(&variables::SWITCH_OFF, boolean),
            debug: reader.value(&variables::DEBUG, boolean),
            service_name: read_service_name(reader, resource.remove(SERVICE_NAME), program),
            resource_attributes: masked(resource, &masking),
            project_root: reader.raw(&variables::PROJECT_ROOT).map(PathBuf::from),
            flow_rate: reader.value(&variables::FLOW_RATE, FlowRate::parse),
            exporters: resolve_exporters(reader, program),
            propagators: resolve_propagators(reader),
            console: ConsoleSettings::resolve(reader, program),
            otlp: OtlpSettings::resolve(reader, token.as_ref()),
            kafka: KafkaSettings::resolve(reader, token),
            arguments: reader.value(&variables::ARGS, argument_mode),
            memory: reader.value(&variables::MEMORY, memory),
            attribute_value_length: reader.value(&variables::ATTRIBUTE_VALUE_LENGTH, |text| count(text, 0)),
            schedule_delay: reader.value(&variables::SCHEDULE_DELAY, milliseconds),
            flow_wait: reader.value(&variables::FLOW_WAIT, milliseconds),
            max_export_batch: reader.value(&variables::MAX_EXPORT_BATCH, |text| count(text, 1)),
            flush_timeout: reader.value(&variables::FLUSH_TIMEOUT, timeout),
            clock: ClockMode::default(),
            masking,
        }
    }
}

fn read_resource(reader: &mut Reader<'_>) -> BTreeMap<String, String> {
    let reading = reader.read_pieces(&variables::RESOURCE_ATTRIBUTES, parse_resource);
    reader.settle(reading, "none of the attributes").unwrap_or_default()
}

/// All or nothing, as OpenTelemetry's specification demands: half a resource would be filed under the wrong
/// name.
fn parse_resource(text: &str) -> (Option<BTreeMap<String, String>>, Vec<Objection>) {
    let mut resource = BTreeMap::new();
    for piece in pieces(text) {
        let Some((key, value)) = pair(piece) else { return (None, vec![malformed_attribute(piece)]) };
        resource.insert(key, value);
    }
    (Some(resource), Vec::new())
}

/// Shows the key only: the value may be a secret.
fn malformed_attribute(piece: &str) -> Objection {
    let key = piece.split('=').next().unwrap_or_default();
    Objection::to_piece(key, "does not begin a percent-encoded key=value")
}

fn read_service_name(reader: &mut Reader<'_>, from_resource: Option<String>, program: &Program) -> String {
    let unset = from_resource.filter(|name| !name.is_empty()).unwrap_or_else(|| program.unknown_service());
    let named = reader.read(&variables::SERVICE_NAME, |text| Ok(text.to_owned()));
    let instead = named.value().unwrap_or(&unset).clone();
    reader.settle(named, &shown(&instead, Privacy::Public)).unwrap_or(unset)
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
            reader.complain(variable, format!("has no effect: {why}"), "nothing of it");
        }
    }
}

//! The resource: the attributes of the program that every flow carries.

use std::collections::BTreeMap;

use super::lists::set;
use super::masking::Masking;
use super::pairs::pair;
use super::parsed::Reason;
use super::printing::{MASK, Privacy, pieces, shown};
use super::reader::Reader;
use super::variable::Fallback::{Rule, Text};
use super::variable::Parser::{Pieces, Whole};
use super::variable::Variable;
use super::words::{Word, boolean};

pub(crate) static SERVICE_NAME: Variable<String> = Variable::new(
    "OMEGI_SERVICE_NAME",
    Rule(
        "`service.name` in `OTEL_RESOURCE_ATTRIBUTES`, else under `cargo omegi` the package's name, else \
          `unknown_service:<executable>`",
    ),
    Whole(|text| Ok(text.to_owned())),
    "resource `service.name`",
)
.or(&["OTEL_SERVICE_NAME"]);

pub(super) static RESOURCE_ATTRIBUTES: Variable<BTreeMap<String, String>> = Variable::new(
    "OTEL_RESOURCE_ATTRIBUTES",
    Rule("none"),
    Pieces(|text, _| parse_attributes(text).into()),
    "resource attributes, which win over those of detectors and code: `key=value,key=value`, percent-encoded",
)
.private(Privacy::Pairs);

pub(super) static RESOURCE_DETECTORS: Variable<Vec<Detector>> = Variable::new(
    "OMEGI_RESOURCE_DETECTORS",
    Text("process,host,os,container,k8s,ecs"),
    Pieces(|text, _| set(text, "detectors", &Detector::ALL.map(|it| (it.word(), Ok(it))))),
    "detectors of resource attributes: a comma list of these, or `none`",
);

pub(super) static RESOURCE_ENVIRON: Variable<bool> = Variable::new(
    "OMEGI_RESOURCE_ENVIRON",
    Text("false"),
    Whole(boolean),
    "`true`: the resource holds the environment's variables (`process.environment_variable.<name>`), secrets \
     masked",
);

pub(super) static VCS_REVISION: Variable<String> = Variable::new(
    "OMEGI_VCS_REVISION",
    Rule("its value when omegi was built"),
    Whole(|text| Ok(text.to_owned())),
    "resource `vcs.ref.head.revision`: the version of the source that runs",
);

/// The resource attribute that names the service.
const NAME_ATTRIBUTE: &str = "service.name";

/// A detector of resource attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detector {
    Process,
    Host,
    Os,
    Container,
    Kubernetes,
    Ecs,
}

impl Detector {
    const ALL: [Self; 6] =
        [Self::Process, Self::Host, Self::Os, Self::Container, Self::Kubernetes, Self::Ecs];
}

impl Word for Detector {
    fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Host => "host",
            Self::Os => "os",
            Self::Container => "container",
            Self::Kubernetes => "k8s",
            Self::Ecs => "ecs",
        }
    }
}

/// The settings of the resource.
#[derive(Clone, Debug)]
pub(crate) struct ResourceSettings {
    /// The resource's `service.name`.
    pub(crate) service_name: String,
    /// True if nobody named the service: the name of the program's package replaces that.
    pub(crate) is_unnamed: bool,
    /// The other attributes of `OTEL_RESOURCE_ATTRIBUTES`, by name; values under secret names are
    /// masked.
    pub(crate) attributes: Vec<(String, String)>,
    /// The detectors that run.
    pub(crate) detectors: Vec<Detector>,
    /// True if the environment's variables are attributes.
    pub(crate) environ: bool,
    /// The version of the source that the program was built from, if it is set.
    pub(crate) revision: Option<String>,
}

impl ResourceSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>, masking: &Masking) -> Self {
        let (attributes, service_name) = resolve_attributes(reader);
        let is_unnamed = service_name.is_none();
        let service_name = service_name.unwrap_or_else(|| reader.program().unknown_service());
        let revision = reader.optional(&VCS_REVISION, "none");
        Self {
            service_name,
            is_unnamed,
            attributes: masked(attributes, masking),
            detectors: reader.words(&RESOURCE_DETECTORS),
            environ: reader.value(&RESOURCE_ENVIRON),
            revision: revision.or_else(|| option_env!("OMEGI_VCS_REVISION").map(str::to_owned)),
        }
    }
}

/// Returns the resource's attributes and the name of the service, if it has one.
///
/// The name's own variable wins over the attribute, unless code sets the variable and the
/// environment the attribute.
fn resolve_attributes(reader: &mut Reader<'_>) -> (BTreeMap<String, String>, Option<String>) {
    let attributes = reader.read(&RESOURCE_ATTRIBUTES);
    let named = reader.read(&SERVICE_NAME);
    let attribute_decides = attributes.overrules(&named);
    let mut attributes = reader.finish(attributes, "none of the attributes").unwrap_or_default();
    let attribute = attributes.remove(NAME_ATTRIBUTE).filter(|name| !name.is_empty());
    let unset = attribute.clone().unwrap_or_else(|| reader.program().unknown_service());
    let instead = shown(named.value().unwrap_or(&unset), Privacy::Public);
    let name = reader.finish(named, &instead).or_else(|| attribute.clone());
    match attribute.filter(|_| attribute_decides) {
        Some(attribute) => {
            reader.mark_overruled(&SERVICE_NAME.entry);
            (attributes, Some(attribute))
        }
        None => (attributes, name),
    }
}

/// Reads all attributes or none, as OpenTelemetry's specification demands: half a resource would
/// file flows under the wrong name.
fn parse_attributes(text: &str) -> Result<BTreeMap<String, String>, Reason> {
    let attribute =
        |piece| pair(piece).ok_or_else(|| Reason::from("is not a percent-encoded key=value").of_piece(piece));
    pieces(text).map(attribute).collect()
}

/// Masks the secrets here, so that no later printing can forget it.
fn masked(mut attributes: BTreeMap<String, String>, masking: &Masking) -> Vec<(String, String)> {
    for (key, value) in &mut attributes {
        if masking.masks(key) {
            MASK.clone_into(value);
        }
    }
    attributes.into_iter().collect()
}

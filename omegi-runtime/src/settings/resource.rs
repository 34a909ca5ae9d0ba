//! What is found out about the program and its surroundings, besides what it is told.

use super::parsing::{boolean, listed, one_of, set};
use super::problem::Complaint;
use super::reader::Reader;
use super::variables::{RESOURCE_DETECTORS, RESOURCE_ENVIRON, VCS_REVISION};

/// Something that is found out.
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

    /// The word that asks for it.
    const fn word(self) -> &'static str {
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

/// What is found out about the program and its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct ResourceSettings {
    pub(crate) detectors: Vec<Detector>,
    /// Whether the environment's variables are reported.
    pub(crate) environ: bool,
    /// The version of the source that the program was built from, if it was told.
    pub(crate) revision: Option<String>,
}

impl ResourceSettings {
    pub(super) fn resolve(reader: &mut Reader<'_>) -> Self {
        let revision = reader.optional(&VCS_REVISION, "none", |text| Ok(text.to_owned()));
        Self {
            detectors: resolve_detectors(reader),
            environ: reader.value(&RESOURCE_ENVIRON, boolean),
            revision: revision.or_else(|| option_env!("OMEGI_VCS_REVISION").map(str::to_owned)),
        }
    }
}

/// The detectors that are asked for, each once; none at all where the user said `none`.
fn resolve_detectors(reader: &mut Reader<'_>) -> Vec<Detector> {
    let parse = |text: &str| set(text, "detectors", parse_detector);
    let reading = reader.read_pieces(&RESOURCE_DETECTORS, parse);
    let default = || parse(RESOURCE_DETECTORS.default_text()).0.unwrap_or_default();
    let detectors = reading.value().cloned().unwrap_or_else(default);
    reader.settle(reading, &listed(detectors.iter().map(|it| it.word())));
    detectors
}

fn parse_detector(word: &str) -> Result<Option<Detector>, Complaint> {
    let known = Detector::ALL.map(|detector| (detector.word(), Ok(Some(detector))));
    let words: Vec<_> = known.into_iter().chain([("none", Ok(None))]).collect();
    one_of(&words, word)
}

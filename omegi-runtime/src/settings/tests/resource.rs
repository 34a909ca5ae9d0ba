//! What is found out about the program and its surroundings.

use super::check;
use crate::settings::Detector::{Container, Ecs, Host, Kubernetes, Os, Process};

#[test]
fn detectors() {
    let name = "OMEGI_RESOURCE_DETECTORS";
    let all = vec![Process, Host, Os, Container, Kubernetes, Ecs];
    check(
        |settings| settings.resource.detectors,
        &[
            (&[], all.clone(), &[]),
            (&[(name, "K8S, host,k8s,")], vec![Kubernetes, Host], &[]),
            (&[(name, "none")], vec![], &[]),
            (
                &[(name, "none,os")],
                vec![Os],
                &[
                    "OMEGI_RESOURCE_DETECTORS holds \"none\", which contradicts the other detectors in the list; using os",
                ],
            ),
            (
                &[(name, "hots")],
                all,
                &[
                    "OMEGI_RESOURCE_DETECTORS holds \"hots\", which is not one of process, host, os, container, k8s, ecs, none \
                   (did you mean host?); using process, host, os, container, k8s, ecs",
                ],
            ),
        ],
    );
}

#[test]
fn environment_and_revision() {
    let (environ, revision) = ("OMEGI_RESOURCE_ENVIRON", "OMEGI_VCS_REVISION");
    let built_from = || option_env!("OMEGI_VCS_REVISION").map(str::to_owned);
    check(
        |settings| (settings.resource.environ, settings.resource.revision),
        &[
            (&[], (false, built_from()), &[]),
            (&[(environ, "true"), (revision, "0123abc")], (true, Some("0123abc".to_owned())), &[]),
            (
                &[(environ, "1")],
                (false, built_from()),
                &["OMEGI_RESOURCE_ENVIRON=\"1\" is not one of true, false; using false"],
            ),
        ],
    );
}

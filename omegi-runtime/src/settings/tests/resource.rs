//! The attributes of the resource.

use super::{Program, check, program, resolve_in};
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
                &["OMEGI_RESOURCE_DETECTORS holds \"none\", which contradicts the other detectors in \
                    the list; using os"],
            ),
            (
                &[(name, "hots")],
                all,
                &["OMEGI_RESOURCE_DETECTORS holds \"hots\", which is not one of process, host, os, \
                   container, k8s, ecs, none (did you mean host?); using process, host, os, container, \
                   k8s, ecs"],
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

#[test]
fn service_name() {
    let omegi = ("OMEGI_SERVICE_NAME", "a");
    let otel = ("OTEL_SERVICE_NAME", "b");
    let resource = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=c");
    check(
        |settings| settings.resource.service_name,
        &[
            (&[], "unknown_service:shop".to_owned(), &[]),
            (&[omegi, otel, resource], "a".to_owned(), &[]),
            (&[otel, resource], "b".to_owned(), &[]),
            (&[resource], "c".to_owned(), &[]),
            (&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=")], "unknown_service:shop".to_owned(), &[]),
        ],
    );
    let nameless = Program { executable: None, ..program(false) };
    assert_eq!(resolve_in(&nameless, &[]).0.resource.service_name, "unknown_service");
}

#[test]
fn resource_attributes() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<_> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    let name = "OTEL_RESOURCE_ATTRIBUTES";
    check(
        |settings| settings.resource.attributes,
        &[
            (&[], pairs(&[]), &[]),
            (&[(name, "b=x%2Cy, a = 1 ,service.name=s,")], pairs(&[("a", "1"), ("b", "x,y")]), &[]),
            (&[(name, "a=1,a=2")], pairs(&[("a", "2")]), &[]),
            (&[(name, "db.password=hunter2")], pairs(&[("db.password", "****")]), &[]),
            (
                &[(name, "a=1,b")],
                pairs(&[]),
                &["OTEL_RESOURCE_ATTRIBUTES holds **** in place 2, which is not a percent-encoded \
                   key=value; using none of the attributes"],
            ),
            (
                &[(name, "password=hunter%2")],
                pairs(&[]),
                &["OTEL_RESOURCE_ATTRIBUTES holds \"password=****\", which is not a percent-encoded \
                   key=value; using none of the attributes"],
            ),
        ],
    );
}

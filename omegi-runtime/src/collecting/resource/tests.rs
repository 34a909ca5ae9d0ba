//! The resource, detected in test environments.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use super::*;
use crate::settings::Masking;

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A folder with these files, as the root of a file system.
fn root(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = std::env::temp_dir().join(format!("omegi-resource-{}-{name}", std::process::id()));
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn given(detectors: &[Detector]) -> ResourceInputs {
    ResourceInputs {
        instance_id: "i".to_owned(),
        code: vec![
            Attribute::new("service.version", "1"),
            Attribute::new("host.name", "code"),
            Attribute::new("a", 1),
        ],
        settings: ResourceSettings {
            is_unnamed: false,
            service_name: "shop".to_owned(),
            attributes: vec![
                ("a".to_owned(), "2".to_owned()),
                ("telemetry.sdk.name".to_owned(), "other".to_owned()),
            ],
            detectors: detectors.to_vec(),
            environ: false,
            revision: Some("abc".to_owned()),
        },
    }
}

fn described(given: ResourceInputs, environment: &HostEnvironment) -> Vec<(String, String)> {
    let resource = describe(given, environment, &mut Scrubber::new(Masking::default().into(), None));
    resource.attributes.into_iter().map(|it| (it.key.into_owned(), it.value.to_string())).collect()
}

#[track_caller]
fn assert_attributes(described: &[(String, String)], expected: &[(&str, &str)]) {
    for (key, value) in expected {
        let found = described.iter().find(|(resource, _)| resource == key).map(|(_, value)| &**value);
        assert_eq!(found, Some(*value), "{key} in {described:#?}");
    }
}

#[test]
fn sources_win_in_their_order() {
    let root = root("order", &[("etc/hostname", "found\n"), ("etc/machine-id", "m\n")]);
    let attributes = described(given(&[Detector::Host]), &HostEnvironment::fake(&[], root.clone()));
    assert_attributes(
        &attributes,
        &[
            ("service.name", "shop"),
            ("service.instance.id", "i"),
            ("service.version", "1"),
            ("host.name", "code"),
            ("host.id", "m"),
            ("a", "2"),
            ("vcs.ref.head.revision", "abc"),
            ("telemetry.sdk.name", "omegi"),
            ("telemetry.distro.name", "omegi"),
            ("omegi.version", env!("CARGO_PKG_VERSION")),
        ],
    );
    let mut keys: Vec<_> = attributes.iter().map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), attributes.len());
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn the_process_and_its_system() {
    let stat = format!("7 (a ) b) S{} 150 0", " 0".repeat(18));
    let files = [
        ("proc/self/status", "Name:\tshop\nUid:\t0\t1000\t0\t0\n"),
        ("etc/passwd", "root:x:0:0::/:/bin/sh\nme:x:1000:1000::/:/bin/sh\n"),
        ("proc/self/stat", &*stat),
        ("proc/stat", "cpu 1\nbtime 1795161600\n"),
        ("etc/os-release", "PRETTY_NAME=\"Debian 12\"\nNAME='Debian'\nVERSION_ID=12\n"),
    ];
    let root = root("process", &files);
    let environment = HostEnvironment::fake(&[], root.clone());
    let attributes = described(given(&[Detector::Process, Detector::Os]), &environment);
    assert_attributes(
        &attributes,
        &[
            ("process.pid", &std::process::id().to_string()),
            ("process.owner", "me"),
            ("process.creation.time", "2026-11-20T08:00:01.500000Z"),
            ("process.runtime.name", "rustc"),
            ("os.type", std::env::consts::OS),
            ("os.name", "Debian"),
            ("os.version", "12"),
            ("os.description", "Debian 12"),
        ],
    );
    assert!(env!("BUILT_BY_RUSTC").starts_with("1."), "{}", env!("BUILT_BY_RUSTC"));
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn containers() {
    let in_group = [
        format!("12:cpu:/docker/{ID}\n"),
        format!("1:name=systemd:/\n0::/system.slice/docker-{ID}.scope\n"),
        format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"),
    ];
    for (nth, groups) in in_group.iter().enumerate() {
        let root = root(&format!("group{nth}"), &[("proc/self/cgroup", groups)]);
        let environment = HostEnvironment::fake(&[], root.clone());
        assert_attributes(&described(given(&[Detector::Container]), &environment), &[("container.id", ID)]);
        fs::remove_dir_all(root).unwrap();
    }
    let mounts =
        format!("1 2 0:1 / / rw\n3 1 0:2 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw\n");
    let root = root("mounts", &[("proc/self/cgroup", "0::/\n"), ("proc/self/mountinfo", &mounts)]);
    let environment = HostEnvironment::fake(&[], root.clone());
    assert_attributes(&described(given(&[Detector::Container]), &environment), &[("container.id", ID)]);
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn pods() {
    let variables = &[("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("POD_NAME", "shop-1"), ("NODE_NAME", "n")];
    let root = root("pod", &[(kubernetes_namespace(), "shops")]);
    let attributes =
        described(given(&[Detector::Kubernetes]), &HostEnvironment::fake(variables, root.clone()));
    assert_attributes(
        &attributes,
        &[("k8s.pod.name", "shop-1"), ("k8s.node.name", "n"), ("k8s.namespace.name", "shops")],
    );
    let elsewhere = HostEnvironment::fake(&[("NODE_NAME", "n")], root.clone());
    assert!(
        !described(given(&[Detector::Kubernetes]), &elsewhere).iter().any(|(key, _)| key.starts_with("k8s"))
    );
    fs::remove_dir_all(root).unwrap();
}

fn kubernetes_namespace() -> &'static str {
    "var/run/secrets/kubernetes.io/serviceaccount/namespace"
}

#[test]
fn tasks_of_ecs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v4/x", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            let body = if request[..length].starts_with(b"GET /v4/x/task ") { TASK } else { CONTAINER };
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{body}").unwrap();
        }
    });
    let variables = Box::leak(Box::new([("ECS_CONTAINER_METADATA_URI_V4", &*address.leak())]));
    let attributes =
        described(given(&[Detector::Ecs]), &HostEnvironment::fake(variables, PathBuf::from("/nowhere")));
    let task = "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c";
    assert_attributes(
        &attributes,
        &[
            ("cloud.provider", "aws"),
            ("cloud.platform", "aws_ecs"),
            ("cloud.region", "us-west-2"),
            ("cloud.account.id", "111122223333"),
            ("cloud.availability_zone", "us-west-2d"),
            ("cloud.resource_id", "arn:aws:ecs:us-west-2:111122223333:container/0206b271"),
            ("container.id", "ea32192c8553"),
            ("container.name", "ecs-curltest-curl"),
            ("container.image.name", "111122223333.dkr.ecr.us-west-2.amazonaws.com/curltest"),
            ("aws.ecs.container.arn", "arn:aws:ecs:us-west-2:111122223333:container/0206b271"),
            ("aws.ecs.cluster.arn", "arn:aws:ecs:us-west-2:111122223333:cluster/default"),
            ("aws.ecs.launchtype", "ec2"),
            ("aws.ecs.task.arn", task),
            ("aws.ecs.task.id", "158d1c8083dd49d6b527399fd6414f5c"),
            ("aws.ecs.task.family", "curltest"),
            ("aws.ecs.task.revision", "26"),
        ],
    );
}

/// The answers as Amazon documents them, shortened.
const CONTAINER: &str = r#"{"DockerId": "ea32192c8553", "Name": "curl", "DockerName": "ecs-curltest-curl",
    "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/curltest:latest",
    "Labels": {"com.amazonaws.ecs.cluster": "default"}, "Limits": {"CPU": 10},
    "ContainerARN": "arn:aws:ecs:us-west-2:111122223333:container/0206b271",
    "Networks": [{"NetworkMode": "awsvpc"}]}"#;
const TASK: &str = r#"{"Cluster": "default",
    "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c",
    "Family": "curltest", "Revision": "26", "AvailabilityZone": "us-west-2d", "LaunchType": "EC2",
    "Containers": [{"DockerId": "x"}]}"#;

#[test]
fn this_process_is_described_at_once_and_without_secrets() {
    let detectors =
        [Detector::Process, Detector::Host, Detector::Os, Detector::Container, Detector::Kubernetes];
    let started = Instant::now();
    let attributes = described(given(&detectors), &HostEnvironment::of_this_process());
    assert!(started.elapsed() < DETECTION_TIMEOUT);
    assert!(attributes.iter().any(|(key, _)| key == "process.executable.path"));
}

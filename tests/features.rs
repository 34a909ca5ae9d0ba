//! The packages that the features of the facade build, by `cargo tree`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use omegi_tests::sources::root;

/// The packages without any feature.
const ALWAYS: &[&str] = &["omegi", "omegi-config", "omegi-macros", "omegi-runtime"];

/// The features besides `enable`, and the packages that each adds without it: those of its public
/// interface, and our own. A feature cannot test whether `enable` is on before it adds a package,
/// so `signals` and `stream` add theirs without use.
const WITHOUT_ENABLE: &[(&str, &[&str])] = &[
    ("autostart", &[]),
    ("kafka", &["omegi-kafka"]),
    ("otel", &["opentelemetry"]),
    ("otlp", &["omegi-otlp"]),
    ("signals", &["errno", "libc", "signal-hook", "signal-hook-registry"]),
    ("stream", &["futures-core"]),
    ("tracing", &["once_cell", "tracing-core", "tracing-subscriber"]),
];

#[test]
fn without_enable_a_feature_adds_the_packages_of_its_interface_only() {
    for (feature, packages) in WITHOUT_ENABLE {
        assert_eq!(built(&[feature]), with(&[ALWAYS, packages]), "{feature}");
    }
}

#[test]
fn without_enable_all_features_together_add_no_other_packages() {
    let features: Vec<_> = WITHOUT_ENABLE.iter().map(|(feature, _)| *feature).collect();
    let packages: Vec<_> = WITHOUT_ENABLE.iter().map(|(_, packages)| *packages).collect();
    assert_eq!(built(&features), with(&[&[ALWAYS][..], &packages].concat()));
}

#[test]
fn with_enable_an_exporter_adds_its_own_libraries_only() {
    let of_otlp = ["base64", "flate2", "hyper", "rustls", "tokio"];
    let of_kafka = ["openssl-sys", "rdkafka"];
    let has_any = |features: &[&str], packages: &[&str]| {
        let built = built(features);
        packages.iter().any(|package| built.contains(*package))
    };
    assert!(!has_any(&["enable"], &of_otlp) && !has_any(&["enable"], &of_kafka));
    let (otlp, kafka) = (["enable", "otlp"], ["enable", "kafka"]);
    assert!(of_otlp.iter().all(|package| has_any(&otlp, &[package])) && !has_any(&otlp, &of_kafka));
    assert!(of_kafka.iter().all(|package| has_any(&kafka, &[package])) && !has_any(&kafka, &of_otlp));
}

#[test]
fn every_feature_of_the_facade_is_tried() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let names = features.lines().filter_map(|line| Some(line.split_once(" = ")?.0));
    let mut names: Vec<_> = names.filter(|name| !name.starts_with('#') && *name != "enable").collect();
    names.sort_unstable();
    assert_eq!(names, WITHOUT_ENABLE.iter().map(|(feature, _)| *feature).collect::<Vec<_>>());
}

/// Returns the packages that the facade builds with these features, on this machine.
fn built(features: &[&str]) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["tree", "--locked", "--package", "omegi", "--no-default-features"])
        .args(["--features", &features.join(","), "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn with(packages: &[&[&str]]) -> BTreeSet<String> {
    packages.concat().into_iter().map(str::to_owned).collect()
}

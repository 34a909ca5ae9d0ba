//! The same messages, read by clients that others wrote.

use std::process::Command;

use serde_json::Value as Json;

use super::broker::Brokers;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/read_kafka.py");

/// What the script exits with where a package is missing.
const MISSING: i32 = 77;

/// The messages of the topics as Python reads them, decoded from `json` or `otlp`; none where there is no Python, or not what it
/// takes. `TEST_PYTHON` says which Python.
pub(crate) fn read(brokers: &Brokers, encoding: &str, topics: &[&str]) -> Option<Vec<Json>> {
    let python = std::env::var("TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let servers = brokers.servers().join(",");
    let output = Command::new(python).args([SCRIPT, encoding, &servers]).args(topics).output();
    let said = |output: &[u8]| String::from_utf8_lossy(output).into_owned();
    match output {
        Ok(output) if output.status.success() => {
            let text = said(&output.stdout);
            Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        }
        Ok(output) if output.status.code() != Some(MISSING) => panic!("{}", said(&output.stderr)),
        Ok(output) => skipped(&said(&output.stderr)),
        Err(error) => skipped(&error.to_string()),
    }
}

fn skipped(why: &str) -> Option<Vec<Json>> {
    eprintln!(
        "left out, because there is no Python with kafka-python and opentelemetry-proto: {}",
        why.trim()
    );
    None
}

//! The same messages, read by a client of another project.

use std::process::Command;

use serde_json::Value as Json;

use super::broker::Brokers;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/read_kafka.py");

/// The exit code of the script without its packages.
const MISSING: i32 = 77;

/// Returns the messages of the topics as Python reads them, decoded from `json` or `otlp`; nothing
/// without Python and its packages. `TEST_PYTHON` names the Python.
pub(crate) fn read(brokers: &Brokers, encoding: &str, topics: &[&str]) -> Option<Vec<Json>> {
    let python = std::env::var("TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let servers = brokers.servers().join(",");
    let output = Command::new(python).args([SCRIPT, encoding, &servers]).args(topics).output();
    let text = |output: &[u8]| String::from_utf8_lossy(output).into_owned();
    match output {
        Ok(output) if output.status.success() => {
            let messages = text(&output.stdout);
            Some(messages.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
        }
        Ok(output) if output.status.code() != Some(MISSING) => panic!("{}", text(&output.stderr)),
        Ok(output) => skipped(&text(&output.stderr)),
        Err(error) => skipped(&error.to_string()),
    }
}

fn skipped(reason: &str) -> Option<Vec<Json>> {
    eprintln!("skipped: no Python with kafka-python and opentelemetry-proto: {}", reason.trim());
    None
}

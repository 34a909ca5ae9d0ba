//! Secrets in every channel: the tests search the bytes of every exporter for them.
//!
//! The program puts every form of the scrubber's table into every channel.

#[path = "../../omegi-runtime/src/collecting/scrubbing/forms.rs"]
mod forms;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{command, stderr, stdout};
use forms::{FORMS, SPOKEN};

/// The texts in the places of secrets, including omegi's own token.
const SECRETS: [&str; 2] = ["hunter2", "tok3n-of-0megi"];

/// Runs the program, and returns its whole output.
fn written(variables: &[(&str, &str)]) -> String {
    let own = [
        ("OMEGI_TOKEN", SECRETS[1]),
        ("OMEGI_FLOW_RATE", "1"),
        ("OMEGI_DEBUG", "true"),
        ("OMEGI_RESOURCE_ENVIRON", "true"),
        ("DATABASE_URL", "postgres://me:hunter2@db/shop"),
        ("SHOP_API_KEY", "hunter2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "db.password=hunter2,note=secret%3Dhunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=hunter2"),
    ];
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_secrets")), &[&own[..], variables].concat());
    command.args(["--password", "hunter2", "--token=hunter2", "http://me:hunter2@host"]);
    command.args(["--api-key", "x hunter2", "-H", "Authorization: Bearer hunter2"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output) + &stderr(&output)
}

#[track_caller]
fn assert_clean(written: &str) {
    for secret in SECRETS {
        let lines: BTreeSet<_> = written.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
    assert!(written.contains("****"));
}

#[test]
fn no_secret_reaches_the_console_or_the_program() {
    for format in ["tree", "json"] {
        let written = written(&[("OMEGI_EXPORTER_KIND", "console"), ("OMEGI_CONSOLE_FORMAT", format)]);
        assert_clean(&written);
        for detail in ["omegi.tag.credential", "caused by", "panic", "refused: password=****"] {
            assert!(written.contains(detail), "{detail}");
        }
        for row in 0..FORMS.len() + SPOKEN.len() {
            assert!(written.contains(&format!("row {row}: ")), "row {row}");
        }
        let plain = |text: &&&str| text.chars().all(|sign| !matches!(sign, '"' | '\'' | '\\' | '\n'));
        for text in SPOKEN.iter().filter(plain) {
            assert!(written.contains(text), "{text}");
        }
    }
}

/// Starts a backend that answers every request with HTTP's 200, and returns the requests.
fn backend() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sender) = (stream.unwrap(), sender.clone());
            thread::spawn(move || {
                let mut bytes = vec![0; 1 << 20];
                while let Ok(length @ 1..) = stream.read(&mut bytes) {
                    sender.send(String::from_utf8_lossy(&bytes[..length]).into_owned()).unwrap();
                    if length < bytes.len() {
                        thread::sleep(Duration::from_millis(50));
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                    }
                }
            });
        }
    });
    (endpoint, received)
}

#[test]
fn no_secret_is_sent() {
    for protocol in ["http/protobuf", "http/json", "grpc"] {
        let (endpoint, received) = backend();
        let variables = [
            ("OMEGI_EXPORTER_KIND", "otlp"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            // This is no valid answer for gRPC.
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
        ];
        assert_clean(&written(&variables));
        let sent: String = received.try_iter().collect();
        // The headers may contain the token and the deployer's own values.
        let bodies: Vec<_> = sent
            .lines()
            .filter(|line| !line.starts_with("authorization: ") && !line.starts_with("x: "))
            .collect();
        assert!(sent.contains("omegi.tag.credential"), "{protocol}: {sent}");
        assert_clean(&bodies.join("\n"));
    }
}

#[test]
fn no_secret_is_on_disk() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("spool")).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_clean(&written(&[
        ("OMEGI_EXPORTER_KIND", "file,otlp"),
        ("OMEGI_FILE_PATH", &path("flows.jsonl")),
        ("OMEGI_DEBUG_SPANDUMP", &path("dump.jsonl")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{closed}")),
        ("OMEGI_SPOOL", &path("spool")),
    ]));
    let spooled =
        fs::read_dir(folder.join("spool")).unwrap().next().expect("OTLP's flows wait").unwrap().path();
    for file in [folder.join("flows.jsonl"), folder.join("dump.jsonl"), spooled] {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        assert!(text.contains("exception.message"), "{}", file.display());
        assert_clean(&text);
    }
}

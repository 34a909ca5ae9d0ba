//! Programs that end in the middle of their work: every flow that was decided before is delivered,
//! even to a slow backend.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::LazyLock;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use omegi_tests::programs::{aborting, command};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;

use super::arrivals::Arrivals;
use super::backend::Backend;
use super::door::Door;
use super::folder::Folder;
use super::over_grpc::{Deed as Call, GrpcReceiver};
use super::over_http::{Answer, Deed, HttpReceiver};

const SIGABRT: i32 = 6;
const SIGTERM: i32 = 15;

/// The time of a slow backend for a request, so that flows wait for it at the end.
const SLOW: Duration = Duration::from_millis(30);

/// The interrupted program, and the way to its backend.
struct Run<'p> {
    program: &'p Path,
    end: &'p str,
    protocol: &'p str,
    port: u16,
    /// The folder of the spool.
    spool: &'p str,
}

/// The end of a run.
struct Ended {
    status: ExitStatus,
    /// The messages of errors in the flows that were decided before the end.
    decided: Vec<String>,
    messages: String,
}

impl Run<'_> {
    /// Runs the program in one of its ways to end; kills it if that is the way.
    fn until_its_end(&self) -> Ended {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", self.protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_BSP_EXPORT_TIMEOUT", "30000"),
            ("OMEGI_SIGNALS", "true"),
            ("OMEGI_SPOOL", self.spool),
        ];
        let mut child = command(self.program, &variables).arg(self.end).spawn().unwrap();
        let messages = read_beside(child.stderr.take().unwrap());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let decided = read_until_it_ends(&mut output);
        if self.end == "killed" {
            kill(&child);
        }
        output.read_to_end(&mut Vec::new()).unwrap();
        Ended { status: child.wait().unwrap(), decided, messages: messages.join().unwrap() }
    }
}

/// The number of flows that are decided before the program announces its end.
fn read_until_it_ends(output: &mut impl BufRead) -> Vec<String> {
    output.lines().map(Result::unwrap).take_while(|line| line != "ends").collect()
}

/// Reads on another thread, so that the program never waits for a reader.
fn read_beside(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut messages = String::new();
        let _ = stream.read_to_string(&mut messages);
        messages
    })
}

fn kill(child: &Child) {
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

impl Ended {
    /// Asserts that every decided flow was delivered once.
    fn assert_delivered(&self, arrivals: &Arrivals) {
        let Self { decided, messages, .. } = self;
        let failed = arrivals.failed();
        let missing = decided.iter().filter(|number| failed.get(*number) != Some(&3)).count();
        assert_eq!(missing, 0, "so many of {} were not delivered: {messages}", decided.len());
        assert!(decided.len() >= 1000, "it was in the middle: {}, {messages}", decided.len());
        arrivals.assert_once();
        println!("{} decided, {} delivered", decided.len(), failed.len());
    }
}

const UNWINDING: &str = env!("CARGO_BIN_EXE_cut_short");

static ABORTING: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/cut_short.rs");
    aborting(Path::new(env!("CARGO_TARGET_TMPDIR")), &source)
});

/// Runs the program with each protocol until its end; returns how it ended.
fn assert_delivered_to_slow_backends(program: &Path, end: &str) -> [ExitStatus; 2] {
    let http = HttpReceiver::start(Door::Open, |_| {
        thread::sleep(SLOW);
        Deed::Take(Answer::status(200))
    });
    let grpc = GrpcReceiver::start(Door::Open, |_| {
        thread::sleep(SLOW);
        Call::Take(ExportTraceServiceResponse::default())
    });
    let backends = [("http/protobuf", http.port, http.arrivals), ("grpc", grpc.port, grpc.arrivals)];
    backends.map(|(protocol, port, arrivals)| {
        let ended = Run { program, end, protocol, port, spool: "" }.until_its_end();
        ended.assert_delivered(&arrivals);
        ended.status
    })
}

#[test]
fn a_signal() {
    for status in assert_delivered_to_slow_backends(Path::new(UNWINDING), "killed") {
        assert_eq!(status.signal(), Some(SIGTERM));
    }
}

#[test]
fn an_exit_on_one_of_the_threads() {
    for status in assert_delivered_to_slow_backends(Path::new(UNWINDING), "exits") {
        assert_eq!(status.code(), Some(3));
    }
}

#[test]
fn a_panic_that_aborts() {
    for status in assert_delivered_to_slow_backends(&ABORTING, "panics") {
        assert_eq!(status.signal(), Some(SIGABRT));
    }
}

#[test]
fn any_end_while_the_backend_is_away() {
    for (program, end) in
        [(Path::new(UNWINDING), "killed"), (Path::new(UNWINDING), "exits"), (&*ABORTING, "panics")]
    {
        let folder = Folder::new(&format!("end-{end}"));
        let away = HttpReceiver::start(Door::Closed(Duration::MAX), |_| Deed::Hang);
        let run = Run { program, end, protocol: "http/protobuf", port: away.port, spool: folder.path() };
        let ended = run.until_its_end();

        let Backend { program, arrivals } =
            Backend::over_http(Door::Open, |_| Deed::Take(Answer::status(200)));
        let mut next = program.with("OMEGI_SPOOL", folder.path());
        next.flows = 0;
        assert_eq!(next.run().figure("all_exported"), 1);
        ended.assert_delivered(&arrivals);
    }
}

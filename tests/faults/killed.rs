//! Programs that are killed while their backend is in trouble: every failed flow that was decided a
//! moment before is on disk, and the next start delivers it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use omegi_tests::programs::command;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;

use super::arrivals::Arrivals;
use super::backend::Backend;
use super::door::Door;
use super::folder::Folder;
use super::over_grpc::{Deed as Call, GrpcReceiver};
use super::over_http::{Answer, Deed, HttpReceiver, Script};

/// A kill may lose flows that were decided this long before: a second by the rule, and another for
/// a machine that is busy.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The time of a backend's health, where it falls ill later.
const HEALTH: Duration = Duration::from_millis(1_500);

const WELL: Script = |_| Deed::Take(Answer::status(200));

/// A program that makes failing flows until it is killed.
struct Victim(Child);

impl Victim {
    fn start(protocol: &str, port: u16, folder: &Folder, variables: &[(&str, &str)], load: usize) -> Self {
        let endpoint = format!("http://127.0.0.1:{port}");
        let own = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OMEGI_SPOOL", folder.path()),
        ];
        let variables = [&own[..], variables].concat();
        let mut command = command(Path::new(env!("CARGO_BIN_EXE_steady")), &variables);
        Self(command.arg(load.to_string()).spawn().unwrap())
    }

    /// Kills the program so long after its first flow.
    fn killed_after(self, time: Duration) -> Remains {
        self.killed_when(|| thread::sleep(time))
    }

    /// Kills the program when `wait` returns, which is called after its first flow.
    fn killed_when(mut self, wait: impl FnOnce()) -> Remains {
        let mut output = BufReader::new(self.0.stdout.take().unwrap());
        let mut messages = self.0.stderr.take().unwrap();
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let reader = thread::spawn(move || {
            let mut rest = String::new();
            output.read_to_string(&mut rest).map(|_| rest).unwrap()
        });
        wait();
        // `kill` of a `Child` sends SIGKILL.
        let killed = since_epoch();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        let decided = reader.join().unwrap();
        let mut said = String::new();
        messages.read_to_string(&mut said).unwrap();
        let decided = first.lines().chain(decided.lines()).map(|line| {
            let (message, moment) = line.rsplit_once(' ').unwrap();
            (message.to_owned(), Duration::from_nanos(moment.parse().unwrap()))
        });
        Remains { decided: decided.collect(), killed, said }
    }
}

/// The facts about a program that was killed.
struct Remains {
    /// The message and time of each decided flow.
    decided: HashMap<String, Duration>,
    killed: Duration,
    said: String,
}

impl Remains {
    /// Asserts that every flow that was decided before the last moment arrived whole.
    fn assert_there(&self, name: &str, arrivals: &[&Arrivals]) {
        let mut there = HashMap::new();
        arrivals.iter().for_each(|arrivals| there.extend(arrivals.failed()));
        let due = self.decided.iter().filter(|(_, moment)| **moment + LAST_MOMENT < self.killed);
        let due: Vec<_> = due.map(|(message, _)| message).collect();
        let missing: Vec<_> = due.iter().filter(|message| there.get(**message) != Some(&3)).collect();
        let last = self.decided.iter().filter(|(message, _)| there.contains_key(*message));
        let last = last.map(|(_, moment)| self.killed.saturating_sub(*moment)).min();
        println!("{name}: {} decided, {} due, {last:?} before the kill", self.decided.len(), due.len());
        assert!(!due.is_empty(), "{name}: it was killed too soon");
        assert!(missing.is_empty(), "{name}: {} of {} are missing: {}", missing.len(), due.len(), self.said);
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// Returns a time that differs from run to run.
fn any_time() -> Duration {
    LAST_MOMENT + Duration::from_millis(500 + u64::from(since_epoch().subsec_micros() % 1_500))
}

/// Starts a program that makes no flows, until it has exported those on disk.
fn arrivals_at_the_next_start(folder: &Folder) -> Arrivals {
    let Backend { program, arrivals } = Backend::over_http(Door::Open, WELL);
    let mut next = program.with("OMEGI_SPOOL", folder.path());
    next.flows = 0;
    let report = next.run();
    assert_eq!((report.figure("all_exported"), report.figure("lost")), (1, 0), "{report:?}");
    assert_eq!(folder.files(), 0, "nothing is left on disk");
    arrivals
}

fn assert_kill_over_http(name: &str, door: Door, script: Script, time: Duration) {
    let (folder, receiver) = (Folder::new(&format!("kill-{name}")), HttpReceiver::start(door, script));
    let victim = Victim::start("http/protobuf", receiver.port, &folder, &[], 0);
    let remains = victim.killed_after(time);
    remains.assert_there(name, &[&receiver.arrivals, &arrivals_at_the_next_start(&folder)]);
}

#[test]
fn a_backend_that_was_never_there() {
    assert_kill_over_http("never", Door::Closed(Duration::MAX), WELL, any_time());
}

#[test]
fn a_backend_that_hangs_from_the_start() {
    assert_kill_over_http("hangs", Door::Open, |_| Deed::Hang, any_time());
}

#[test]
fn a_backend_that_hangs_from_the_start_over_grpc() {
    let folder = Folder::new("kill-hangs-grpc");
    let receiver = GrpcReceiver::start(Door::Open, |_| Call::Hang);
    let remains = Victim::start("grpc", receiver.port, &folder, &[], 0).killed_after(any_time());
    remains.assert_there("hangs over gRPC", &[&arrivals_at_the_next_start(&folder)]);
}

#[test]
fn a_backend_that_drips_an_answer() {
    assert_kill_over_http("drips", Door::Open, |_| Deed::Drip, any_time());
}

#[test]
fn a_backend_that_is_unavailable() {
    assert_kill_over_http("503", Door::Open, |_| Deed::TurnAway(Answer::status(503)), any_time());
}

#[test]
fn a_backend_that_wants_to_be_left_alone() {
    let busy: Script = |_| Deed::TurnAway(Answer::status(429).with_headers("retry-after: 200\r\n"));
    assert_kill_over_http("429", Door::Open, busy, any_time());
}

#[test]
fn a_backend_that_falls_ill_later() {
    let later: Script = |at| if at < HEALTH { WELL(at) } else { Deed::Hang };
    assert_kill_over_http("later", Door::Open, later, HEALTH + any_time());
    let later: Script = |at| if at < HEALTH { WELL(at) } else { Deed::TurnAway(Answer::status(502)) };
    assert_kill_over_http("later-502", Door::Open, later, HEALTH + any_time());
}

/// Flows wait for their turn, although the backend takes every request.
#[test]
fn a_backend_that_is_too_slow() {
    let slow: Script = |at| {
        thread::sleep(Duration::from_millis(900));
        WELL(at)
    };
    assert_kill_over_http("slow", Door::Open, slow, any_time());
}

#[test]
fn a_backend_that_comes_back_before_the_kill() {
    let back: Script = |at| if at < HEALTH { Deed::TurnAway(Answer::status(503)) } else { WELL(at) };
    assert_kill_over_http("back", Door::Open, back, HEALTH + any_time());
}

/// The trouble of one exporter costs the other nothing.
#[test]
fn one_of_two_exporters() {
    let folder = Folder::new("kill-two");
    let file = Folder::new("kill-two-file");
    std::fs::create_dir_all(file.path()).unwrap();
    let path = format!("{}/flows.jsonl", file.path());
    let variables = [("OMEGI_EXPORTER_KIND", "otlp,file"), ("OMEGI_FILE_PATH", &*path)];
    let receiver = HttpReceiver::start(Door::Closed(Duration::MAX), WELL);
    let victim = Victim::start("http/protobuf", receiver.port, &folder, &variables, 0);
    let remains = victim.killed_after(any_time());
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let others = names.filter(|name| !name.to_str().unwrap().starts_with("otlp.")).count();
    let written = std::fs::read_to_string(path).unwrap();
    remains.assert_there("two", &[&arrivals_at_the_next_start(&folder)]);
    let due = remains.decided.iter().filter(|(_, moment)| **moment + LAST_MOMENT < remains.killed);
    let missing = due.filter(|(message, _)| !written.contains(&**message)).count();
    assert_eq!((missing, others), (0, 0), "{}", remains.said);
}

#[test]
fn several_programs_with_one_folder() {
    let folder = Folder::new("kill-several");
    let receiver = HttpReceiver::start(Door::Open, |_| Deed::Hang);
    let start = |_| Victim::start("http/protobuf", receiver.port, &folder, &[], 0);
    let victims: Vec<_> = (0..3).map(start).collect();
    let time = any_time();
    let remains: Vec<_> = thread::scope(|scope| {
        let killed: Vec<_> =
            victims.into_iter().map(|victim| scope.spawn(move || victim.killed_after(time))).collect();
        killed.into_iter().map(|remains| remains.join().unwrap()).collect()
    });
    let arrivals = arrivals_at_the_next_start(&folder);
    remains.iter().for_each(|remains| remains.assert_there("several", &[&arrivals]));
    let due = |remains: &Remains| {
        let due = remains.decided.values().filter(|moment| **moment + LAST_MOMENT < remains.killed);
        due.count() as u64
    };
    assert!(arrivals.flows() >= remains.iter().map(due).sum(), "each has its own flows");
}

/// The bound holds, and the program says so.
#[test]
fn a_folder_that_is_used_up() {
    let folder = Folder::new("kill-full");
    let receiver = HttpReceiver::start(Door::Closed(Duration::MAX), WELL);
    let variables = [("OMEGI_SPOOL_SIZE", "1MiB")];
    let victim = Victim::start("http/protobuf", receiver.port, &folder, &variables, 2_000);
    let bytes = || {
        let files = std::fs::read_dir(folder.path()).into_iter().flatten().flatten();
        files.map(|file| file.metadata().map_or(0, |data| data.len())).sum::<u64>()
    };
    let remains = victim.killed_when(|| {
        let begun = Instant::now();
        // A flow takes less than the difference.
        while bytes() < (1 << 20) - (8 << 10) {
            assert!(begun.elapsed() < Duration::from_secs(100), "{} bytes", bytes());
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(LAST_MOMENT);
    });
    assert!(bytes() <= 1 << 20, "{} bytes: {}", bytes(), remains.said);
    let arrived = arrivals_at_the_next_start(&folder).flows();
    assert!(arrived > 100 && arrived < remains.decided.len() as u64, "{arrived}");
    assert!(remains.said.contains("Raise OMEGI_SPOOL_SIZE"), "{}", remains.said);
}

#[test]
fn a_backend_that_answers_promptly_costs_no_disk() {
    let folder = Folder::new("kill-prompt");
    let receiver = HttpReceiver::start(Door::Open, WELL);
    let variables = [("OMEGI_RESOURCE_DETECTORS", "none")];
    let victim = Victim::start("http/protobuf", receiver.port, &folder, &variables, 0);
    let remains = victim.killed_after(any_time());
    remains.assert_there("prompt", &[&receiver.arrivals]);
    receiver.arrivals.assert_once();
    assert_spared(&remains, &folder);
}

#[test]
fn a_backend_that_answers_promptly_over_grpc_costs_no_disk() {
    let folder = Folder::new("kill-prompt-grpc");
    let receiver = GrpcReceiver::start(Door::Open, |_| Call::Take(ExportTraceServiceResponse::default()));
    let remains = Victim::start("grpc", receiver.port, &folder, &[], 0).killed_after(any_time());
    remains.assert_there("prompt over gRPC", &[&receiver.arrivals]);
    assert_spared(&remains, &folder);
}

/// Asserts that hardly a flow is on disk: a busy machine may be late with some.
fn assert_spared(remains: &Remains, folder: &Folder) {
    let written = arrivals_at_the_next_start(folder).flows();
    assert!(written * 4 < remains.decided.len() as u64, "{written} of {}", remains.decided.len());
}

//! A service that never ends: each failing job is exported soon, once, while it goes on.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use omegi_tests::programs::command;

/// A service that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn service(every: &str, folder: &Path) -> Command {
    let file = folder.join("flows.jsonl");
    let variables = [
        ("OMEGI_EXPORTER_KIND", "file"),
        ("OMEGI_FILE_PATH", file.to_str().unwrap()),
        ("OMEGI_FLOW_RATE", "0"),
        ("OMEGI_SERVICE_NAME", "orders"),
    ];
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_orders")), &variables);
    command.arg(every).stderr(Stdio::inherit());
    command
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn unix_ms() -> u128 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()
}

/// The lines that the service prints: the time of each failure, and its text.
fn failures(service: &mut Child) -> mpsc::Receiver<(u128, String)> {
    let (sender, receiver) = mpsc::channel();
    let lines = BufReader::new(service.stdout.take().unwrap()).lines();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let (at, text) = line.split_once(' ').expect("a time, and the error");
            if sender.send((at.parse().unwrap(), text.to_owned())).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The most milliseconds from a failure to its flow in the file. The promise is 2,000; a machine
/// with many more tests than cores gets more.
const SOON: u128 = 10_000;

#[test]
fn each_failing_job_of_a_service_is_exported_soon_and_once() {
    let folder = folder("serving");
    let mut service = Running(service("100", &folder).spawn().unwrap());
    let failures = failures(&mut service.0);
    let (mut failed, mut told) = (Vec::new(), HashMap::new());
    let deadline = Instant::now() + Duration::from_secs(120);
    while told.len() < 30 || !["order", "reorder", "request"].iter().all(|kind| is_told(&told, kind)) {
        assert!(Instant::now() < deadline, "{told:?}\n{failed:?}");
        failed.extend(failures.try_iter());
        let flows = fs::read_to_string(folder.join("flows.jsonl")).unwrap_or_default();
        for (_, text) in &failed {
            if flows.contains(text) {
                told.entry(text.clone()).or_insert_with(unix_ms);
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    drop(service);
    let flows = fs::read_to_string(folder.join("flows.jsonl")).unwrap();
    for (at, text) in failed.iter().filter(|(_, text)| told.contains_key(text)) {
        let took = told[text].saturating_sub(*at);
        assert!(took < SOON, "{text}: {took} ms");
        let lines: Vec<_> = flows.lines().filter(|line| line.contains(text)).collect();
        let [line] = &lines[..] else { panic!("{text} is in {} flows", lines.len()) };
        assert_eq!(line.matches("\"exception.stacktrace\"").count(), 1, "{line}");
        for part in ["at orders::orders::shop::reserve", "at orders::orders::shop::check", "\"links\": [{"] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
}

fn is_told(told: &HashMap<String, u128>, kind: &str) -> bool {
    told.keys().any(|text| text.starts_with(&format!("sold out: {kind} ")))
}

#[cfg(target_os = "linux")]
fn resident_kib(service: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Watches the memory of the service until it has failed `count` times.
#[cfg(target_os = "linux")]
fn keeps_its_memory(name: &str, count: usize) {
    let folder = folder(name);
    let mut service = Running(service("20", &folder).spawn().unwrap());
    let failures = failures(&mut service.0);
    let next = || failures.recv_timeout(Duration::from_secs(60)).expect("the service goes on");
    (0..count / 2).for_each(|_| drop(next()));
    let before = resident_kib(&service.0);
    (0..count / 2).for_each(|_| drop(next()));
    let after = resident_kib(&service.0);
    assert!(after < before + 4096, "{before} KiB, then {after} KiB");
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_a_service_is_flat() {
    keeps_its_memory("serving-memory", 600);
}

/// Takes ten minutes.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes ten minutes"]
fn the_memory_of_a_service_is_flat_for_ten_minutes() {
    keeps_its_memory("serving-for-long", 80_000);
}

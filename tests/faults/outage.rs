//! A backend that is away for long, or cannot be found. Failed flows wait in memory or on disk, and
//! none is lost; other flows are dropped, oldest first.

use std::time::Duration;

use super::TROUBLE;
use super::arrivals::Arrivals;
use super::backend::Backend;
use super::door::Door;
use super::folder::Folder;
use super::over_http::{Answer, Deed, Script};
use super::program::{FAILED, FLOWS, Program, Report};

const WELL: Script = |_| Deed::Take(Answer::status(200));

/// Asserts that the missing flows are the oldest ones without an error. Failed flows are evenly
/// spread, so they give the times.
fn assert_oldest_gave_way(report: &Report, arrivals: &Arrivals) {
    let (failed, plain) = arrivals.begun();
    let lost_until = report.figure("lost_to_memory") * FAILED / FLOWS;
    assert!(lost_until > FAILED / 4, "some gave way: {report:?}");
    // Flows that were in flight when others were dropped may be older.
    let oldest = plain[plain.len() / 10];
    let older = failed.iter().filter(|begun| **begun < oldest).count() as u64;
    assert!(older + 5 >= lost_until, "{older} of {FAILED}, instead of {lost_until}");
}

/// Runs the program while its backend is away for this time.
fn assert_survived(outage: Duration) {
    let mut backend = Backend::over_http(Door::Closed(outage), WELL);
    backend.program.making = outage;
    backend.program.time_to_flush += outage;
    let report = backend.program.run();
    println!("{outage:?}: {report:?}");
    report.assert_all_failed_arrived(&backend.arrivals);
    assert_oldest_gave_way(&report, &backend.arrivals);
}

#[test]
fn a_backend_that_is_away_for_seconds() {
    assert_survived(Duration::from_secs(3));
}

#[test]
#[ignore = "takes more than a minute"]
fn a_backend_that_is_away_for_a_minute() {
    assert_survived(Duration::from_secs(60));
}

#[test]
fn a_flood_while_the_backend_is_away() {
    let Backend { mut program, arrivals } = Backend::over_http(Door::Closed(TROUBLE), WELL);
    (program.flows, program.one_in, program.making) = (100_000, 100_000 / FAILED, Duration::ZERO);
    let report = program.run();
    println!("flood: {report:?}");
    let failed = arrivals.failed();
    assert_eq!((failed.len() as u64, report.figure("all_exported")), (FAILED, 1), "{report:?}");
    assert!(failed.values().all(|spans| *spans == 5));
    assert_eq!(arrivals.whole_flows() + report.figure("lost"), 100_000, "{report:?}");
    arrivals.assert_once();
    report.assert_bounded();
}

#[test]
fn more_that_failed_than_memory_can_hold() {
    let folder = Folder::new("crowded");
    let Backend { mut program, arrivals } = Backend::over_http(Door::Closed(Duration::from_secs(4)), WELL);
    (program.one_in, program.making) = (1, Duration::from_secs(4));
    let report = program.with("OMEGI_SPOOL", folder.path()).run();
    println!("crowded: {report:?}");
    let failed = arrivals.failed();
    // On a busy machine the thread that writes to disk may be too late for a few. They are counted.
    let lost = report.figure("lost_to_memory");
    assert_eq!((failed.len() as u64 + lost, report.figure("all_exported")), (FLOWS, 1), "{report:?}");
    // The memory holds less than a fifth of them.
    assert!(lost < FLOWS / 2, "{report:?}");
    assert!(failed.values().all(|spans| *spans == 5));
    arrivals.assert_once();
    report.assert_bounded();
}

/// Runs a program whose backend stays in trouble, and then a program with one failed flow and a
/// backend that recovers.
fn assert_next_start_delivers(name: &str, program: Program) {
    let folder = Folder::new(name);
    let mut first = program.with("OMEGI_SPOOL", folder.path());
    first.time_to_flush = Duration::from_millis(300);
    let report = first.run();
    println!("{name}: {report:?}");
    assert_eq!((report.figure("all_exported"), folder.files()), (0, 1), "{report:?}");
    report.assert_bounded();

    let Backend { program, arrivals } = Backend::over_http(Door::Closed(TROUBLE), WELL);
    let mut next = program.with("OMEGI_SPOOL", folder.path());
    (next.flows, next.making) = (50, TROUBLE * 2);
    let next = next.run();
    assert_eq!((next.figure("all_exported"), folder.files()), (1, 0), "{next:?}");
    assert_eq!(next.figure("exported"), 50 + FAILED, "{next:?}");
    assert!(next.figure("failures") > 0, "it was away at first: {next:?}");
    next.assert_delivered(&arrivals);
}

#[test]
fn a_backend_whose_name_is_unknown() {
    let endpoint = "http://nowhere.invalid:4318".to_owned();
    assert_next_start_delivers("unknown", Program::new("http/protobuf", endpoint));
}

#[test]
fn a_backend_whose_name_is_unknown_over_grpc() {
    let endpoint = "http://nowhere.invalid:4317".to_owned();
    assert_next_start_delivers("unknown-grpc", Program::new("grpc", endpoint));
}

#[test]
fn a_backend_that_hangs_until_the_program_ends() {
    let hangs = Backend::over_http(Door::Open, |_| Deed::Hang);
    let program = hangs.program.hurried().with("OTEL_BSP_EXPORT_TIMEOUT", "500");
    assert_next_start_delivers("hangs", program);
}

//! The cost of a span: one table, from one command.
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml                 # the table and the bounds
//! cargo bench --manifest-path benches/Cargo.toml -- --check      # exit status 1 if one is not
//! cargo bench --manifest-path benches/Cargo.toml -- --quick kept # fewer rounds, one group
//! cargo bench --manifest-path benches/Cargo.toml -- --write      # into docs/explain/cost.md too
//! ```
//!
//! Every subject runs the same flow: a root that calls a small function a hundred times. The table
//! gives the time of the whole flow divided by its 101 spans, so it includes the beginning and end
//! of the flow. `root alone` is a flow without children.
//!
//! omegi and its peers are started once in a process. Each way to start them is a [group](groups),
//! for which this program starts itself three times. Inside such a process the subjects take turns
//! in a hundred short sections or more. Among them are the body without instrumentation and the
//! *floor*: two readings of the time stamp counter and a store of 32 bytes. No recorder that knows
//! every time is faster than the floor. The table gives the minimum and the median over all
//! sections. A ratio compares the minima of two subjects in one process, never across processes.
//! The table gives the median of the processes' ratios, and below it their spread. Other work on
//! the machine slows down a recorder, which executes instructions, more than the floor, which waits
//! for the counter. Where the spread is wide, run the program again.
//!
//! The calling thread is measured while the threads of all recorders wait ([`backend`]). On a
//! machine with two hardware threads they would slow it down at random. The column `CPU of all`
//! gives their cost: the time of all threads for a span, including the call of an exporter that
//! does nothing. It is the median, because the kernel may not have charged all time yet at the
//! moment of a minimum.

mod backend;
mod bounds;
mod document;
mod flows;
mod groups;
mod machine;
mod measure;
mod memory;
mod peers;
mod report;

use std::process::{Command, ExitCode, Stdio};

use report::Report;

#[global_allocator]
static ALLOCATOR: machine::Counting = machine::Counting;

/// The number of processes of each group.
const PROCESSES: usize = 3;

/// The arguments of the command.
struct Arguments {
    /// Exit with 1 if a bound is not met.
    check: bool,
    quick: bool,
    /// Write the tables into the documentation.
    write: bool,
    /// The groups to run; all if empty.
    only: Vec<String>,
}

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "--group") {
        let quick = words.last().is_some_and(|word| word == "--quick");
        groups::run(&words[1], quick);
        return ExitCode::SUCCESS;
    }
    let mut flag = |name| {
        let before = words.len();
        words.retain(|word| word != name);
        words.len() < before
    };
    let (check, quick, write) = (flag("--check"), flag("--quick"), flag("--write"));
    if let Some(unknown) = words.iter().find(|word| !groups::NAMES.contains(&word.as_str())) {
        eprintln!(
            "{unknown}: no such group or option. Groups: {}. Options: --check, --quick, --write.",
            groups::NAMES.join(", ")
        );
        return ExitCode::from(2);
    }
    if write && !words.is_empty() {
        eprintln!("cannot write some groups alone: the document shows all of them; name no group");
        return ExitCode::from(2);
    }
    measure_and_tell(&Arguments { check, quick, write, only: words })
}

fn measure_and_tell(arguments: &Arguments) -> ExitCode {
    let mut report = Report::default();
    let processes = if arguments.quick { 1 } else { PROCESSES };
    for round in 0..processes {
        for group in groups::NAMES {
            if arguments.only.is_empty() || arguments.only.iter().any(|only| only == group) {
                eprint!("\r{}/{processes} {group:<20}", round + 1);
                report.read(group, round, &start(group, arguments.quick));
            }
        }
    }
    eprintln!("\r{:<30}", "");
    print!("{report}");
    let met = bounds::tell(&report);
    if arguments.write
        && let Err(error) = document::write(&report, arguments.quick)
    {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::from(u8::from(arguments.check && !met))
}

/// Runs one group in a process of its own and returns its measurements.
fn start(group: &str, quick: bool) -> String {
    let myself = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(myself);
    command.args(["--group", group]).args(quick.then_some("--quick")).stderr(Stdio::inherit());
    for (name, _) in std::env::vars_os() {
        // Settings of the caller's shell must not change the measurement.
        if name.to_string_lossy().starts_with("OMEGI_") || name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    if group == "off" {
        command.env("OMEGI_SWITCH_OFF", "true");
    }
    let output = command.output().expect("this program can be started again");
    assert!(output.status.success(), "group {group}: {}", output.status);
    String::from_utf8(output.stdout).expect("it prints text")
}

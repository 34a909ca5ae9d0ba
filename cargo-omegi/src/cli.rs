//! The commands of `cargo omegi` and their help.
//!
//! The doc comments are the text of `--help`. The options are in `options`.

use clap::{Command, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::options::{BuildOptions, DiffOptions, EnablingOptions, ListOptions, ShowOptions, TuneOptions};

/// The name by which people call this program.
pub(crate) const NAME: &str = "cargo omegi";

/// The commands of cargo that can build a woven program.
pub(crate) const BUILD_COMMANDS: [&str; 6] = ["run", "test", "build", "bench", "check", "rustc"];

/// The command that measures what one of these builds.
pub(crate) const TUNE: &str = "tune";

/// Runs a program with every function traced, without a change to it.
#[derive(Debug, Parser)]
#[command(name = "cargo-omegi", bin_name = NAME, version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

impl Cli {
    /// Returns the commands with clap's additions, such as `--help`.
    pub(crate) fn built_command() -> Command {
        let mut command = Self::command();
        command.build();
        command
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Run a program, woven; its flows go to stderr
    #[command(visible_alias = "r", override_usage = "cargo omegi run [OPTIONS OF CARGO RUN] [-- ARGUMENTS]")]
    #[command(after_help = AFTER_RUN)]
    Run(BuildOptions),
    /// Run the tests, woven; some flows with an error go to target/omegi/flows.json
    #[command(visible_alias = "t", override_usage = "cargo omegi test [OPTIONS OF CARGO TEST] [TESTNAME]")]
    #[command(after_help = AFTER_TEST)]
    Test(BuildOptions),
    /// Build a woven program
    #[command(visible_alias = "b", override_usage = "cargo omegi build [OPTIONS OF CARGO BUILD]")]
    #[command(after_help = AFTER_BUILD)]
    Build(BuildOptions),
    /// Run the benches, woven; some flows with an error go to target/omegi/flows.json
    #[command(override_usage = "cargo omegi bench [OPTIONS OF CARGO BENCH] [BENCHNAME]")]
    #[command(after_help = AFTER_TEST)]
    Bench(BuildOptions),
    /// Check that the woven program compiles
    #[command(visible_alias = "c", override_usage = "cargo omegi check [OPTIONS OF CARGO CHECK]")]
    #[command(after_help = AFTER_BUILD)]
    Check(BuildOptions),
    /// Build a woven program with more options for the compiler
    #[command(override_usage = "cargo omegi rustc [OPTIONS OF CARGO RUSTC] [-- OPTIONS OF RUSTC]")]
    #[command(after_help = AFTER_BUILD)]
    Rustc(BuildOptions),
    /// Measure the calls of each function, for builds within a budget of time
    #[command(override_usage = "cargo omegi tune [--add] <run|test|bench> [OPTIONS OF CARGO] [-- ARGUMENTS]")]
    #[command(after_help = AFTER_TUNE)]
    Tune(TuneOptions),
    /// Let every build of the project be woven, also those of cargo alone and of editors
    #[command(after_help = AFTER_ENABLE)]
    Enable(EnablingOptions),
    /// Let the builds of the project be plain again
    #[command(after_help = AFTER_ENABLE)]
    Disable(EnablingOptions),
    /// List every function: its detail and the reason, or the reason to skip it
    #[command(after_help = AFTER_LIST)]
    List(ListOptions),
    /// Show the change that weaving makes to the sources
    #[command(after_help = AFTER_DIFF)]
    Diff(DiffOptions),
    /// Print the flows in files as trees
    #[command(after_help = AFTER_SHOW)]
    Show(ShowOptions),
    /// Print a script that completes commands and options in a shell
    #[command(after_help = AFTER_COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

const AFTER_HELP: &str = "\
Examples:
  cargo omegi run -- input.txt           Run the program; every call is traced
  cargo omegi test -p shop               Test the package `shop`, woven
  cargo omegi tune run --release         Measure the program, for cheaper builds
  cargo omegi list                       See the functions that are traced
  cargo omegi show --errors flows.jsonl  See the flows that failed

Woven code:
  The library, binaries, tests, examples and benches of the workspace's packages
  are woven, in a copy below target/omegi. Build scripts, procedural macros and
  programs without the standard library are not. The project's files and its
  plain builds stay untouched. `-p` chooses the packages to build; those of the
  workspace that they need are woven too.

Flows:
  OMEGI_* and OTEL_* settings hold as in any program with omegi. Defaults:
  run          Flows go to stderr: of each function that begins some, the first 100
               and then fewer and fewer; OMEGI_FLOW_RATE=1 keeps all
  test, bench  Flows with an error go to target/omegi/flows.json, for `show`. The
               streams of tests and of programs that they start stay as they are:
               omegi's own messages go to target/omegi/notes.txt
  both         Of each kind of error, the first 20 flows are kept and then fewer and
               fewer (OMEGI_ERROR_LIMIT=1000 is another limit), of a flow 4,096
               calls one by one, and 64 MiB in all (OMEGI_RUN_MAX_SIZE=0: no bound)
  by hand      A program that `build` made and you start keeps 1 in 5 flows
               without an error, and each one with an error; OMEGI_FLOW_RATE=1
               keeps all. They go to stderr
  The service's name is that of the program's package, unless
  OMEGI_SERVICE_NAME, OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES name it.

Environment:
  OMEGI_EXPORTER_KIND      `otlp` or `kafka` is built in if it is set for the build
  OMEGI_ARGS               `sampled` or `always` captures arguments and returns, if
                           it is set for the build
  OMEGI_PROJECT_ROOT       Packages outside this folder are not woven
                           (default: the workspace's root)
  CARGO_OMEGI_DETAIL       The detail of functions without an attribute of their own:
                           `spans`: each call is a span; `errors`: only errors are
                           recorded, and a call that succeeds costs nothing; `auto`:
                           spans for functions that do I/O, wait or start work, as
                           their source shows. Default: `spans` for run, build, check
                           and rustc without optimisation, else `auto`
  CARGO_OMEGI_LEAVE        Functions to skip: a comma list of paths as `list` prints
                           them; `*` stands for anything. Skip a server's loop, and
                           each of its requests becomes a flow of its own
  CARGO_OMEGI_BUDGET       The time that spans may add to a program with a profile,
                           such as `0.5%` (default: 2%); `tune` makes the profile
  CARGO_OMEGI_RUNTIME_DIR  The folder in which omegi itself is built, once for each
                           compiler (default: target/omegi/runtime). Projects can
                           share one

Exit codes:
  of cargo  run, test, build, bench, check, rustc, tune: 101 if something does not
            compile or a test fails; the program's own code if it ran
  0         enable, disable, list, diff, show, completions: success
  2         The command line is wrong
  3         The project is wrong: no Cargo.toml, a broken one, no such package;
            enable: another program stands before the compiler; show: no such file;
            tune: the program wrote no profile, or omegi.profile is not one
  4         list, diff: a source file is not Rust; show: a part of a file is not a
            flow; what comes before it is shown
  5         The machine is wrong: the target folder cannot be written, or omegi does
            not build with this compiler";

const AFTER_RUN: &str = "\
All options of `cargo run` go on to cargo, in order; `cargo help run` lists them.
omegi reads those above as well.

Examples:
  cargo omegi run --release -- input.txt
  cargo omegi run -p shop --bin server
  OMEGI_EXPORTER_KIND=otlp cargo omegi run     Send the flows to an OTLP backend
  OMEGI_CONSOLE_FORMAT=tree cargo omegi run    Print the flows as trees

Environment:
  OMEGI_FLOW_RATE          Keep 1 in N flows without an error (default here: 1, of
                           which few are shown once a function began 100)
  OMEGI_RUN_MAX_SIZE       Bound on the bytes of flows (default here: 64MiB)
  OMEGI_EXPORTER_KIND      A comma list of console, otlp, kafka, file, none
  OMEGI_CONSOLE_STREAM     stdout, stderr or a file's path (default here: stderr)
  OMEGI_ARGS               off, sampled or always: record arguments and returns
  CARGO_OMEGI_DETAIL       auto, spans or errors (default here: spans; with
                           --release: auto)
  CARGO_OMEGI_LEAVE        Functions to skip, such as a server's loop: shop::main

`cargo omegi --help` describes the other variables and the exit codes.";

const AFTER_TEST: &str = "\
All options go on to cargo, in order; `cargo help test` and `cargo help bench`
list them. omegi reads those above as well.

Examples:
  cargo omegi test
  cargo omegi test -p shop orders -- --nocapture
  cargo omegi show target/omegi/flows.json     See the flows that failed

Environment:
  OMEGI_FLOW_RATE          Keep 1 in N flows without an error (default here: 0)
  OMEGI_CONSOLE_STREAM     stdout, stderr or a file's path
                           (default here: target/omegi/flows.json, with
                           OMEGI_CONSOLE_FORMAT=compact)
  OMEGI_RUN_MAX_SIZE       Bound on the bytes of flows (default here: 64MiB)
  OMEGI_EXPORTER_KIND      A comma list of console, otlp, kafka, file, none
  CARGO_OMEGI_DETAIL       auto, spans or errors (default here: auto)
  CARGO_OMEGI_LEAVE        Functions to skip

`cargo omegi --help` describes the other variables and the exit codes.";

const AFTER_BUILD: &str = "\
All options go on to cargo, in order; `cargo help build`, `cargo help check` and
`cargo help rustc` list them. omegi reads those above as well. The woven program
is below target/omegi, beside nothing of yours.

Started by hand, it keeps 1 in 5 flows without an error, and each one with an
error; they go to stderr. OMEGI_FLOW_RATE=1 keeps all.

Examples:
  cargo omegi build --release
  OMEGI_EXPORTER_KIND=otlp cargo omegi build   Build in the exporter for OTLP

Environment, for the build:
  OMEGI_EXPORTER_KIND      `otlp` or `kafka` is built in if it is named here
  OMEGI_ARGS               `sampled` or `always` builds in the capture of arguments
  CARGO_OMEGI_DETAIL       auto, spans or errors (default: spans; with --release: auto)
  CARGO_OMEGI_LEAVE        Functions to skip

`cargo omegi --help` describes the other variables and the exit codes.";

const AFTER_TUNE: &str = "\
Builds the program so that it counts and times the calls of its functions, below
target/omegi/tune, runs it, and writes omegi.profile beside the workspace's
Cargo.toml. Commit that file. Builds that choose the detail of each function give
spans to those with the longest calls, as long as the predicted time of all spans
stays within the budget, and `errors` to the others. A function that is not in the
file is chosen by its shape. An old file costs time; it hides no error.

Measure what the program does in production: with --release, on real input. The
time between polls of an asynchronous function does not count. A program that
ends by Ctrl-C writes its numbers first.

Examples:
  cargo omegi tune run --release -- input.txt
  cargo omegi tune --add bench                  Add a second workload
  CARGO_OMEGI_BUDGET=0.5% cargo omegi build --release

`cargo omegi --help` describes the variables and the exit codes.";

const AFTER_ENABLE: &str = "\
`enable` writes one line into .cargo/config.toml of the workspace, and `disable`
takes it out: build.rustc-workspace-wrapper = \"cargo-omegi\". An unchanged
`cargo build`, an editor or a Dockerfile then makes woven programs, in cargo's
own target folder. Each machine that builds the project needs cargo-omegi on its
PATH. The programs behave like those of `cargo omegi build`, and test binaries
like those of `cargo omegi test`.

Examples:
  cargo omegi enable
  cargo build --release                         Build the woven program
  OMEGI_EXPORTER_KIND=otlp cargo build          Build in the exporter for OTLP
  cargo omegi disable

`cargo omegi build --help` describes the variables for a build.";

const AFTER_LIST: &str = "\
It tells how each function was built, and of those that are not built how they
would be: as in the last build, unless CARGO_OMEGI_DETAIL says otherwise. The
detail is `span`, `errors` or `none`; with --json, `because` is its reason, and
`units` counts the functions of each crate that is built.

Examples:
  cargo omegi list
  cargo omegi list -p shop --json | jq '.functions[] | select(.woven | not)'

Environment:
  OMEGI_PROJECT_ROOT       Packages outside this folder are not woven
  CARGO_OMEGI_DETAIL       auto, spans or errors, for functions that are not built
  CARGO_OMEGI_LEAVE        Functions to skip; they are listed as `unwanted`";

const AFTER_DIFF: &str = "\
Examples:
  cargo omegi diff | less
  cargo omegi diff -p shop --spliced

Environment:
  OMEGI_ARGS               `sampled` or `always` shows the capture of arguments too
  CARGO_OMEGI_DETAIL       auto, spans or errors (default: as in the last build)
  CARGO_OMEGI_LEAVE        Functions to skip";

const AFTER_SHOW: &str = "\
Reads each format that omegi writes: the file of `cargo omegi test` and the formats
`compact` and `json` of the console, OTLP as JSON lines or protobuf, and the files of
OMEGI_SPOOL. A folder stands for its files. A line that is cut off is reported, and
skipped; at anything else the reading of the file ends.

Examples:
  cargo omegi test; cargo omegi show target/omegi/flows.json
  OMEGI_DEBUG_SPANDUMP=flows.jsonl cargo omegi run
  cargo omegi show --errors flows.jsonl";

const AFTER_COMPLETIONS: &str = "\
The script completes `cargo-omegi`. In zsh it completes `cargo omegi` as well.

Examples:
  cargo omegi completions bash > ~/.local/share/bash-completion/completions/cargo-omegi
  cargo omegi completions zsh > ~/.zfunc/_cargo-omegi
  cargo omegi completions fish > ~/.config/fish/completions/cargo-omegi.fish";

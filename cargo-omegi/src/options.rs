//! The options that `cargo omegi` itself reads.
//!
//! The doc comments are the text of `--help`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The options that choose a project and its packages.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProjectOptions {
    /// Choose only this package; may be repeated, and `*` stands for anything
    #[arg(short, long = "package", value_name = "SPEC")]
    pub(crate) packages: Vec<String>,
    /// Choose the project of this Cargo.toml instead of the one around
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
}

/// The options of cargo's commands that omegi reads as well.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Build for this target; omegi is built for it too
    #[arg(long = "target", value_name = "TRIPLE")]
    pub(crate) targets: Vec<String>,
    /// Build in the folder `omegi` below this one
    #[arg(long, value_name = "PATH")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Download nothing, neither for the program nor for omegi
    #[arg(long)]
    offline: bool,
    /// Download nothing, and demand that Cargo.lock is up to date
    #[arg(long)]
    frozen: bool,
}

impl BuildOptions {
    /// Returns whether nothing may be downloaded.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline || self.frozen
    }
}

/// The options of `tune`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(crate) struct TuneOptions {
    /// Add to the numbers of the file instead of replacing them
    #[arg(long)]
    pub(crate) add: bool,
    #[command(subcommand)]
    pub(crate) command: TuneCommand,
}

/// The commands whose program `tune` measures.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum TuneCommand {
    /// Measure a program
    #[command(
        visible_alias = "r",
        override_usage = "cargo omegi tune run [OPTIONS OF CARGO RUN] [-- ARGUMENTS]"
    )]
    Run(BuildOptions),
    /// Measure the tests
    #[command(
        visible_alias = "t",
        override_usage = "cargo omegi tune test [OPTIONS OF CARGO TEST] [TESTNAME]"
    )]
    Test(BuildOptions),
    /// Measure the benches
    #[command(override_usage = "cargo omegi tune bench [OPTIONS OF CARGO BENCH] [BENCHNAME]")]
    Bench(BuildOptions),
}

impl TuneCommand {
    /// Returns the options that it shares with cargo's commands.
    pub(crate) fn build_options(&self) -> &BuildOptions {
        let (Self::Run(options) | Self::Test(options) | Self::Bench(options)) = self;
        options
    }
}

/// The options of `list`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Look at all packages of the workspace: the default
    #[arg(long = "workspace", alias = "all")]
    _workspace: bool,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// The options of `diff`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DiffOptions {
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Look at all packages of the workspace: the default
    #[arg(long = "workspace", alias = "all")]
    _workspace: bool,
    /// Show the text that the compiler is given, in which attributes stand for their expansion
    #[arg(long)]
    pub(crate) spliced: bool,
}

/// The options of `enable` and `disable`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnablingOptions {
    /// Choose the project of this Cargo.toml instead of the one around
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
}

/// The options of `show`.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShowOptions {
    /// The files that omegi has written, or folders of them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Show only flows with an error
    #[arg(long = "errors")]
    pub(crate) errors_only: bool,
    /// Print one picture in SVG, with lines of at most 100 columns
    #[arg(long)]
    pub(crate) svg: bool,
}

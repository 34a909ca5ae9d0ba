//! The report of each crate that was built: every function, woven or skipped. `list` and scripts
//! read it, and so does the next build of the same crate.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use omegi_weave::{CrateRestrictions, Detail, SkipReason, SourceFile, SourceFunction, WeaveRestriction};
use serde::{Deserialize, Serialize};

use crate::command_error::CommandError;
use crate::detail_modes::DetailMode;
use crate::exclusions;

/// A crate as it was built: a library, a program, a test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UnitReport {
    pub(crate) package: String,
    #[serde(rename = "crate")]
    pub(crate) crate_name: String,
    /// The crate's root file.
    pub(crate) root: PathBuf,
    /// True if it was compiled with its tests.
    pub(crate) test: bool,
    /// True if the compiler optimised it.
    pub(crate) optimised: bool,
    /// The word of the default detail of its functions: see [`Self::mode`].
    pub(crate) detail: String,
    /// True if it was compiled from woven sources.
    pub(crate) woven: bool,
    /// The reason for which it was compiled as it is, as a sentence.
    pub(crate) because: Option<String>,
    /// The file in which the compiler lists its sources. It is gone when the build is.
    pub(crate) dep_info: PathBuf,
    /// A number of everything but the sources on which the weave depends: the compiler, its call,
    /// omegi and the dependencies.
    pub(crate) environment: u64,
    pub(crate) functions: Vec<BuiltFunction>,
}

/// A function as it was built.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BuiltFunction {
    /// The function's path: of the crate, its modules, its type, itself.
    pub(crate) function: String,
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    /// A number of its source.
    pub(crate) content: u64,
    /// True if its calls are recorded, or its errors alone.
    pub(crate) woven: bool,
    /// Its detail, if it is not skipped: `span`, `errors` or `none`.
    pub(crate) detail: Option<String>,
    /// The part of the weave that it has, if not all: `errors` or `span`.
    pub(crate) restriction: Option<String>,
    /// The reason for which it is skipped, in one word.
    pub(crate) reason: Option<String>,
    /// That reason, or the one for its detail, as a clause.
    pub(crate) because: Option<String>,
}

impl BuiltFunction {
    /// Returns the entry of a function of the crate `crate_name`.
    pub(crate) fn new(crate_name: &str, file: &SourceFile, function: &SourceFunction) -> Self {
        let SourceFunction { path, line, skipped, detail, restriction, .. } = function;
        let detail = detail.filter(|_| skipped.is_none());
        Self {
            function: exclusions::path(crate_name, file, path),
            file: file.path.clone(),
            line: *line,
            content: content(file, function),
            woven: detail.is_some_and(|it| it.detail != Detail::None),
            detail: detail.map(|it| it.detail.word().to_owned()),
            restriction: restriction.and_then(word).map(str::to_owned),
            reason: skipped.map(reason_word),
            because: skipped.map(|it| it.to_string()).or(detail.map(|it| it.reason.to_string())),
        }
    }

    /// Returns this function, skipped for another reason, if it was not skipped.
    pub(crate) fn skipped(self, reason: &str, because: &str) -> Self {
        if self.reason.is_some() {
            return self;
        }
        let (reason, because) = (Some(reason.to_owned()), Some(because.to_owned()));
        Self { woven: false, detail: None, restriction: None, reason, because, ..self }
    }

    /// Returns whether weaving could work on it: no rule of the language forbids that, its body
    /// calls something, and its detail is not `none`.
    pub(crate) fn is_eligible(&self) -> bool {
        const OWN_LIMITS: [&str; 5] =
            ["does-not-compile", "crate-not-woven", "package-not-woven", "file-module", "opaque-function"];
        match self.reason.as_deref() {
            Some(reason) => OWN_LIMITS.contains(&reason),
            None => self.woven,
        }
    }

    /// Returns whether the environment excludes it by its name.
    pub(crate) fn is_unwanted(&self) -> bool {
        self.reason.as_deref() == Some("unwanted")
    }

    /// Returns the part of the weave that it may have, if a build had to take some away.
    fn restriction(&self) -> Option<WeaveRestriction> {
        match (self.restriction.as_deref(), self.reason.as_deref()) {
            (Some("errors"), _) => Some(WeaveRestriction::Errors),
            (Some("span"), _) => Some(WeaveRestriction::Span),
            (_, Some("does-not-compile")) => Some(WeaveRestriction::Nothing(SkipReason::DoesNotCompile)),
            _ => None,
        }
    }
}

impl UnitReport {
    /// Returns the default detail of its functions.
    pub(crate) fn mode(&self) -> DetailMode {
        DetailMode::of_word(&self.detail).unwrap_or(DetailMode::Spans)
    }

    /// Reads the report at `path`, if there is one that this version has written.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Reads the reports of all crates that are still built, the newest first.
    pub(crate) fn read_all(output_folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder(output_folder)).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let report = Self::read(&entry.path()).filter(|report| report.dep_info.exists())?;
                Some((
                    entry.metadata().and_then(|it| it.modified()).unwrap_or(SystemTime::UNIX_EPOCH),
                    report,
                ))
            })
            .collect();
        found.sort_by_key(|(written, _)| std::cmp::Reverse(*written));
        found.into_iter().map(|(_, report)| report).collect()
    }

    /// Writes the report. Another process sees it whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let beside = omegi_weave::with_added_extension(path, &std::process::id().to_string());
        fs::write(&beside, serde_json::to_vec_pretty(self)?)?;
        fs::rename(&beside, path)
    }

    /// Returns whether a part of some function's weave had to be taken away.
    pub(crate) fn is_restricted(&self) -> bool {
        self.functions.iter().any(|function| function.restriction().is_some())
    }

    /// Returns the restrictions of the functions in `files` whose source is as it was.
    pub(crate) fn restrictions(&self, files: &[SourceFile]) -> CrateRestrictions {
        let mut restrictions = CrateRestrictions::new();
        for file in files {
            for function in file.functions.iter().filter(|function| function.skipped.is_none()) {
                let path = exclusions::path(&self.crate_name, file, &function.path);
                let number = content(file, function);
                let is_same =
                    |it: &&BuiltFunction| it.function == path && it.file == file.path && it.content == number;
                let known = self.functions.iter().find(is_same).and_then(BuiltFunction::restriction);
                if let Some(restriction) = known {
                    restrictions.entry(file.path.clone()).or_default().insert(function.name, restriction);
                }
            }
        }
        restrictions
    }
}

/// Returns the mode of a build like the last one, of which one crate is given: that of the
/// environment, else that of the crate, else the default.
pub(crate) fn mode_of_next_build(last: Option<&UnitReport>) -> Result<DetailMode, CommandError> {
    let of_last = || last.map_or(DetailMode::Spans, UnitReport::mode);
    Ok(DetailMode::chosen()?.unwrap_or_else(of_last))
}

/// Returns the path of the report about the crate `id`.
pub(crate) fn path(output_folder: &Path, id: &str) -> PathBuf {
    folder(output_folder).join(format!("{id}.json"))
}

fn folder(output_folder: &Path) -> PathBuf {
    output_folder.join("built")
}

/// Returns a number of a function's source.
fn content(file: &SourceFile, function: &SourceFunction) -> u64 {
    number(file.text.get(function.extent.clone()).unwrap_or_default())
}

/// Returns a number that differs for other values, as a rule.
pub(crate) fn number(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn word(restriction: WeaveRestriction) -> Option<&'static str> {
    match restriction {
        WeaveRestriction::Errors => Some("errors"),
        WeaveRestriction::Span => Some("span"),
        WeaveRestriction::Nothing(_) => None,
    }
}

/// Returns a reason in one word: `StandardImpl` becomes `standard-impl`.
fn reason_word(reason: SkipReason) -> String {
    let mut word = String::new();
    for letter in format!("{reason:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

//! The measured profile of a project: read, and turned into choices for its functions.

pub(crate) mod budget;
pub(crate) mod choose;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use omegi_runtime::{Profile, ProfiledFunction};
use omegi_weave::{Detail, MeasuredDetails, normal};

use budget::{Budget, VARIABLE};
use choose::choose;

use crate::command_error::{CommandError, CommandErrorKind};
use crate::say::say;

/// The name of the file in the project's root.
pub(crate) const FILE: &str = "omegi.profile";

/// Returns the file of the project with this root.
pub(crate) fn path(root: &Path) -> PathBuf {
    root.join(FILE)
}

/// Reads a profile. `None` if there is no file.
///
/// # Errors
///
/// The reason why it cannot be read, as a clause.
pub(crate) fn read(path: &Path) -> Result<Option<Profile>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    Profile::parse(&text).map(Some).map_err(|error| error.to_string())
}

/// Returns the budget of the environment.
pub(crate) fn read_budget() -> Result<Budget, CommandError> {
    Budget::read().map_err(|text| {
        CommandError::new(
            CommandErrorKind::Usage,
            format!("cannot read {VARIABLE}: `{text}` is no share of a program's time"),
            "write a percentage such as 2%",
        )
    })
}

/// Returns the choices for the project with this root. Says why if its profile cannot be used.
pub(crate) fn choices_or_warn(root: &Path) -> ProfileChoices {
    ProfileChoices::read(root).unwrap_or_else(|reason| {
        say(format_args!(
            "cannot use {FILE}: {reason}; functions are chosen by their shape; `cargo omegi tune` \
             writes a new one"
        ));
        ProfileChoices::default()
    })
}

/// The choices by a project's profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileChoices {
    /// The project's root.
    root: PathBuf,
    /// The functions of the profile, and whether each gets spans.
    functions: BTreeMap<ProfiledFunction, bool>,
}

impl ProfileChoices {
    /// Reads the profile of the project with this root: no choices if there is none.
    ///
    /// # Errors
    ///
    /// As [`read`], and a wrong budget.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let Some(profile) = read(&path(root))? else { return Ok(Self::default()) };
        let budget = Budget::read().map_err(|text| format!("{VARIABLE}={text} is no percentage"))?;
        Ok(Self::of(&profile, budget, root))
    }

    fn of(profile: &Profile, budget: Budget, root: &Path) -> Self {
        let spans = choose(profile, budget).spans;
        let functions = profile.functions.keys();
        let functions = functions.map(|it| (it.clone(), spans.contains(it))).collect();
        Self { root: root.to_owned(), functions }
    }

    /// Returns the details for the functions of a crate, by file and by their paths below the
    /// crate.
    pub(crate) fn measured(&self, crate_name: &str) -> BTreeMap<PathBuf, MeasuredDetails> {
        let mut measured = BTreeMap::<_, MeasuredDetails>::new();
        for (function, has_spans) in &self.functions {
            if let Some(path) = below_crate(&function.path, crate_name) {
                let detail = if *has_spans { Detail::Span } else { Detail::Errors };
                let file = normal(&self.root.join(&function.file));
                measured.entry(file).or_default().insert(path.to_owned(), detail);
            }
        }
        measured
    }

    /// Returns a number of the choices for the functions of these crates: while it stays, they need
    /// no new build. `None` without choices.
    pub(crate) fn number(&self, crates: &BTreeSet<String>) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        let is_of = |path: &str| crates.iter().any(|name| below_crate(path, name).is_some());
        let chosen = self.functions.iter().filter(|(function, _)| is_of(&function.path));
        let count = chosen.map(|choice| choice.hash(&mut hasher)).count();
        (count > 0).then(|| hasher.finish())
    }
}

/// Returns a function's path below its crate, if that has this name.
fn below_crate<'p>(path: &'p str, crate_name: &str) -> Option<&'p str> {
    path.strip_prefix(crate_name)?.strip_prefix("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "omegi profile 1\nprogram 100000000\n\
        shop::run\tsrc/lib.rs\t10\t90000000\t1\n\
        shop::step\tsrc/lib.rs\t1000000\t80000000\t80000000\n\
        stock::take\tstock/src/lib.rs\t5\t50\t50\n";

    fn choices(text: &str) -> ProfileChoices {
        ProfileChoices::of(&Profile::parse(text).unwrap(), Budget::default(), Path::new("/w"))
    }

    #[test]
    fn each_function_of_the_profile_has_a_detail() {
        let details = |file: &str, rows: &[(&str, Detail)]| {
            let rows = rows.iter().map(|(path, detail)| ((*path).to_owned(), *detail));
            (PathBuf::from(file), rows.collect())
        };
        let shop = details("/w/src/lib.rs", &[("run", Detail::Span), ("step", Detail::Errors)]);
        assert_eq!(choices(TEXT).measured("shop"), [shop].into());
        let stock = details("/w/stock/src/lib.rs", &[("take", Detail::Span)]);
        assert_eq!(choices(TEXT).measured("stock"), [stock].into());
        assert_eq!(choices(TEXT).measured("sho"), BTreeMap::new());
    }

    #[test]
    fn the_number_changes_with_the_choices_of_a_crate_alone() {
        let number = |text: &str, name: &str| choices(text).number(&[name.to_owned()].into());
        let more = TEXT.replace("\t10\t", "\t12\t");
        assert_eq!(number(&more, "shop"), number(TEXT, "shop"));
        let other = TEXT.replace("\t5\t50\t50", "\t5000000\t50\t50");
        assert_eq!(number(&other, "shop"), number(TEXT, "shop"));
        assert_ne!(number(&other, "stock"), number(TEXT, "stock"));
        assert_eq!(number(TEXT, "sto"), None);
    }

    #[test]
    fn a_missing_file_is_no_error() {
        assert_eq!(read(Path::new("/no/such/file")), Ok(None));
        assert!(read(Path::new("/")).is_err());
    }
}

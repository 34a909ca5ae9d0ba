//! Compares the error paths of builds of one program.

use std::collections::BTreeSet;
use std::fmt;

use crate::exported_errors::ExportedError;
use crate::injection::Site;
use crate::program::Run;

/// A difference between a run of the reference build and one of another build.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) site: Site,
    pub(crate) variant: String,
    pub(crate) kind: &'static str,
    pub(crate) reference: String,
    pub(crate) other: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Site { number, function, file, line } = &self.site;
        writeln!(
            f,
            "fault {number} in {function} ({}:{line}), {}: {}",
            file.display(),
            self.variant,
            self.kind
        )?;
        for (name, text) in [("spans", &self.reference), ("here", &self.other)] {
            writeln!(f, "  {name}:")?;
            text.lines().try_for_each(|line| writeln!(f, "    {line}"))?;
        }
        Ok(())
    }
}

/// Returns the differences of a fault's paths, of the program's behaviour, and of the failed spans.
pub(crate) fn compare(site: &Site, variant: &str, reference: &Run, other: &Run) -> Vec<Difference> {
    let difference = |kind, reference: String, other: String| Difference {
        site: site.clone(),
        variant: variant.to_owned(),
        kind,
        reference,
        other,
    };
    let mut found = Vec::new();
    if reference.end != other.end {
        found.push(difference("the program differs", shown(&reference.end), shown(&other.end)));
    }
    let (there, here) = (faults(reference, site), faults(other, site));
    let is_same = there.len() == here.len()
        && there.iter().zip(&here).all(|(there, here)| is_same_path(there, here, &reference.end.1));
    if !is_same {
        let kind = if here.is_empty() { "no flow is kept" } else { "the paths differ" };
        let only = |these: &[&ExportedError], those: &[&ExportedError]| {
            let mut rest = those.to_vec();
            let mut text = String::new();
            for error in these {
                match rest.iter().position(|it| it == error) {
                    Some(index) => drop(rest.remove(index)),
                    None => text += &shown_error(error),
                }
            }
            text
        };
        found.push(difference(kind, only(&there, &here), only(&here, &there)));
    }
    // A function without a span cannot fail one.
    let unknown: BTreeSet<_> = other.flows.failed_spans.difference(&reference.flows.failed_spans).collect();
    if !unknown.is_empty() {
        found.push(difference("other spans fail", String::new(), format!("{unknown:?}")));
    }
    found
}

/// Returns whether the two paths have the same steps. A panic, which the workload prints, has the
/// steps of spans alone: the path of the error that it unwraps ends before it.
fn is_same_path(there: &ExportedError, here: &ExportedError, output: &str) -> bool {
    there == here || (output.contains(": panicked") && there.lines.starts_with(&here.lines))
}

/// Returns the exported errors that are the function's faults.
pub(crate) fn faults<'r>(run: &'r Run, site: &Site) -> Vec<&'r ExportedError> {
    run.flows.errors.iter().filter(|error| error.is_fault_of(site)).collect()
}

fn shown(end: &(Option<i32>, String)) -> String {
    format!("exit code {:?}\n{}", end.0, end.1)
}

fn shown_error(error: &ExportedError) -> String {
    format!("{}\n{}\n", error.message, error.lines.join("\n"))
}

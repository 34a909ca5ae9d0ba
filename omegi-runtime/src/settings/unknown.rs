//! Names that look like settings of omegi's and are none: most likely misspelt.

use super::problem::{Problem, Severity};
use super::suggestion::nearest;
use super::unheeded::UNHEEDED;
use super::variables;

/// What all our own variables begin with.
const OURS: &str = "OMEGI_";

/// A problem for each of the names that is set in the environment, begins as ours do, and is none of them. It may be meant for
/// another program.
pub(super) fn in_environment(names: impl Iterator<Item = String>) -> impl Iterator<Item = Problem> {
    let ours = names.filter(|name| name.starts_with(OURS));
    ours.filter_map(|name| unknown(name, Severity::HasNoEffect))
}

/// A problem for each of the names that is set in code and that nothing is read from.
pub(super) fn in_code<'n>(names: impl Iterator<Item = &'n str>) -> impl Iterator<Item = Problem> {
    names.filter_map(|name| unknown(name.to_owned(), Severity::CannotBeUsed))
}

fn unknown(name: String, severity: Severity) -> Option<Problem> {
    let unheeded = || UNHEEDED.iter().flat_map(|unheeded| unheeded.names).copied();
    if all_names().chain(unheeded()).any(|known| known == name) {
        return None;
    }
    let complaint = match meant_by(&name) {
        Some(known) => format!("is no variable that omegi knows (did you mean {known}?)"),
        None => "is no variable that omegi knows".to_owned(),
    };
    // Its value is not shown: it may be a secret.
    Some(Problem::with_name(name, complaint.into(), severity))
}

/// The variable of ours that is spelt most like this name, leaving out what they all begin with.
fn meant_by(name: &str) -> Option<&'static str> {
    let own = || all_names().filter_map(|known| known.strip_prefix(OURS).map(|rest| (rest, known)));
    let rest = nearest(name.strip_prefix(OURS)?, own().map(|(rest, _)| rest))?;
    own().find(|(own, _)| *own == rest).map(|(_, known)| known)
}

fn all_names() -> impl Iterator<Item = &'static str> {
    variables::ALL.iter().flat_map(|variable| variable.names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_are_told_with_what_was_meant() {
        let names =
            ["OMEGI_FLOWRATE", "OMEGI_TOKN", "OMEGI_COLOUR", "OMEGI_FLOW_RATE", "OTEL_TRACES_SAMPLR", "HOME"];
        let lines: Vec<_> =
            in_environment(names.map(str::to_owned).into_iter()).map(|it| it.to_string()).collect();
        assert_eq!(
            lines,
            [
                "OMEGI_FLOWRATE is no variable that omegi knows (did you mean OMEGI_FLOW_RATE?); using nothing of it",
                "OMEGI_TOKN is no variable that omegi knows (did you mean OMEGI_TOKEN?); using nothing of it",
                "OMEGI_COLOUR is no variable that omegi knows; using nothing of it",
            ]
        );
    }

    #[test]
    fn in_code_every_name_has_to_be_known() {
        let problems: Vec<_> = in_code(["OTEL_TRACES_SAMPLR", "OMEGI_MEMORY"].into_iter()).collect();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].variable(), "OTEL_TRACES_SAMPLR");
        assert!(problems[0].is_about_an_unusable_value());
    }

    #[test]
    fn hostile_names_are_one_bounded_line() {
        let name = format!("OMEGI_\n\u{1b}[2J{}", "X".repeat(1_000_000));
        let line = in_environment(std::iter::once(name)).next().unwrap().to_string();
        assert!(!line.contains(char::is_control) && line.len() < 300, "{line}");
    }
}

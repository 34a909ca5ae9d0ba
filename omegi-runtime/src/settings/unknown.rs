//! Names that look like variables of omegi and are none: most likely misspelt.

use super::problem::{Problem, Severity};
use super::suggestion::nearest;
use super::{table, unsupported};

/// The beginning of all our own variables.
const OURS: &str = "OMEGI_";

/// Returns a problem for each name in the environment that begins as ours do and is unknown. It may
/// be meant for another program, so it is no error.
pub(super) fn in_environment(names: impl Iterator<Item = String>) -> impl Iterator<Item = Problem> {
    let ours = names.filter(|name| name.starts_with(OURS));
    ours.filter_map(|name| unknown(name, Severity::NoEffect))
}

/// Returns a problem for each name that is set in code and unknown.
pub(super) fn in_code<'n>(names: impl Iterator<Item = &'n str>) -> impl Iterator<Item = Problem> {
    names.filter_map(|name| unknown(name.to_owned(), Severity::Unusable))
}

fn unknown(name: String, severity: Severity) -> Option<Problem> {
    if table::names().chain(unsupported::names()).any(|known| known == name) {
        return None;
    }
    let reason = match nearest_own(&name) {
        Some(known) => format!("is not a variable of omegi (did you mean {known}?)"),
        None => "is not a variable of omegi".to_owned(),
    };
    Some(Problem::of_name(name, reason, severity))
}

/// Returns our own variable with the nearest spelling, apart from the common beginning.
fn nearest_own(name: &str) -> Option<&'static str> {
    let own = || table::names().filter_map(|known| known.strip_prefix(OURS).map(|rest| (rest, known)));
    let rest = nearest(name.strip_prefix(OURS)?, own().map(|(rest, _)| rest))?;
    own().find(|(own, _)| *own == rest).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_are_reported_with_the_nearest_one() {
        let names =
            ["OMEGI_FLOWRATE", "OMEGI_TOKN", "OMEGI_COLOUR", "OMEGI_FLOW_RATE", "OTEL_TRACES_SAMPLR", "HOME"];
        let lines: Vec<_> =
            in_environment(names.map(str::to_owned).into_iter()).map(|it| it.to_string()).collect();
        assert_eq!(
            lines,
            [
                "OMEGI_FLOWRATE is not a variable of omegi (did you mean OMEGI_FLOW_RATE?); it is ignored",
                "OMEGI_TOKN is not a variable of omegi (did you mean OMEGI_TOKEN?); it is ignored",
                "OMEGI_COLOUR is not a variable of omegi; it is ignored",
            ]
        );
    }

    #[test]
    fn in_code_every_name_has_to_be_known() {
        let problems: Vec<_> = in_code(["OTEL_TRACES_SAMPLR", "OMEGI_MEMORY"].into_iter()).collect();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].variable(), "OTEL_TRACES_SAMPLR");
        assert!(problems[0].is_unusable_value());
    }

    #[test]
    fn hostile_names_are_one_bounded_line() {
        let name = format!("OMEGI_\n\u{1b}[2J{}", "X".repeat(1_000_000));
        let line = in_environment(std::iter::once(name)).next().unwrap().to_string();
        assert!(!line.contains(char::is_control) && line.len() < 300, "{line}");
    }
}

//! Commands with their expected output, and the comparison with the real one.

use std::fmt::Write as _;

/// The character that stands for any text, and alone in a line for any lines.
const ANYTHING: char = '…';

/// A command of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    /// Its line in the document.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// The lines that it prints. Without any the output is not compared.
    pub(crate) expected: Vec<String>,
    pub(crate) exit_code: i32,
}

/// Returns the commands of a block of the language `console`, whose first line is `line`.
///
/// # Errors
///
/// The line of a text that belongs to no command.
pub(crate) fn commands(line: usize, text: &str) -> Result<Vec<Command>, usize> {
    let mut commands: Vec<Command> = Vec::new();
    for (line, text) in (line..).zip(text.lines()) {
        if let Some(command) = text.strip_prefix("$ ") {
            commands.push(Command { line, text: command.to_owned(), expected: Vec::new(), exit_code: 0 });
            continue;
        }
        let command = commands.last_mut().ok_or(line)?;
        if command.expected.is_empty() && command.text.ends_with('\\') {
            command.text = format!("{}\n{}", command.text, text.strip_prefix("> ").unwrap_or(text));
        } else if let Some(code) = exit_code(text) {
            command.exit_code = code;
        } else {
            command.expected.push(text.to_owned());
        }
    }
    for command in &mut commands {
        while command.expected.last().is_some_and(|line| line.trim().is_empty()) {
            command.expected.pop();
        }
    }
    Ok(commands)
}

fn exit_code(line: &str) -> Option<i32> {
    line.strip_prefix("[exit ")?.strip_suffix(']')?.parse().ok()
}

/// Compares lines with those that are expected, and returns the difference where they differ.
pub(crate) fn difference(expected: &[String], output: &str) -> Option<String> {
    let output: Vec<_> = output.trim_end().lines().map(str::trim_end).collect();
    let expected: Vec<_> = expected.iter().map(|line| line.trim_end()).collect();
    // `edits[i][j]` is how many lines are wrong from these two lines on.
    let mut edits = vec![vec![0_usize; output.len() + 1]; expected.len() + 1];
    for i in (0..=expected.len()).rev() {
        for j in (0..=output.len()).rev() {
            edits[i][j] = steps(&expected[i..], &output[j..])
                .into_iter()
                .map(|(_, di, dj, price)| edits[i + di][j + dj] + price)
                .min()
                .unwrap_or(0);
        }
    }
    if edits[0][0] == 0 {
        return None;
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while (i, j) != (expected.len(), output.len()) {
        let steps = steps(&expected[i..], &output[j..]);
        let (mark, di, dj, _) =
            steps.into_iter().find(|(_, di, dj, price)| edits[i][j] == edits[i + di][j + dj] + price)?;
        let line = if dj == 1 { output[j] } else { expected[i] };
        writeln!(text, "{mark}{line}").ok()?;
        (i, j) = (i + di, j + dj);
    }
    Some(text)
}

/// Returns the ways on from here: the mark of its line in a difference, the lines of each side that
/// it passes, and whether a line is wrong.
fn steps(expected: &[&str], output: &[&str]) -> Vec<(&'static str, usize, usize, usize)> {
    match (expected.first(), output.first()) {
        (None, None) => Vec::new(),
        (Some(line), got) if is_any_lines(line) => {
            let absorbs = got.map(|_| ("  ", 0, 1, 0));
            [Some(("  ", 1, 0, 0)), absorbs].into_iter().flatten().collect()
        }
        (Some(_), None) => vec![("- ", 1, 0, 1)],
        (None, Some(_)) => vec![("+ ", 0, 1, 1)],
        (Some(line), Some(got)) if matches(line, got) => vec![("  ", 1, 1, 0)],
        (Some(_), Some(_)) => vec![("- ", 1, 0, 1), ("+ ", 0, 1, 1)],
    }
}

fn is_any_lines(line: &str) -> bool {
    line.trim() == ANYTHING.to_string()
}

/// Returns whether a line is as expected.
fn matches(expected: &str, line: &str) -> bool {
    let Some((first, rest)) = expected.split_once(ANYTHING) else {
        return expected == line;
    };
    let Some(mut line) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split(ANYTHING).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match line.split_once(part) {
            Some((_, after)) => line = after,
            None => return false,
        }
    }
    line.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_equal(expected: &str, output: &str) -> bool {
        let expected: Vec<_> = expected.lines().map(str::to_owned).collect();
        difference(&expected, output).is_none()
    }

    #[test]
    fn commands_have_their_output_and_exit_code() {
        let text = "$ a\n$ b \\\n>   c\nx\n\ny\n[exit 2]\n\n$ d &\n";
        let command = |line, text: &str, expected: &[&str], exit_code| Command {
            line,
            text: text.to_owned(),
            expected: expected.iter().map(|&line| line.to_owned()).collect(),
            exit_code,
        };
        let expected = [
            command(7, "a", &[], 0),
            command(8, "b \\\n  c", &["x", "", "y"], 2),
            command(15, "d &", &[], 0),
        ];
        assert_eq!(commands(7, text).unwrap(), expected);
        assert_eq!(commands(7, "x\n$ a"), Err(7));
    }

    #[test]
    fn equal_output_is_accepted() {
        for (expected, output) in [
            ("a\nb", "a\nb\n"),
            ("a  ", "a"),
            ("a…", "a"),
            ("a…b", "a b b"),
            ("a…b…c", "a-b-c"),
            ("… a", "x a"),
            ("…", ""),
            ("…", "a\nb"),
            ("a\n…\nb", "a\nb"),
            ("a\n  …\nb\n…", "a\nx\ny\nb\nz"),
            ("…\nb\n…", "b\nb\nb"),
        ] {
            assert!(is_equal(expected, output), "{expected:?} is {output:?}");
        }
    }

    #[test]
    fn other_output_is_refused() {
        for (expected, output) in [
            ("a", ""),
            ("a", "b"),
            ("a", "a\nb"),
            ("a\nb", "a"),
            ("a\nb", "b\na"),
            ("a…b", "a b c"),
            ("a…b…b", "ab"),
            ("ab…bc", "abc"),
            ("a…", "b a"),
            ("…\na", "a\nb"),
            ("a\n…\nb", "a\nx"),
            (" a", "a"),
        ] {
            assert!(!is_equal(expected, output), "{expected:?} is not {output:?}");
        }
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let expected = ["a", "b 1…", "…", "c"].map(str::to_owned);
        assert_eq!(difference(&expected, "a\nb 2\nx\nc\n").unwrap(), "  a\n- b 1…\n  b 2\n  x\n  …\n  c\n");
        assert_eq!(difference(&["a".to_owned()], "a\nb\n").unwrap(), "  a\n+ b\n");
    }
}

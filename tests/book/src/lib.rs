//! Makes the documents true: runs the blocks of the README and the book, and checks their links.
//!
//! CONTRIBUTING describes the rules for blocks. A Rust block is a doctest of this crate. All other
//! blocks of a page run in one sandbox.

mod document;
mod plan;
#[cfg(test)]
mod references;
mod sandbox;
mod transcript;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use document::Document;
use plan::{Plan, Step};
use sandbox::{Ended, Sandbox, checkout};

const README: &str = "README.md";

#[cfg(doctest)]
mod doctests {
    include!(concat!(env!("OUT_DIR"), "/doctests.rs"));
}

/// Runs the blocks of a document, and prints its commands with their real output.
///
/// `receiver` is the program `otlp-receiver`.
///
/// # Panics
///
/// If a block breaks a rule, a command fails, or an output is not the one that the page shows.
pub fn run(path: &str, receiver: &str) {
    let text = fs::read_to_string(checkout().join(path)).expect("the document can be read");
    let plan = Plan::of(&Document::parse(&text), path == README);
    for (line, reason) in &plan.excused {
        println!("{path}:{line}: not run: {reason}");
    }
    let mut problems: Vec<_> = plan.problems.into_iter().collect();
    if problems.is_empty() && !plan.steps.is_empty() {
        problems = run_steps(path, &plan.steps, Path::new(receiver));
    }
    let lines = problems.iter().map(|(line, problem)| format!("{path}:{line}: {problem}"));
    let report = lines.collect::<Vec<_>>().join("\n");
    assert!(report.is_empty(), "\n{report}");
}

fn run_steps(path: &str, steps: &[Step], receiver: &Path) -> Vec<(usize, String)> {
    let texts: Vec<_> = steps.iter().filter_map(Step::shell).collect();
    if texts.iter().any(|text| text.contains("omegi")) {
        prepare(receiver);
    }
    let has_servers = texts.iter().any(|text| is_in_background(text));
    let mut sandbox = Sandbox::new(path, receiver, has_servers).expect("a sandbox");
    let mut problems = Vec::new();
    for step in steps {
        let (line, text, ended) = match step {
            Step::Write { path, text } => {
                sandbox.write(path, text).expect("a file in the sandbox");
                continue;
            }
            Step::Run(command) => (command.line, &command.text, sandbox.run(&command.text, false)),
            Step::Script { line, text } => (*line, text, sandbox.run(text, true)),
        };
        let problem = match (ended, step) {
            (Err(problem), _) => Some((problem, true)),
            (Ok(ended), Step::Run(command)) => {
                println!("$ {text}\n{}", ended.output.trim_end());
                problem_of(command, &ended)
            }
            (Ok(ended), _) if ended.exit_code != 0 => {
                Some((format!("exit code {}:\n{}", ended.exit_code, ended.output), true))
            }
            (Ok(_), _) => None,
        };
        let Some((problem, is_last)) = problem else { continue };
        problems.push((line, format!("`{text}`: {problem}")));
        if is_last {
            break;
        }
    }
    if problems.is_empty() {
        sandbox.delete().expect("the sandbox can be deleted");
    } else {
        println!("the files of {path}: {}", sandbox.work().display());
    }
    problems
}

fn is_in_background(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with('&')) || text.contains("& ")
}

/// Returns the problem of a command, and whether the page cannot go on.
fn problem_of(command: &transcript::Command, ended: &Ended) -> Option<(String, bool)> {
    let Ended { exit_code, output } = ended;
    if *exit_code != command.exit_code {
        return Some((format!("exit code {exit_code}, not {}:\n{output}", command.exit_code), true));
    }
    if command.expected.is_empty() {
        return None;
    }
    let difference = transcript::difference(&command.expected, output)?;
    Some((format!("its output is another (- in the page, + in truth):\n{difference}"), false))
}

/// Builds the `cargo omegi` of the sandboxes and its copy of omegi, once: a page shows a run in
/// which that exists.
fn prepare(receiver: &Path) {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "cargo-omegi"])
            .env_remove("CARGO_TARGET_DIR")
            .current_dir(checkout())
            .status();
        assert!(cargo.is_ok_and(|status| status.success()), "cargo omegi cannot be built");
        let mut sandbox = Sandbox::new("first-build", receiver, false).expect("a sandbox");
        let built = sandbox.run("cargo init --quiet --name empty\ncargo omegi build", true);
        let Ended { exit_code, output } = built.expect("a shell");
        assert_eq!(exit_code, 0, "{output}");
        sandbox.delete().expect("the sandbox can be deleted");
    });
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// Runs a page, and returns its problems.
    fn problems(name: &str, page: &str) -> Vec<(usize, String)> {
        let plan = Plan::of(&Document::parse(page), false);
        assert_eq!(plan.problems, []);
        run_steps(name, &plan.steps, Path::new("otlp-receiver"))
    }

    #[test]
    fn a_page_runs_in_one_shell_and_one_folder() {
        let page = "```toml\n# a/b.toml\nc = 1\n```\n\n```console\n$ cd a\n$ d=$(tail -n 1 b.toml)\n```\n\n\
            <!-- run test \"$d\" = 'c = 1' -->\n\n```console\n$ pwd; echo $d >&2\n…/a\nc = 1\n\
            $ (exit 3)\n[exit 3]\n\
            $ echo ${OMEGI_TOKEN-none}\nnone\n```\n";
        assert_eq!(problems("planted/one-shell.md", page), []);
    }

    #[test]
    fn a_planted_mistake_of_a_page_is_found() {
        for (number, (page, line, text)) in (0..).zip([
            ("```console\n$ true\n$ echo a\nb\n```\n", 3, "- b\n+ a\n"),
            ("```console\n$ echo a; false\na\n```\n", 2, "exit code 1, not 0"),
            ("```console\n$ true\n[exit 2]\n```\n", 2, "exit code 0, not 2"),
            ("```console\n$ no-such-command\n```\n", 2, "not found"),
            ("```console\n$ exit 0\n```\n", 2, "the shell has ended"),
            ("```sh\nfalse\ntrue\n```\n", 1, "exit code 1"),
            ("\n<!-- run\nfalse\ntrue\n-->\n", 2, "exit code 1"),
            ("```sh\nif then\n```\n", 1, "syntax error"),
        ]) {
            let problems = problems(&format!("planted/{number}.md"), page);
            assert_eq!(problems.len(), 1, "{page}");
            assert!(problems[0].0 == line && problems[0].1.contains(text), "{page}: {problems:?}");
        }
    }

    #[test]
    fn what_a_page_starts_ends_with_it() {
        let page = "```sh\nsleep 1000 &\necho $! >\"$PAGE/../pid\"\n```\n";
        assert_eq!(problems("planted/background/page.md", page), []);
        let sandbox = Sandbox::new("planted/background/next.md", Path::new("otlp-receiver"), false).unwrap();
        let pid = fs::read_to_string(sandbox.work().join("../../pid")).unwrap();
        let stat = Path::new("/proc").join(pid.trim()).join("stat");
        let is_running = || fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        let deadline = Instant::now() + Duration::from_secs(60);
        while is_running() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!is_running(), "{pid} runs");
    }
}

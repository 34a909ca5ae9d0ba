//! The steps that a document's blocks make: files to write, commands and scripts to run.

use yaml_rust2::YamlLoader;

use crate::document::{Block, BlockKind, Document};
use crate::transcript::{self, Command};

/// A step of a page, with its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Writes a file of the page's project.
    Write { path: String, text: String },
    /// Runs a command and compares its output.
    Run(Command),
    /// Runs a script.
    Script { line: usize, text: String },
}

impl Step {
    /// Returns what the shell runs in this step.
    pub(crate) fn shell(&self) -> Option<&str> {
        match self {
            Self::Write { .. } => None,
            Self::Run(command) => Some(&command.text),
            Self::Script { text, .. } => Some(text),
        }
    }
}

/// The steps of a document, and the blocks that do not run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// The line and the reason of each block that needs a machine or an account.
    pub(crate) excused: Vec<(usize, String)>,
    /// The line and the text of each block that breaks a rule.
    pub(crate) problems: Vec<(usize, String)>,
}

impl Plan {
    /// Reads the blocks of a document. In the README no line of Rust is hidden, because GitHub
    /// would show it.
    pub(crate) fn of(document: &Document, is_readme: bool) -> Self {
        let mut plan = Self::default();
        let mut uncompiled = Vec::new();
        let mut above = None;
        for block in &document.blocks {
            match &block.kind {
                BlockKind::Indented => {
                    plan.refuse(block.line, "an indented block: use a fence with a language")
                }
                BlockKind::Comment => {
                    if let Some(text) =
                        block.text.strip_prefix("run").filter(|text| text.starts_with(char::is_whitespace))
                    {
                        plan.steps.push(Step::Script { line: block.line, text: text.trim().to_owned() });
                    }
                }
                BlockKind::Fenced(info) => plan.fence(block, info, above, is_readme),
            }
            match plan.steps.last() {
                Some(Step::Write { path, .. })
                    if path.ends_with(".rs") && uncompiled.last().is_none_or(|(_, last)| last != path) =>
                {
                    uncompiled.push((block.line, path.clone()));
                }
                Some(Step::Run(_) | Step::Script { .. }) => uncompiled.clear(),
                _ => {}
            }
            above = Some(block);
        }
        for (line, path) in uncompiled {
            plan.refuse(line, &format!("nothing compiles {path}: a command must follow"));
        }
        plan
    }

    fn fence(&mut self, block: &Block, info: &str, above: Option<&Block>, is_readme: bool) {
        let line = block.line;
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default();
        let options: Vec<_> = words.collect();
        if let Some(path) = path_of_file(&block.text) {
            let allowed: &[&str] = if language == "rust" { &["ignore"] } else { &[] };
            if options != allowed {
                let problem = format!(
                    "`{info}` of the file {path}: the fence of a file is `rust,ignore` or a language alone"
                );
                return self.refuse(line, &problem);
            }
            self.data(language, block);
            return self.steps.push(Step::Write { path: path.to_owned(), text: block.text.clone() });
        }
        match (language, &options[..]) {
            ("rust", options) => {
                let known = ["no_run", "compile_fail", "should_panic", "edition2021", "edition2024"];
                if let Some(option) = options.iter().find(|option| !known.contains(option)) {
                    let problem = format!(
                        "`{option}`: only a file of a project may be so, with its path in the first line"
                    );
                    self.refuse(line, &problem);
                }
                let is_hidden = |line: &str| line.trim() == "#" || line.trim_start().starts_with("# ");
                if is_readme && block.text.lines().any(is_hidden) {
                    self.refuse(line, "a hidden line in the README: GitHub would show it");
                }
            }
            ("console" | "sh" | "yaml", ["no_run"]) => {
                let reason = above.filter(|above| above.kind == BlockKind::Comment);
                match reason.and_then(|reason| reason.text.strip_prefix("not run:")) {
                    Some(reason) => self.excused.push((line, reason.trim().to_owned())),
                    None => {
                        self.refuse(line, "`no_run` without a comment `<!-- not run: reason -->` above it")
                    }
                }
            }
            ("console", []) => match transcript::commands(line + 1, &block.text) {
                Ok(commands) => self.steps.extend(commands.into_iter().map(Step::Run)),
                Err(line) => self.refuse(line, "a line of output before the first command"),
            },
            ("sh", []) => self.steps.push(Step::Script { line, text: block.text.clone() }),
            ("text", []) => {}
            ("json" | "yaml" | "toml", []) => self.data(language, block),
            _ => self.refuse(line, &format!("`{info}` is no language of the protocol")),
        }
    }

    fn data(&mut self, language: &str, block: &Block) {
        let text = &block.text;
        let problem = match language {
            "json" => serde_json::Deserializer::from_str(text)
                .into_iter::<serde_json::Value>()
                .find_map(Result::err)
                .map(|error| error.to_string()),
            "yaml" => YamlLoader::load_from_str(text).err().map(|error| error.to_string()),
            "toml" => toml::from_str::<toml::Table>(text).err().map(|error| error.to_string()),
            _ => None,
        };
        if let Some(problem) = problem {
            self.refuse(block.line, &format!("no {language}: {problem}"));
        }
    }

    fn refuse(&mut self, line: usize, problem: &str) {
        self.problems.push((line, problem.to_owned()));
    }
}

/// Returns the path in the comment that a file of a project begins with.
fn path_of_file(text: &str) -> Option<&str> {
    let first = text.lines().next()?;
    let path = first.strip_prefix("// ").or_else(|| first.strip_prefix("# "))?.trim();
    let is_in_path = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let is_path = path.chars().all(is_in_path) && (path.contains(['.', '/']) || path == "Dockerfile");
    (is_path && !path.starts_with('/') && !path.ends_with('.') && !path.contains("..")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Plan {
        Plan::of(&Document::parse(text), false)
    }

    #[test]
    fn blocks_become_steps_in_their_order() {
        let text = "```rust,ignore\n// src/main.rs\nfn main() {}\n```\n\n<!-- run\na &\n-->\n\n\
            ```console\n$ b\nc\n```\n\n\
            ```sh\nd\n```\n\n```text\ne\n```\n\n```rust\n# f\n```\n";
        let plan = plan(text);
        let command = Command { line: 11, text: "b".into(), expected: vec!["c".into()], exit_code: 0 };
        let steps = [
            Step::Write { path: "src/main.rs".into(), text: "// src/main.rs\nfn main() {}\n".into() },
            Step::Script { line: 6, text: "a &".into() },
            Step::Run(command),
            Step::Script { line: 15, text: "d\n".into() },
        ];
        assert_eq!(plan.problems, []);
        assert_eq!(plan.steps, steps);
    }

    #[test]
    fn blocks_that_break_a_rule_are_refused() {
        for (text, line) in [
            ("```\na\n```\n", 1),
            ("    indented\n", 1),
            ("```bash\na\n```\n", 1),
            ("```rust,ignore\nfn main() {}\n```\n", 1),
            ("```rust\n// src/main.rs\nfn main() {}\n```\n", 1),
            ("```console\nno command\n```\n", 2),
            ("```console,no_run\n$ a\n```\n", 1),
            ("<!-- a comment -->\n\n```sh,no_run\na\n```\n", 3),
            ("```rust,no_run,sometimes\n```\n", 1),
            ("```json\n{\"a\": …}\n```\n", 1),
            ("```yaml\na: [\n```\n", 1),
            ("```toml\na = \n```\n", 1),
            ("```toml\n# Cargo.toml\na = \n```\n", 1),
            ("```console\n$ a\n```\n\n```rust,ignore\n// src/main.rs\nfn main() {}\n```\n", 5),
        ] {
            let problems = plan(text).problems;
            assert_eq!(
                problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
                [line],
                "{text}: {problems:?}"
            );
        }
    }

    #[test]
    fn excused_blocks_are_listed_with_their_reason() {
        let plan = plan("<!-- not run: needs docker -->\n\n```console,no_run\n$ docker run x\n```\n");
        assert_eq!(plan.excused, [(3, "needs docker".to_owned())]);
        assert_eq!((plan.steps, plan.problems), (Vec::new(), Vec::new()));
    }

    #[test]
    fn the_readme_hides_no_line() {
        let document = Document::parse("```rust\n# fn main() {}\n```\n");
        assert_eq!(Plan::of(&document, true).problems.len(), 1);
        assert_eq!(Plan::of(&document, false).problems.len(), 0);
    }

    #[test]
    fn a_comment_with_a_path_begins_a_file() {
        for (line, path) in [
            ("// src/main.rs", Some("src/main.rs")),
            ("# Cargo.toml", Some("Cargo.toml")),
            ("# .cargo/config.toml", Some(".cargo/config.toml")),
            ("# Dockerfile", Some("Dockerfile")),
            ("# comment", None),
            ("// A sentence.", None),
            ("// Sentence.", None),
            ("# ../out.toml", None),
            ("# /etc/passwd.d", None),
        ] {
            assert_eq!(path_of_file(line), path, "{line}");
        }
    }
}

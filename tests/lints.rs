//! A woven crate has exactly the warnings of the plain one: none new, none gone.
//!
//! The crate is written from the lists in `lints/`: statements and arguments that raise lints, in
//! functions of every form, and whole functions. It is checked plain (omegi's feature `enable` off)
//! and woven, by rustc under all lints, and by clippy under all groups.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The forms of functions: the code before and behind the statements of a list.
const FORMS: [(&str, &str, &str); 15] = [
    ("unit", "fn NAME(ARGS) {", "call(9);\n}"),
    ("value", "fn NAME(ARGS) -> u32 {", "call(9)\n}"),
    ("result", "fn NAME(ARGS) -> Result<u8, Failed> {", "result()\n}"),
    (
        "exits",
        "fn NAME(ARGS) -> Result<u8, Failed> {",
        "if call(9) == 9 { return Err(Failed(1)); } Ok(result()?)\n}",
    ),
    ("tracked", "#[track_caller] fn NAME(ARGS) -> Result<u8, Failed> {", "result()?; Ok(call(1) as u8)\n}"),
    (
        "option",
        "fn NAME(ARGS) -> Option<u32> {",
        "let x = option()?; if call(x) == 1 { return None; } option()\n}",
    ),
    ("async_unit", "async fn NAME(ARGS) {", "coroutine().await;\n}"),
    ("async_value", "async fn NAME(ARGS) -> u32 {", "let value = coroutine().await; value + 1\n}"),
    (
        "async_result",
        "async fn NAME(ARGS) -> Result<u8, Failed> {",
        "failing().await?; if call(9) == 9 { return Err(Failed(1)); } result()\n}",
    ),
    ("nested", "async fn NAME(ARGS) -> Result<u8, Failed> {", "hide!(); failing().await\n}"),
    (
        "boxed",
        "fn NAME(ARGS) -> Pin<Box<dyn Future<Output = Result<u8, Failed>>>> { Box::pin(async move {",
        "failing().await?; Ok(1)\n}) }",
    ),
    ("method", "impl Shop { fn NAME(&self, ARGS) -> Result<u8, Failed> {", "result()\n} }"),
    (
        "owner",
        "impl Shop { fn own_NAME(mut self, ARGS) -> Result<u8, Failed> {",
        "self.count = 1; drop(self); result()\n} }",
    ),
    (
        "turn",
        "fn NAME(jobs: std::sync::mpsc::Receiver<u32>, ARGS) { for job in jobs { call(job);",
        "call(9);\n} }",
    ),
    ("thread", "fn NAME(ARGS) { std::thread::spawn(move || {", "call(9);\n}); }"),
];

#[test]
fn rustc_has_the_same_to_say() {
    assert_same_warnings("rustc", &["--lib", "--profile=check"], &[]);
}

#[test]
fn clippy_has_the_same_to_say() {
    let groups = ["all", "pedantic", "nursery", "restriction"].map(|group| format!("-Wclippy::{group}"));
    assert_same_warnings("clippy", &["--lib"], &groups);
}

fn assert_same_warnings(command: &str, options: &[&str], lints: &[String]) {
    let crate_root = write_corpus();
    let plain = warnings(command, "plain", options, lints);
    let woven = warnings(command, "woven", &[options, &["--features=woven"]].concat(), lints);
    assert!(plain.len() > 3_000, "the crate provokes warnings: {}", plain.len());
    let differences: String = plain
        .keys()
        .chain(woven.keys().filter(|warning| !plain.contains_key(*warning)))
        .filter(|warning| plain.get(*warning) != woven.get(*warning))
        .map(|warning| {
            let line = crate_root.lines().nth(warning.line.saturating_sub(1)).unwrap_or_default();
            let counts = [&plain, &woven].map(|found| found.get(warning).copied().unwrap_or_default());
            format!("plain {}, woven {}: {warning:?}\n    {line}\n", counts[0], counts[1])
        })
        .collect();
    assert!(differences.is_empty(), "{command}:\n{differences}");
}

/// A warning of the compiler or of clippy.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Warning {
    line: usize,
    lint: String,
    /// The text, and the columns of its place.
    message: String,
}

/// Checks the crate, and returns its warnings with their numbers.
fn warnings(command: &str, state: &str, options: &[&str], lints: &[String]) -> BTreeMap<Warning, usize> {
    // The dependencies are those of the test `hygiene`.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hygiene/target/check").join(state);
    // Cargo shows the warnings of a crate that has not changed, but those of its last check.
    let root = fs::File::options().append(true).open(home().join("src/lib.rs")).unwrap();
    root.set_modified(SystemTime::now()).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([command, "--offline", "--message-format=json"])
        .args(options)
        .arg("--")
        .args(lints_of_rustc())
        .args(lints)
        .current_dir(home())
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let mut found = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        assert_ne!(message["level"], "error", "{}", message["rendered"].as_str().unwrap_or_default());
        if let (Some(lint), Some("corpus")) =
            (message["code"]["code"].as_str(), line["target"]["name"].as_str())
        {
            *found.entry(warning(lint, message)).or_default() += 1;
        }
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    found
}

fn warning(lint: &str, message: &serde_json::Value) -> Warning {
    let spans = message["spans"].as_array().unwrap();
    let main = spans.iter().find(|span| span["is_primary"] == true);
    let line = main.and_then(|span| span["line_start"].as_u64()).unwrap_or_default();
    let text = message["message"].as_str().unwrap_or_default();
    let places = main.map(|span| format!(" {}..{}", span["column_start"], span["column_end"]));
    Warning {
        line: usize::try_from(line).unwrap(),
        lint: lint.to_owned(),
        message: text.to_owned() + &places.unwrap_or_default(),
    }
}

/// Returns options that raise all lints that rustc allows, but the one for missing documentation.
fn lints_of_rustc() -> Vec<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let help = Command::new(rustc).args(["-W", "help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let lints = help.lines().take_while(|line| !line.starts_with("Lint groups")).filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        (words.next() == Some("allow") && name != "missing-docs").then(|| format!("-W{name}"))
    });
    lints.chain(["-Wrust-2018-idioms".to_owned(), "-Wrust-2024-compatibility".to_owned()]).collect()
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("lints")
}

/// Writes the crate, and returns the text of its root.
fn write_corpus() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = format!(
        "[package]\nname = \"corpus\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [features]\nwoven = [\"omegi/enable\"]\n\n[dependencies]\nomegi = {{ path = {root:?} }}\n"
    );
    let text = corpus();
    fs::create_dir_all(home().join("src")).unwrap();
    fs::write(home().join("Cargo.toml"), manifest).unwrap();
    fs::write(home().join("Cargo.lock"), fs::read_to_string(root.join("Cargo.lock")).unwrap()).unwrap();
    fs::write(home().join("src/help.rs"), include_str!("lints/help.txt")).unwrap();
    fs::write(home().join("src/lib.rs"), &text).unwrap();
    text
}

fn corpus() -> String {
    let mut text = "#[macro_use]\npub mod help;\n".to_owned();
    let begin = "#[omegi::instrument_crate]\npub mod";
    for (form, before, behind) in FORMS {
        writeln!(text, "{begin} {form} {{\nuse crate::help::*;").unwrap();
        let mut function = |name: String, arguments: &str, body: &str| {
            let before = before.replace("NAME", &name).replace("ARGS", arguments);
            writeln!(text, "{before}\n{body}\n{behind}").unwrap();
        };
        for (index, body) in lines(include_str!("lints/statements.txt")).enumerate() {
            function(format!("statement_{index}"), "", body);
        }
        for (index, line) in lines(include_str!("lints/arguments.txt")).enumerate() {
            let (arguments, body) = line.split_once(" => ").unwrap();
            if fits(form, arguments) {
                function(format!("argument_{index}"), arguments, body);
            }
        }
        text.push_str("}\n");
    }
    writeln!(text, "{begin} functions {{\nuse crate::help::*;").unwrap();
    lines(include_str!("lints/functions.txt")).for_each(|line| writeln!(text, "{line}").unwrap());
    text.push_str("}\n");
    text
}

fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with("//"))
}

/// Returns whether a function of this form may have these arguments: some outlive their function,
/// or have more than one turn.
fn fits(form: &str, arguments: &str) -> bool {
    let stays = ["&", "'_", "impl", "String", "Box<", "Rc<", "ref ", "(Str"];
    !["boxed", "thread", "turn"].contains(&form) || !stays.iter().any(|word| arguments.contains(word))
}

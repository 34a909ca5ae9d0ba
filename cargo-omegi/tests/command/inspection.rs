//! `list`, `diff`, `completions` and `--help`.

use crate::project::{MANIFEST, TestProject};

const LIBRARY: &str = "pub mod cart;\npub const fn fixed() -> u8 { max(1, 2) }\n\
    const fn max(a: u8, b: u8) -> u8 { if a > b { a } else { b } }\n\
    pub fn ask() -> Result<u8, String> {\n    cart::count()\n}\n\
    pub extern \"C\" fn on_signal(_: i32) { drop(ask()) }\n";
const CART: &str = "pub struct Cart;\n\nimpl Cart {\n    pub fn new() -> Self { Self }\n}\n\n\
    pub fn count() -> Result<u8, String> {\n    \"1\".parse().map_err(|_| String::new())\n}\n";

fn project(name: &str) -> TestProject {
    TestProject::new(name, &[("Cargo.toml", MANIFEST), ("src/lib.rs", LIBRARY), ("src/cart.rs", CART)])
}

#[test]
fn the_list_gives_each_function_and_the_reason_for_skipping_it() {
    let project = project("listing");
    let output = project.omegi("list").ok();
    let lines: Vec<_> =
        output.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "shop::fixed src/lib.rs:2 const",
            "shop::max src/lib.rs:3 trivial",
            "shop::ask src/lib.rs:4 span: default",
            "shop::on_signal src/lib.rs:7 signal-handler",
            "shop::cart::Cart::new src/cart.rs:4 trivial",
            "shop::cart::count src/cart.rs:7 span: default",
            "",
            "6 functions, 2 with spans",
            "1 const: a `const fn` may run in the compiler, where nothing can be recorded",
            "1 signal-handler: it may be a signal handler, which must not allocate: its calls record \
             nothing; `#[traced]` weaves it",
            "2 trivial: its body calls nothing, loops nowhere and cannot fail",
            "not built yet: this is what `cargo omegi build` would weave",
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&project.omegi("list --json").ok().stdout).unwrap();
    let first = &json["functions"][0];
    assert_eq!(
        (&first["package"], &first["function"], &first["line"]),
        (&"shop".into(), &"shop::fixed".into(), &2.into())
    );
    assert_eq!((&first["woven"], &first["reason"]), (&false.into(), &"const".into()));
    assert_eq!(json["functions"].as_array().unwrap().len(), 6);
    assert!(!project.has("target"));
}

#[test]
fn the_difference_shows_the_compiled_code() {
    let project = project("differing");
    let expanded = project.omegi("diff").ok().stdout;
    assert!(expanded.contains("--- a/src/lib.rs\n+++ b/src/lib.rs\n"), "{expanded}");
    assert!(expanded.contains("+    let mut __omegi_span = ::omegi::private::enter("), "{expanded}");
    let spliced = project.omegi("diff --spliced").ok().stdout;
    let added: Vec<_> =
        spliced.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++")).collect();
    let with = |attribute: &str| added.iter().filter(|line| line.contains(attribute)).count();
    assert_eq!(
        [added.len(), with("#[::omegi::traced("), with("#[::omegi::untraced(")],
        [3, 2, 1],
        "{spliced}"
    );
}

#[test]
fn the_difference_keeps_modules_of_every_kind() {
    let project = TestProject::new("differing-modules", MODULES);
    let expanded = project.omegi("diff").ok().stdout;
    assert!(!expanded.contains("compile_error"), "{expanded}");
    for name in ["root", "inline::deep", "in_file", "elsewhere", "nested", "local", "in_const", "S::method"] {
        let name = name.rsplit("::").next().unwrap();
        assert!(expanded.contains(&format!("fn {name}(")), "{name}: {expanded}");
    }
    let entered = expanded.matches("+    let mut __omegi_span").count()
        + expanded.matches("+        let mut __omegi_span").count()
        + expanded.matches("+            let mut __omegi_span").count();
    assert_eq!(entered, 8, "{expanded}");
    // No declaration of a module changes.
    let is_module = |line: &&str| line.contains("mod ") && line.ends_with(';');
    let changed = expanded.lines().filter(|line| line.starts_with(['+', '-'])).filter(is_module).count();
    assert_eq!(changed, 0, "{expanded}");
}

const MODULES: &[(&str, &str)] = &[
    ("Cargo.toml", MANIFEST),
    (
        "src/lib.rs",
        "mod in_file;\n#[path = \"other/place.rs\"]\nmod elsewhere;\n#[cfg(never)]\nmod missing;\n\
        #[cfg(unix)]\npub(crate) mod conditional;\n\
        mod inline { pub fn deep() { super::root(); } mod nested; mod empty {} }\n\
        pub fn root() { inline::deep(); }\n\
        const _: () = { fn in_const() { root() } };\n\
        pub struct S;\nimpl S { pub fn method(&self) { root() } }\n\
        macro_rules! made { () => { mod made_by_macro { } } }\nmade!();\n",
    ),
    ("src/in_file.rs", "pub fn in_file() { super::root(); }\n"),
    ("src/other/place.rs", "pub fn elsewhere() { super::root(); }\n"),
    ("src/conditional.rs", "pub fn local() { super::root(); }\n"),
    ("src/inline/nested.rs", "pub fn nested() { super::super::root(); }\n"),
];

#[test]
fn a_file_that_is_no_rust_is_named_and_the_others_are_listed() {
    let project = project("unreadable");
    project.write("src/cart.rs", "pub fn count( {\n");
    let output = project.omegi("list");
    assert_eq!(output.code, Some(4));
    assert!(output.stdout.contains("shop::ask") && output.stderr.lines().count() == 1, "{output:?}");
    assert!(output.stderr.contains("src/cart.rs:1: "), "{output:?}");
}

#[test]
fn help_names_every_command_variable_and_exit_code() {
    let project = TestProject::new("helping", &[("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}\n")]);
    let help = project.omegi("--help").ok().stdout;
    for words in ["", "help", "-h"] {
        assert_eq!(project.omegi(words).ok().stdout, help, "{words}");
    }
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
    for word in ["OMEGI_PROJECT_ROOT", "CARGO_OMEGI_LEAVE", "CARGO_OMEGI_RUNTIME_DIR", "Examples:"] {
        assert!(help.contains(word), "{word}");
    }
    let codes = help.split("Exit codes:\n").nth(1).unwrap();
    for code in ["of cargo", "0", "2", "3", "4", "5"] {
        assert!(codes.lines().any(|line| line.trim_start().starts_with(code)), "{code}");
    }
    assert!(project.omegi("--version").ok().stdout.starts_with("cargo-omegi 0."));
}

const COMMANDS: [&str; 10] =
    ["run", "test", "build", "bench", "check", "rustc", "list", "diff", "show", "completions"];

#[test]
fn help_of_a_command_names_its_options_and_fits_a_terminal() {
    let project =
        TestProject::new("helping-more", &[("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}\n")]);
    for command in COMMANDS {
        let help = project.omegi(&format!("{command} --help")).ok().stdout;
        assert_eq!(project.omegi(&format!("{command} -h")).ok().stdout, help, "{command}");
        assert_eq!(project.omegi(&format!("help {command}")).ok().stdout, help, "{command}");
        assert!(help.contains(&format!("Usage: cargo omegi {command} ")), "{help}");
        assert!(help.contains("Examples:") && help.lines().all(|line| line.len() <= 100), "{help}");
        let options: &[&str] = match command {
            "list" => &["--package", "--manifest-path", "--json"],
            "diff" => &["--package", "--manifest-path", "--spliced"],
            "show" => &["--errors", "FILE"],
            "completions" => &["bash", "zsh"],
            _ => &["--package", "--manifest-path", "--target", "--target-dir", "OMEGI_EXPORTER_KIND"],
        };
        for option in options {
            assert!(help.contains(option), "{command}: {option} is not in {help}");
        }
    }
}

#[test]
fn completions_know_commands_and_options() {
    let project = TestProject::new("completing", &[("notes.txt", "")]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.omegi(&format!("completions {shell}")).ok().stdout;
        for word in ["cargo-omegi", "completions", "spliced", "manifest-path"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

//! `list`, `diff` and `--help`.

use crate::project::{MANIFEST, Project};

const LIBRARY: &str = "pub mod cart;\npub const fn fixed() -> u8 { max(1, 2) }\nconst fn max(a: u8, b: u8) -> u8 { if a > b { a } else { b } }\npub fn ask() -> Result<u8, String> {\n    cart::count()\n}\n";
const CART: &str = "pub struct Cart;\n\nimpl Cart {\n    pub fn new() -> Self { Self }\n}\n\npub fn count() -> Result<u8, String> {\n    \"1\".parse().map_err(|_| String::new())\n}\n";

fn project(name: &str) -> Project {
    Project::new(name, &[("Cargo.toml", MANIFEST), ("src/lib.rs", LIBRARY), ("src/cart.rs", CART)])
}

#[test]
fn the_list_says_of_each_function_whether_and_why_not() {
    let project = project("listing");
    let said = project.omegi("list").ok();
    let lines: Vec<_> =
        said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "shop::fixed src/lib.rs:2 const",
            "shop::max src/lib.rs:3 trivial",
            "shop::ask src/lib.rs:4 woven",
            "shop::cart::Cart::new src/cart.rs:4 trivial",
            "shop::cart::count src/cart.rs:7 woven",
            "",
            "5 functions, 2 woven",
            "1 const: a `const fn` may run in the compiler, where nothing can be recorded",
            "2 trivial: its body calls nothing, loops nowhere and cannot fail",
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&project.omegi("list --json").ok().stdout).unwrap();
    let first = &json["functions"][0];
    assert_eq!(
        (&first["package"], &first["function"], &first["line"]),
        (&"shop".into(), &"shop::fixed".into(), &2.into())
    );
    assert_eq!((&first["woven"], &first["reason"]), (&false.into(), &"const".into()));
    assert_eq!(json["functions"].as_array().unwrap().len(), 5);
    assert!(!project.has("target"));
}

#[test]
fn the_difference_shows_what_is_compiled() {
    let project = project("differing");
    let expanded = project.omegi("diff").ok().stdout;
    assert!(expanded.contains("--- a/src/lib.rs\n+++ b/src/lib.rs\n"), "{expanded}");
    assert!(expanded.contains("+    let mut __omegi_span = ::omegi::private::enter("), "{expanded}");
    let spliced = project.omegi("diff --spliced").ok().stdout;
    let added: Vec<_> =
        spliced.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++")).collect();
    assert_eq!(added.len(), 2, "{spliced}");
    assert!(added.iter().all(|line| line.contains("#[::omegi::traced(")), "{spliced}");
}

#[test]
fn a_file_that_is_no_rust_is_named_and_the_others_are_listed() {
    let project = project("unreadable");
    project.write("src/cart.rs", "pub fn count( {\n");
    let said = project.omegi("list");
    assert_eq!(said.code, Some(4));
    assert!(said.stdout.contains("shop::ask") && said.stderr.lines().count() == 1, "{said:?}");
    assert!(said.stderr.contains("src/cart.rs:1: "), "{said:?}");
}

#[test]
fn help_names_every_command_option_and_exit_code() {
    let project = Project::new("helping", &[("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}\n")]);
    let help = project.omegi("--help").ok().stdout;
    assert_eq!(help, include_str!("../../src/help.txt"));
    for words in ["", "help", "-h", "run --help", "list --help", "diff -h"] {
        assert_eq!(project.omegi(words).ok().stdout, help, "{words}");
    }
    for word in [
        "run",
        "test",
        "build",
        "bench",
        "check",
        "rustc",
        "list",
        "diff",
        "--package",
        "--manifest-path",
        "--json",
        "--spliced",
    ] {
        assert!(help.contains(word), "{word}");
    }
    assert!(project.omegi("--version").ok().stdout.starts_with("cargo-omegi 0."));
}

//! A function that does not compile woven takes nothing else out.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{MANIFEST, ProgramOutput, TestProject};

/// A function that does not compile if the weave describes its errors: its error borrows, which its
/// type does not show, and is an `Error` only if it does not.
const BAD: &str = "(x: &str) -> Result<(), Bound> { Err(Bound(x.trim())) }";

const BOUND: &str = "#[derive(Debug)]\npub struct Bound<'a>(pub &'a str);\n\
    impl std::fmt::Display for Bound<'_> {\n\
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { f.write_str(self.0) }\n}\n\
    impl std::error::Error for Bound<'static> {}\n";

/// Returns the word that `list` has for each function, by the function's path.
fn listed(project: &TestProject) -> Vec<(String, String)> {
    let list: serde_json::Value = serde_json::from_str(&project.omegi("list --json").ok().stdout).unwrap();
    let functions = list["functions"].as_array().unwrap().iter().map(|function| {
        let restriction = function["restriction"].as_str().unwrap_or("woven");
        let word = function["reason"].as_str().unwrap_or(restriction);
        let unbuilt = if function["built"] == true { "" } else { ", not built" };
        (function["function"].as_str().unwrap().to_owned(), format!("{word}{unbuilt}"))
    });
    functions.collect()
}

#[track_caller]
fn check_listed(project: &TestProject, expected: &[(&str, &str)]) {
    let listed = listed(project);
    let listed: Vec<_> = listed.iter().map(|(path, word)| (path.as_str(), word.as_str())).collect();
    assert_eq!(listed, expected);
}

/// Returns the lines of omegi's warnings, without the folder of the report.
fn warnings(output: &ProgramOutput) -> Vec<String> {
    let warnings = output.stderr.lines().filter_map(|line| line.strip_prefix("warning: omegi: "));
    warnings.map(|line| line.split("; please report it").next().unwrap().to_owned()).collect()
}

/// Functions whose error, or value, has a type that the compiler infers from their bodies.
const INFERRED: &str = r#"use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
pub trait Answer {}
impl Answer for () {}
impl Answer for String {}
async fn unit(u: &str) -> Result<u8, impl Answer> { if u.is_empty() { Ok(1) } else { Err(()) } }
async fn text(u: &str) -> Result<u8, impl Answer> {
    if u.is_empty() { return Ok(1); }
    let n: u8 = u.parse().map_err(|_| String::new())?;
    Err(n.to_string())
}
fn block(u: &str) -> impl Future<Output = Result<u8, impl Answer>> {
    async move { if u.is_empty() { Ok(1) } else { Err(()) } }
}
#[track_caller]
fn tracked(u: &str) -> Result<u8, impl Answer> { if u.is_empty() { return Ok(1); } Err(()) }
fn closure(u: &str) -> Result<u8, impl Answer> { if u.is_empty() { return Ok(1); } Err(()) }
async fn looping(u: &str) -> Result<u8, impl Answer> {
    let (tx, rx) = std::sync::mpsc::channel::<u8>();
    drop(tx);
    while let Ok(n) = rx.recv() { if n > 0 { return Ok(n); } }
    if u.is_empty() { Ok(0) } else { Err(()) }
}
async fn items(u: &str) -> Result<impl Iterator<Item = u8>, String> {
    if u.is_empty() { return Err("none".to_owned()); }
    Ok(u.bytes().map(|b| b + 1).collect::<Vec<_>>().into_iter())
}
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => panic!(),
    }
}
fn main() {
    for u in ["", "7"] {
        let waited = [ready(unit(u)).is_ok(), ready(text(u)).is_ok(), ready(block(u)).is_ok()];
        let others = [tracked(u).is_ok(), closure(u).is_ok(), ready(looping(u)).is_ok()];
        println!("{:?}", ready(items(u)).is_ok());
        println!("{waited:?} {others:?}");
    }
}
"#;

#[test]
fn an_error_of_inferred_type_is_woven() {
    let project = TestProject::new("inferring", &[("Cargo.toml", MANIFEST), ("src/main.rs", INFERRED)]);
    let plain = project.cargo("run -q").ok();
    for arguments in ["off", "always"] {
        let woven = project.omegi_with("run", &[("OMEGI_ARGS", arguments)]).ok();
        assert_eq!(
            (woven.stdout.as_str(), warnings(&woven)),
            (plain.stdout.as_str(), vec![]),
            "{}",
            woven.stderr
        );
        assert!(
            listed(&project).iter().all(|(_, word)| word == "woven"),
            "{arguments}: {:?}",
            listed(&project)
        );
    }
}

/// Functions inside of functions and constants that are not woven.
const INSIDE: &str = r#"const fn fixed(x: u8) -> u8 {
    fn inner(s: &str) -> usize { s.trim().len() }
    let _f: fn(&str) -> usize = inner;
    x.wrapping_add(1)
}
const LENGTH: fn(&str) -> usize = { fn of(s: &str) -> usize { s.trim().len() } of };
static CLOSURE: fn() -> usize = || { fn deep() -> usize { " x".trim().len() } deep() };
struct S;
impl S {
    const fn fixed() -> fn() -> usize { fn inside() -> usize { " y ".trim().len() } inside }
}
fn other(s: &str) -> usize { s.trim().len() }
fn main() {
    println!("{} {} {} {} {}", fixed(1), LENGTH("ab"), CLOSURE(), S::fixed()(), other("abc"));
}
"#;

#[test]
fn functions_inside_of_functions_that_cannot_be_woven_are_woven() {
    let project = TestProject::new("inside", &[("Cargo.toml", MANIFEST), ("src/main.rs", INSIDE)]);
    let woven = project.omegi("run").ok();
    assert_eq!((woven.stdout.as_str(), warnings(&woven)), ("2 2 1 1 3\n", vec![]), "{}", woven.stderr);
    assert_eq!(woven.spans(), ["main", "of", "deep", "S::fixed::inside", "other"]);
    assert!(listed(&project).contains(&("shop::fixed::inner".to_owned(), "woven".to_owned())));
}

#[test]
fn only_the_failing_functions_lose_their_weave() {
    let lib = format!(
        "pub fn good() -> usize {{ other().len() }} pub fn bad{BAD} pub fn worse{BAD}\n\
        fn other() -> String {{ String::from(\"x\") }}\n\
        pub struct S;\nimpl S {{ pub fn a() -> usize {{ good() }} pub fn b{BAD}\n\
        pub fn c() -> usize {{ good() }} }}\n\
        impl From<u8> for S {{ fn from(n: u8) -> S {{ n.count_ones(); S }} }}\n\
        impl From<u16> for S {{\n\
        fn from(n: u16) -> S {{ fn nested{BAD} nested(\"\").ok(); n.count_ones(); S }} }}\n\
        const _: fn() = || {{ fn hidden{BAD} hidden(\"\").ok(); }};\n\
        pub struct Mine;\n\
        impl From<Bound<'_>> for Mine {{ fn from(_: Bound<'_>) -> Mine {{ good(); Mine }} }}\n\
        pub fn d() -> usize {{ good() }}\npub fn operand(x: &str) -> Result<(), Mine> {{ bad(x)?; Ok(()) }}\n\
        #[cfg(test)]\nmod tests {{\n    use super::*;\n    fn helper{BAD}\n    #[test]\n\
        fn works() {{ assert!(helper(\"\").is_err()); }}\n}}\n{BOUND}"
    );
    let project = TestProject::new("partly", &[("Cargo.toml", MANIFEST), ("src/lib.rs", &lib)]);
    let build = project.omegi("build").ok();
    let fault = "in src/lib.rs woven with a span alone: with its errors and arguments it does not compile";
    let names = "`bad`, `worse`, `S::b`, `S::from::nested`, `hidden`";
    assert_eq!(warnings(&build), [format!("{names} {fault}")], "{}", build.stderr);
    let expected = [
        ("shop::good", "woven"),
        ("shop::bad", "span"),
        ("shop::worse", "span"),
        ("shop::other", "woven"),
        ("shop::S::a", "woven"),
        ("shop::S::b", "span"),
        ("shop::S::c", "woven"),
        ("shop::S::from", "woven"),
        ("shop::S::from", "woven"),
        ("shop::S::from::nested", "span"),
        ("shop::hidden", "span"),
        ("shop::Mine::from", "woven"),
        ("shop::d", "woven"),
        ("shop::operand", "woven"),
        ("shop::tests::helper", "woven"),
        ("shop::tests::works", "woven"),
        ("shop::Bound::fmt", "woven"),
    ];
    check_listed(&project, &expected);
    // The crate with its tests is another one, in which one more function fails.
    let tested = project.omegi_with("test", &[("CARGO_OMEGI_DETAIL", "spans")]).ok();
    assert!(tested.stdout.contains("works ... ok"), "{}", tested.stdout);
    assert!(warnings(&tested).iter().any(|line| line.contains("`tests::helper`")), "{}", tested.stderr);
    let of_tests = expected.map(|(path, word)| (path, if path.ends_with("helper") { "span" } else { word }));
    check_listed(&project, &of_tests);
}

#[test]
fn a_function_is_tried_again_when_it_changes() {
    let lib = |second: &str, more: &str| {
        let third = "pub fn third() -> usize { \"x\".trim().len() }";
        format!("pub fn first{BAD}\npub fn second{second}\n{third}{more}\n{BOUND}")
    };
    let project = TestProject::new("changing", &[("Cargo.toml", MANIFEST), ("src/lib.rs", &lib(BAD, ""))]);
    assert!(warnings(&project.omegi("build").ok())[0].starts_with("`first`, `second` in"));
    let searched = |project: &TestProject| {
        let folder = project.folder.join("target/omegi/skipped");
        let searched = folder.exists();
        let _ = std::fs::remove_dir_all(folder);
        searched
    };
    assert!(searched(&project));
    let rebuild = |second: &str, more: &str| {
        std::thread::sleep(std::time::Duration::from_millis(1100));
        project.write("src/lib.rs", &lib(second, more));
        warnings(&project.omegi("build").ok()).join("\n")
    };
    // Another function has changed.
    assert!(rebuild(BAD, "\n\npub fn fourth() -> usize { third() }").starts_with("`first`, `second` in"));
    assert!(!searched(&project), "nothing is to be searched");
    // One that failed is gone, and one of its name compiles.
    assert!(rebuild("() -> usize { \"y\".trim().len() }", "").starts_with("`first` in"));
    assert!(!searched(&project));
    let listed = [("shop::first", "span"), ("shop::second", "woven"), ("shop::third", "woven")];
    check_listed(&project, &[&listed[..], &[("shop::Bound::fmt", "woven")]].concat());
    // It fails again, and the other one stays known.
    assert!(rebuild(&BAD.replace('x', "y"), "").starts_with("`first`, `second` in"));
    assert!(searched(&project));
    // Options of the weave change: all is tried again.
    project.omegi_with("build", &[("OMEGI_ARGS", "always")]).ok();
    assert!(searched(&project));
}

#[test]
fn crates_with_equal_names_of_files_and_functions_are_kept_apart() {
    let member =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    let good = "pub fn same(x: &str) -> Result<usize, String> { Ok(x.trim().len()) }\n";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"3\"\n"),
        ("a/Cargo.toml", &member("a")),
        ("a/src/lib.rs", &format!("pub fn same{BAD}\n{BOUND}")),
        ("b/Cargo.toml", &member("b")),
        ("b/src/lib.rs", good),
    ];
    let project = TestProject::new("equal-names", &files);
    project.omegi("build").ok();
    check_listed(&project, &[("a::same", "span"), ("a::Bound::fmt", "woven"), ("b::same", "woven")]);
}

/// Makes a compiler that refuses each function whose name begins with `bad` if it is woven, with a
/// message that points nowhere; if it begins with `bad_late`, a check does not refuse it.
fn compiler(project: &TestProject) -> PathBuf {
    let source = r##"
use std::{env, fs, path::Path, process::{exit, Command}};
fn texts(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { texts(&path, found) } else { found.extend(fs::read_to_string(path)) }
    }
}
fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let root = words.iter().find(|word| word.contains("/omegi/woven/") && word.ends_with(".rs"));
    let mut found = Vec::new();
    if let Some(root) = root { texts(Path::new(root).parent().unwrap(), &mut found) }
    let is_check = words.iter().any(|word| word == "--emit=metadata");
    let is_bad = |line: &&str| line.contains("fn bad") && !line.contains("untraced(__within)]")
        && !(is_check && line.contains("fn bad_late"));
    let woven = found.iter().filter(|text| text.contains("traced(__inherit"));
    let bad = woven.flat_map(|text| text.lines()).filter(is_bad).count();
    if bad > 0 {
        let text = "queries overflow the depth limit!";
        eprintln!("{{\"$message_type\":\"diagnostic\",\"message\":\"{text}\",\"code\":null,\
            \"level\":\"error\",\"spans\":[],\"children\":[],\"rendered\":\"error: {text}\\n\"}}");
        exit(1);
    }
    exit(Command::new(REAL).args(words).status().unwrap().code().unwrap());
}
"##;
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let real = Path::new(String::from_utf8(sysroot.stdout).unwrap().trim()).join("bin/rustc");
    project.write("compiler.rs", &source.replace("REAL", &format!("{real:?}")));
    let (source, compiler) = (project.folder.join("compiler.rs"), project.folder.join("compiler"));
    let made = Command::new(real).arg("-o").arg(&compiler).arg(source).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    compiler
}

#[test]
fn errors_that_point_nowhere_are_searched() {
    let functions: String = (0..200)
        .map(|n| {
            let name = if [3, 4, 150].contains(&n) { "bad" } else { "good" };
            format!("    pub fn {name}_{n}(&self) -> usize {{ self.0.len() }}\n")
        })
        .collect();
    let shop = format!("pub struct S(String);\nimpl S {{\n{functions}}}\n");
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "pub mod shop;\npub fn first() -> usize { \"x\".trim().len() }\n"),
        ("src/shop.rs", &shop),
    ];
    let project = TestProject::new("nowhere", &files);
    let compiler = compiler(&project);
    let output = project.omegi_with("build", &[("RUSTC", compiler.to_str().unwrap())]).ok();
    let fault = "in src/shop.rs skipped: woven, it does not compile";
    assert_eq!(warnings(&output), [format!("`S::bad_3`, `S::bad_4`, `S::bad_150` {fault}")]);
    let list: serde_json::Value = serde_json::from_str(&project.omegi("list --json").ok().stdout).unwrap();
    let unit = &list["units"][0];
    assert_eq!(
        (&unit["woven"], &unit["functions"], &unit["eligible"], &unit["woven_functions"]),
        (&true.into(), &201.into(), &201.into(), &198.into())
    );
    let skipped = list["functions"].as_array().unwrap().iter().filter(|it| it["woven"] == false);
    assert!(skipped.clone().all(|it| it["reason"] == "does-not-compile"), "{list}");
    assert_eq!(skipped.count(), 3);
}

#[test]
fn errors_that_a_check_does_not_find_are_searched() {
    let shop = "pub struct S(String);\nimpl S {\n    pub fn good(&self) -> usize { self.0.len() }\n\
        pub fn bad_soon(&self) -> usize { self.0.len() }\n\
        pub fn bad_late(&self) -> usize { self.0.len() }\n\
        pub fn well(&self) -> usize { self.0.len() }\n}\n";
    let files = [("Cargo.toml", MANIFEST), ("src/lib.rs", "pub mod shop;\n"), ("src/shop.rs", shop)];
    let project = TestProject::new("late", &files);
    let compiler = compiler(&project);
    let output = project.omegi_with("build", &[("RUSTC", compiler.to_str().unwrap())]).ok();
    let names = "`S::bad_soon`, `S::bad_late`";
    assert_eq!(warnings(&output), [format!("{names} in src/shop.rs skipped: woven, it does not compile")]);
    let reason = "does-not-compile";
    check_listed(
        &project,
        &[
            ("shop::shop::S::good", "woven"),
            ("shop::shop::S::bad_soon", reason),
            ("shop::shop::S::bad_late", reason),
            ("shop::shop::S::well", "woven"),
        ],
    );
}

#[test]
fn the_list_tells_what_was_built() {
    let lib = "pub fn one() -> usize { two().len() }\npub fn two() -> String { \"x\".trim().to_owned() }\n";
    let project = TestProject::new("telling", &[("Cargo.toml", MANIFEST), ("src/lib.rs", lib)]);
    check_listed(&project, &[("shop::one", "woven, not built"), ("shop::two", "woven, not built")]);
    assert!(project.omegi("list").ok().stdout.contains("not built yet"));
    assert!(!project.has("target"));
    project.omegi_with("build -q", &[("CARGO_OMEGI_LEAVE", "shop::two")]).ok();
    check_listed(&project, &[("shop::one", "woven"), ("shop::two", "unwanted")]);
    let excluded = project.omegi_with("list", &[("CARGO_OMEGI_LEAVE", "shop::one")]).ok().stdout;
    assert!(excluded.contains("shop::one  src/lib.rs:1  unwanted, not built"), "{excluded}");
    project.write("src/lib.rs", &lib.replace("one() ->", "one(_: u8) ->"));
    check_listed(&project, &[("shop::one", "woven, not built"), ("shop::two", "unwanted")]);
    let table = project.omegi("list").ok().stdout;
    assert!(table.contains("span: default, not built") && !table.contains("not built yet"), "{table}");
}

#[test]
fn a_long_chain_of_calls_is_woven_whole() {
    let link =
        |nth: u32| format!("fn f{nth}(n: u32) -> Result<u32, String> {{ Ok(f{}(n)?.max(n)) }}\n", nth + 1);
    let mut text: String = (0..200).map(link).collect();
    text.push_str("fn f200(n: u32) -> Result<u32, String> { Ok(n.pow(2)) }\n");
    text.push_str("fn main() { println!(\"{:?}\", f0(3)) }\n");
    let project = TestProject::new("chain", &[("Cargo.toml", MANIFEST), ("src/main.rs", &text)]);
    let warnings = warnings(&project.omegi("build").ok());
    assert!(warnings.is_empty(), "{warnings:?}");
    assert!(listed(&project).iter().all(|(_, word)| word == "woven"), "{:?}", listed(&project));
}

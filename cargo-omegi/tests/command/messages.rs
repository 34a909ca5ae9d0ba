//! The compiler's messages about the woven program are those about the plain one.

use crate::project::{MANIFEST, TestProject};

fn compare(name: &str, main: &str, code: i32) -> String {
    let project = TestProject::new(name, &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let (plain, woven) = (project.cargo("build"), project.omegi("build"));
    assert_eq!(plain.code, Some(code), "{}", plain.stderr);
    assert_eq!(woven.code, Some(code), "{}", woven.stderr);
    assert_eq!(woven.messages(), plain.messages());
    plain.messages()
}

#[test]
fn errors_are_those_of_the_sources() {
    let main = "fn main() { let _: u8 = half(1); undefined(); }\n\
        fn half(n: u32) -> Result<u32, String> {\n    let text: &str = n?;\n    Ok(n / 2)\n}\n";
    let output = compare("wrong", main, 101);
    assert!(output.contains("E0425") && output.contains("E0277"), "{output}");
    compare("unparsable", "fn main() { let = ; }\n", 101);
    compare("unclosed", "fn main() {\n", 101);
    compare(
        "borrowed",
        "fn main() { let mut v = vec![1]; let first = &v[0]; v.push(2); println!(\"{first}\"); }\n",
        101,
    );
}

#[test]
fn warnings_are_those_of_the_sources() {
    let main = "fn main() { let unused = half(1); }\n\
        fn half(mut n: u32) -> Result<u32, String> { Ok(n / 2) }\n\
        fn dead() { half(2).ok(); }\n";
    let output = compare("warned", main, 0);
    assert!(
        output.contains("unused_variables") && output.contains("unused_mut") && output.contains("dead_code"),
        "{output}"
    );
}

#[test]
fn a_crate_that_forbids_much_is_woven() {
    let main = "#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs, unused, clippy::all)]\n\
        //! A program.\nfn main() { let _ = half(1); }\n\
        fn half(n: u32) -> Result<u32, String> { Ok(helper(n)?) }\n\
        fn helper(n: u32) -> Result<u32, String> { n.checked_div(2).ok_or_else(String::new) }\n";
    let main = main.replace("clippy::all)]\n//! A program.", "clippy::all)]\n#![doc = \"A program.\"]");
    let project = TestProject::new("forbidding", &[("Cargo.toml", MANIFEST), ("src/main.rs", &main)]);
    project.cargo("build").ok();
    let woven = project.omegi("run -q").ok();
    assert_eq!(woven.spans(), ["main", "half", "helper"]);
}

#[test]
fn a_crate_that_does_not_compile_woven_is_skipped_with_a_warning() {
    // A crate of the 2015 edition finds omegi by a statement in its root. This root has a module of
    // that name.
    let manifest = MANIFEST.replace("2024", "2015");
    let main = "mod omegi { pub fn say() { println!(\"mine\"); } }\nfn main() { omegi::say(); }\n";
    let project = TestProject::new("healing", &[("Cargo.toml", &manifest), ("src/main.rs", main)]);
    let woven = project.omegi("run").ok();
    assert_eq!(woven.stdout, "mine\n");
    assert!(
        woven.stderr.contains("the crate shop is not woven: woven, it does not compile"),
        "{}",
        woven.stderr
    );
    assert!(project.has("target/omegi/skipped"));
    let list = project.omegi("list").ok().stdout;
    assert!(list.contains("crate-not-woven") && list.contains("2 functions\n"), "{list}");
    assert!(
        list.contains("shop (src/main.rs) is built as it is: its crate does not compile woven"),
        "{list}"
    );
}

#[test]
fn errors_that_a_check_does_not_find_are_not_blamed_on_the_weave() {
    let main = "fn main() { go::<0>(); }\n\
        fn go<const N: usize>() {\n    const { assert!(N > 0) };\n    println!(\"{N}\");\n}\n";
    assert!(compare("monomorphic", main, 101).contains("E0080"));
    let main =
        "unsafe extern \"C\" { fn nowhere(); }\nfn main() { go(); }\nfn go() { unsafe { nowhere() } }\n";
    let project = TestProject::new("unlinked", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let woven = project.omegi("build");
    assert_eq!(woven.code, Some(101), "{}", woven.stderr);
    assert!(woven.stderr.contains("nowhere") && !woven.stderr.contains("omegi:"), "{}", woven.stderr);
}

#[test]
fn a_module_file_inside_a_function_is_not_woven() {
    let main = "fn main() {\n    #[path = \"h.rs\"]\n    mod h;\n    h::say();\n    other();\n}\n\
        fn other() { println!(\"{}\", 1u8.count_ones()); }\n";
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", main),
        ("src/h.rs", "pub fn say() { println!(\"h\"); }\n"),
    ];
    let project = TestProject::new("module-in-function", &files);
    let woven = project.omegi("run -q").ok();
    assert_eq!(
        (woven.stdout.as_str(), woven.spans()),
        ("h\n1\n", vec!["other".to_owned()]),
        "{}",
        woven.stderr
    );
    assert!(!woven.stderr.contains("omegi:"), "{}", woven.stderr);
    assert!(project.omegi("list").ok().stdout.contains("file-module"));
}

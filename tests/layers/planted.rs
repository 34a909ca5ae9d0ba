//! Checks the test of circles against small crates with one circle each, and without.

use std::collections::BTreeMap;

use crate::imports::{circles, imports};

/// Returns the files of each circle of a crate, given as files and their texts. The first file is
/// the root.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    let found = circles(&imports(files[0].0, &sources.collect::<BTreeMap<_, _>>()));
    found.into_iter().map(|circle| circle.files.into_iter().collect()).collect()
}

#[track_caller]
fn is_a_circle_of_a_and_b(root: &str, a: &str, b: &str) {
    let files = [("lib.rs", root), ("a.rs", a), ("b.rs", b)];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs"]], "{a} | {b}");
}

#[track_caller]
fn is_no_circle(root: &str, a: &str, b: &str) {
    assert!(circles_of(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]).is_empty(), "{a} | {b}");
}

const ROOT: &str = "mod a; mod b;";

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    is_a_circle_of_a_and_b(ROOT, "use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;");
    is_no_circle(ROOT, "use crate::b::B; pub struct A;", "pub struct B;");
}

#[test]
fn imports_by_super_and_self_count() {
    is_a_circle_of_a_and_b(ROOT, "use super::b::B; pub struct A;", "use super::a::A; pub struct B;");
    is_a_circle_of_a_and_b(
        ROOT,
        "mod inner { use super::super::b::B; } pub struct A;",
        "mod inner { fn f() { super::super::a::A } } pub struct B;",
    );
}

#[test]
fn a_re_export_is_followed_to_the_file_that_defines_the_name() {
    let root = "mod a; mod b; pub use a::A; pub use b::inner::B as Other;";
    is_a_circle_of_a_and_b(
        root,
        "use crate::Other; pub struct A;",
        "use super::A; pub mod inner { pub struct B; }",
    );
    let globs = "mod a; mod b; pub use a::*; pub use b::*;";
    is_a_circle_of_a_and_b(globs, "use crate::B; pub struct A;", "use crate::A; pub struct B;");
}

#[test]
fn paths_in_expressions_types_and_macros_count() {
    for use_of_b in [
        "fn f() { crate::b::g() }",
        "use super::b; fn f() { b::g() }",
        "use super::b as other; fn f(it: &[other::B]) {}",
        "fn f() { use super::b; println!(\"{}\", b::g()) }",
        "macro_rules! m { () => { $crate::b::g() } }",
        "impl crate::b::T for A { }",
    ] {
        let a = format!("{use_of_b} pub struct A;");
        is_a_circle_of_a_and_b(ROOT, &a, "use super::a::A; pub fn g() {} pub struct B; pub trait T {}");
    }
}

#[test]
fn a_module_alone_is_no_import() {
    is_no_circle(
        "mod a; mod b; pub use b::B;",
        "use super::b; pub struct A;",
        "use super::a::A; pub struct B;",
    );
    is_no_circle(ROOT, "fn f(it: It) { it.b.g() } pub struct A;", "use super::a::A; pub fn g() {}");
}

#[test]
fn code_of_tests_does_not_count() {
    for test in [
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(all(test, feature = \"x\"))] use crate::b::B;",
        "#[test] fn f() { crate::b::g() }",
        "impl A { #[cfg(test)] fn f() { crate::b::g() } }",
    ] {
        is_no_circle(ROOT, &format!("pub struct A; {test}"), "use super::a::A; pub struct B; pub fn g() {}");
    }
    let not_only = "#[cfg(any(test, feature = \"x\"))] use crate::b::B; pub struct A;";
    is_a_circle_of_a_and_b(ROOT, not_only, "#[cfg(not(test))] use super::a::A; pub struct B;");
}

#[test]
fn a_parent_and_its_child_can_be_a_circle() {
    let files = [
        ("lib.rs", "mod parent;"),
        ("parent/mod.rs", "mod child; pub use child::C; pub struct P;"),
        ("parent/child.rs", "use super::P; pub struct C;"),
    ];
    assert_eq!(circles_of(&files), [["parent/child.rs", "parent/mod.rs"]]);
}

#[test]
fn files_are_found_where_the_compiler_finds_them() {
    let files = [
        ("main.rs", "mod a; #[path = \"elsewhere/named.rs\"] mod b; mod inline { mod c; }"),
        ("a.rs", "mod below; use below::X; pub struct A;"),
        ("a/below.rs", "use crate::b::B; pub struct X;"),
        ("elsewhere/named.rs", "use crate::inline::c::C; pub struct B;"),
        ("inline/c.rs", "use crate::a::A; pub struct C;"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "a/below.rs", "elsewhere/named.rs", "inline/c.rs"]]);
}

#[test]
fn a_circle_is_reported_with_its_imports() {
    let files = [
        ("lib.rs", ROOT),
        ("a.rs", "\nuse crate::b::B;\npub struct A;"),
        ("b.rs", "use super::a::A;\npub struct B;"),
    ];
    let sources = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let actual: String =
        circles(&imports("lib.rs", &sources.into())).iter().map(ToString::to_string).collect();
    let expected =
        "a circle of 2 files: a.rs, b.rs\n    a.rs:2 -> b.rs: crate::b::B\n    b.rs:1 -> a.rs: super::a::A\n";
    assert_eq!(actual, expected);
}

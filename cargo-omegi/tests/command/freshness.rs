//! Cargo compiles changed crates again, and no others.

use std::thread::sleep;
use std::time::Duration;

use crate::project::{MANIFEST, TestProject};

/// Waits longer than a tick of the coarsest clock of a file system.
fn wait() {
    sleep(Duration::from_millis(1100));
}

#[test]
fn an_edit_is_noticed_and_nothing_is_compiled_twice() {
    let main = "mod a;\nfn main() { println!(\"{}{}\", a::say(), include_str!(\"../text.txt\")); }\n";
    let a = |text: &str| format!("pub fn say() -> String {{ format!(\"{text}\") }}\n");
    let files = [("Cargo.toml", MANIFEST), ("src/main.rs", main), ("src/a.rs", &a("one")), ("text.txt", "!")];
    let project = TestProject::new("editing", &files);
    let (plain, woven) = (project.cargo("run").ok(), project.omegi("run").ok());
    assert!(plain.has_compiled() && woven.has_compiled());
    assert_eq!(woven.stdout, "one!\n");
    // Neither build invalidates the other.
    assert!(!project.omegi("run").ok().has_compiled());
    assert!(!project.cargo("run").ok().has_compiled());
    wait();
    project.write("src/a.rs", &a("two"));
    let edited = project.omegi("run").ok();
    assert_eq!(edited.stdout, "two!\n");
    assert!(edited.has_compiled() && !project.omegi("run").ok().has_compiled());
    wait();
    project.write("text.txt", "?");
    assert_eq!(project.omegi("run").ok().stdout, "two?\n");
}

#[test]
fn the_packages_that_a_named_one_needs_are_woven_as_well() {
    let member =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    let shop = member("shop") + "[dependencies]\nstock = { path = \"../stock\" }\n";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"stock\"]\nresolver = \"2\"\n"),
        ("shop/Cargo.toml", &shop),
        ("shop/src/main.rs", "fn main() { sell(); }\nfn sell() { stock::take(); }\n"),
        ("stock/Cargo.toml", &member("stock")),
        (
            "stock/src/lib.rs",
            "pub fn take() { count(); }\nfn count() { std::hint::black_box(1u8.count_ones()); }\n",
        ),
    ];
    let project = TestProject::new("members", &files);
    let all = project.omegi("run -q").ok();
    assert_eq!(all.spans(), ["main", "sell", "take", "count"]);
    let one = project.omegi("run -p shop").ok();
    assert_eq!(one.spans(), ["main", "sell", "take", "count"]);
    assert!(!one.has_compiled(), "{}", one.stderr);
    let inside = project.folder.join("stock");
    let root = [("OMEGI_PROJECT_ROOT", inside.to_str().unwrap())];
    assert_eq!(project.omegi_with("run -q", &root).ok().spans(), ["take", "count"]);
    // All are woven again: cargo compiles once more, and then not again.
    assert_eq!(project.omegi("run -q").ok().spans().len(), 4);
    assert!(!project.omegi("run").ok().has_compiled());
}

//! The public interface is the one that `public-api/` lists: a change of it is seen in review.
//!
//! The list is read from rustdoc's pages, so it holds exactly the items that users see, and any
//! stable compiler can make it. Of standard marker traits it has only those that a type lacks.

mod listing;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use omegi_tests::sources::root;

const UPDATE: &str = "UPDATE_PUBLIC_API=1 cargo test -p omegi-tests --test public_api";

#[test]
fn the_public_interface_is_the_listed_one() {
    let crates = published_for_users();
    let mut changes = String::new();
    for (variant, feature) in [("enabled", "--all-features"), ("disabled", "--no-default-features")] {
        let pages = document(&crates, variant, feature);
        for name in &crates {
            let listing = listing::of_pages(&pages.join(name.replace('-', "_")));
            assert!(listing.lines().count() > 3, "rustdoc's pages of {name} are not understood:\n{listing}");
            let file = Path::new("public-api").join(format!("{name}-{variant}.txt"));
            changes += &compare(&file, &listing);
        }
    }
    assert!(
        changes.is_empty(),
        "the public interface has changed:\n{changes}\nIf this is wanted, run `{UPDATE}`, \
         and add the change to CHANGELOG.md."
    );
}

#[test]
fn a_changed_item_is_a_changed_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public_api");
    let list = |program: &str| {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("shop.rs"), program).unwrap();
        let rustdoc = Command::new("rustdoc")
            .args(["--edition=2024", "shop.rs", "-o", "doc"])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(rustdoc.status.success(), "{}", String::from_utf8_lossy(&rustdoc.stderr));
        listing::of_pages(&folder.join("doc/shop"))
    };
    let program = "
        pub mod orders {
            /// Text of no interest.
            #[derive(Clone)]
            pub struct Order<T>(pub T, u32);
            impl<T: Clone> Order<T> {
                pub fn item(&self) -> Option<&T> { None }
                fn secret(&self) {}
            }
        }
        pub trait Shop { const OPEN: bool; type Item; fn sell(&self) -> Self::Item; }
        #[non_exhaustive]
        pub enum Answer { Yes, No { reason: String } }
        pub struct Local(pub std::rc::Rc<u8>);
        impl Iterator for Local { type Item = u8; fn next(&mut self) -> Option<u8> { None } }
        #[macro_export]
        macro_rules! price { ($e:expr) => {} }
        #[doc(no_inline)]
        pub use std::cmp::Ordering as Order;
        #[doc(hidden)]
        pub fn hidden() {}
    ";
    let before = list(program);
    for (old, new, shown) in [
        ("Option<&T>", "Option<T>", "+         pub fn item(&self) -> Option<T>"),
        ("pub T, u32", "T, u32", "+     pub struct Order<T>(/* private fields */);"),
        ("reason: String", "reason: &'static str", "+             reason: &'static str,"),
        ("#[non_exhaustive]", "", "-     #[non_exhaustive]"),
        ("derive(Clone)", "derive(Debug)", "-     impl<T: Clone> Clone for Order<T>"),
        ("type Item = u8", "type Item = u16", "+         type Item = u16"),
        ("rc::Rc<u8>", "sync::Arc<u8>", "-     impl !Send for Local"),
        ("const OPEN: bool", "const OPEN: u8", "+         const OPEN: u8;"),
        ("($e:expr)", "($t:ty)", "+         ($t:ty) => { ... };"),
        ("Ordering as", "Reverse as", "+     pub use std::cmp::Reverse as Order;"),
    ] {
        assert!(program.contains(old), "{old}");
        // A field that changes its type changes the function with it.
        let program = program.replace(old, new).replace("Option<u8> {", "Option<Self::Item> {");
        let changes = difference(&before, &list(&program));
        assert!(changes.lines().any(|line| line == shown), "{new}:\n{changes}\n{before}");
    }
    for (old, new) in [
        ("no interest", "little interest"),
        ("fn secret(&self)", "fn secret(self)"),
        ("pub fn hidden()", "pub fn hidden() -> u8"),
    ] {
        assert!(program.contains(old), "{old}");
        let program = program.replace(old, new).replace("u8 {}", "u8 { 0 }");
        assert_eq!(difference(&before, &list(&program)), "", "{new}");
    }
}

/// Returns the crates on whose interface users rely: the facade, its settings, and the
/// integrations.
fn published_for_users() -> Vec<String> {
    let integrations = fs::read_dir(root().join("integrations")).unwrap();
    let integrations = integrations.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut crates: Vec<_> = integrations.chain(["omegi".to_owned(), "omegi-config".to_owned()]).collect();
    crates.sort();
    crates
}

/// Documents `crates`, and returns the folder of the pages.
///
/// Libraries come from the builds of this workspace. The pages have a folder of their own, because
/// those of one crate with other features have the same names.
fn document(crates: &[String], variant: &str, feature: &str) -> PathBuf {
    let builds = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let target = builds.join("public-api").join(variant);
    let pages = target.join("doc");
    // Otherwise cargo may take the pages of an earlier call for those of this one.
    let _ = fs::remove_dir_all(&pages);
    let output = Command::new(std::env::var_os("CARGO").unwrap())
        .args(["doc", "--no-deps", feature, "--target-dir"])
        .arg(&target)
        .args(crates.iter().flat_map(|name| ["--package", name]))
        .env("CARGO_BUILD_BUILD_DIR", builds)
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    pages
}

/// Returns how `listing` differs from the content of `file`, or writes the file if that is asked
/// for.
fn compare(file: &Path, listing: &str) -> String {
    let path = root().join(file);
    if std::env::var_os("UPDATE_PUBLIC_API").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, listing).unwrap();
        return String::new();
    }
    let changes = difference(&fs::read_to_string(&path).unwrap_or_default(), listing);
    if changes.is_empty() { changes } else { format!("{}:\n{changes}", file.display()) }
}

/// Returns the lines that only `before` has, after `-`, and those that only `after` has, after `+`.
fn difference(before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .fold(String::new(), |mut lines, change| {
            write!(lines, "{} {}", change.tag(), change.value()).unwrap();
            lines
        })
}

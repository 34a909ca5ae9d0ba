//! The documentation of the published crates, as docs.rs builds it.

mod page;
mod twins;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use omegi_tests::sources::root;
use page::{Item, internal_names, items, text};

/// The crates that programs depend on. Each item of them has an example.
const FOR_USERS: &[&str] = &[
    "omegi",
    "omegi-actix-web",
    "omegi-axum",
    "omegi-config",
    "omegi-http",
    "omegi-reqwest",
    "omegi-tonic",
    "omegi-tower",
];

/// The crates that those are made of.
const INTERNAL: &[&str] = &["omegi-kafka", "omegi-macros", "omegi-otlp", "omegi-runtime", "omegi-weave"];

/// Kinds of items whose description says all.
const KINDS_WITHOUT_EXAMPLE: &[&str] = &["constant", "static", "type"];

/// Items without an example that rustdoc runs, and the reason.
const WITHOUT_EXAMPLE: &[(&[&str], &str)] = &[
    (&["instrument_modules"], "it reads files of a project; the guide builds such a project"),
    (
        &[
            "GrpcClientExchange",
            "GrpcServerExchange",
            "HttpClientExchange",
            "HttpServerExchange",
            "ResponseBody",
            "ResponseFuture",
            "ServerMiddlewareService",
            "ServerResponseBody",
            "ServerResponseFuture",
        ],
        "layers and middleware make it, and no program names it",
    ),
];

/// Builds the documentation once, as docs.rs does, and returns its folder.
///
/// Warnings fail the build: also those about links that lead nowhere.
fn documentation() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = root().join("target");
        let folder = target.join("doc");
        // Pages of items that are gone would stay. Cargo builds a crate anew whose folder is gone.
        for name in FOR_USERS.iter().chain(INTERNAL) {
            let _ = fs::remove_dir_all(folder.join(name.replace('-', "_")));
        }
        let packages = FOR_USERS.iter().chain(INTERNAL).flat_map(|name| ["--package", name]);
        let output = Command::new(env!("CARGO"))
            .args(["doc", "--no-deps", "--all-features", "--quiet", "--target-dir"])
            .arg(&target)
            .args(packages)
            .env("RUSTDOC", rustdoc_of_docs_rs())
            .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        folder
    })
}

/// Returns a rustdoc that takes unstable features, as the nightly one of docs.rs does.
fn rustdoc_of_docs_rs() -> PathBuf {
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rustdoc-of-docs-rs");
    let flags = INTERNAL
        .iter()
        .map(|name| format!("--extern-html-root-url {}=https://docs.rs/{name} ", name.replace('-', "_")));
    let flags = flags.collect::<String>();
    let text = format!("#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\" -Zunstable-options {flags}\n");
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// Returns the pages of a crate: the path below its folder, and the text.
fn pages(name: &str) -> Vec<(String, String)> {
    let folder = documentation().join(name.replace('-', "_"));
    let mut folders = vec![folder.clone()];
    let mut pages = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push((path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned(), text));
            }
        }
    }
    pages.sort();
    assert!(!pages.is_empty(), "{name} has no documentation");
    pages
}

/// Returns the items of crates for which `is_wrong` holds, one a line.
fn found(crates: &[&str], is_wrong: impl Fn(&Item) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for name in crates {
        for (path, page) in pages(name) {
            let file = path.rsplit('/').next().unwrap();
            let wrong = items(file, &page).into_iter().filter(&is_wrong);
            found.extend(wrong.map(|item| format!("{name}/{path}: {} {}", item.kind, item.name)));
        }
    }
    found
}

fn assert_none(found: &[String], problem: &str) {
    assert!(found.is_empty(), "{} {problem}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_page_has_a_description() {
    let crates = [FOR_USERS, INTERNAL].concat();
    assert_none(&found(&crates, |item| !item.has_description), "items without a description");
}

#[test]
fn every_item_has_an_example() {
    let is_listed = |item: &Item| WITHOUT_EXAMPLE.iter().any(|(names, _)| names.contains(&&*item.name));
    let is_wrong = |item: &Item| {
        let says_all = item.is_getter || KINDS_WITHOUT_EXAMPLE.contains(&item.kind.as_str());
        !item.has_example && !says_all && !is_listed(item)
    };
    assert_none(&found(FOR_USERS, is_wrong), "items without an example");
    let has_one = |item: &Item| item.has_example && is_listed(item);
    assert_none(&found(FOR_USERS, has_one), "items with an example, which the list need not name");
}

#[test]
fn no_page_names_an_internal_crate() {
    let internal: Vec<_> = INTERNAL.iter().map(|name| name.replace('-', "_")).collect();
    let internal: Vec<_> = internal.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for name in FOR_USERS {
        for (path, page) in pages(name) {
            // An integration's types link to their declarations, which are in `omegi_runtime`:
            // rustdoc does not know that `omegi` exports them. Its text names `omegi` alone.
            let shown = if *name == "omegi" { page } else { text(&page) };
            let names = internal_names(&shown, &internal);
            found.extend(names.iter().map(|names| format!("{name}/{path}: {names}")));
        }
    }
    assert_none(&found, "places that name an internal crate");
}

#[test]
fn items_without_the_feature_are_described_like_their_twins() {
    assert_none(&twins::differences(), "differences between `off.rs` and its twins");
}

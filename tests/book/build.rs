//! Lists the documents: a test and a module of doctests for each of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", root.join("docs").display());

    let mut documents = vec![PathBuf::from("README.md")];
    markdown_below(&root, Path::new("docs"), &mut documents);
    documents.sort();

    let (mut tests, mut doctests) = (String::new(), String::new());
    for document in documents {
        let path = document.to_str().unwrap();
        let name = path.trim_start_matches("docs/").trim_end_matches(".md").replace(['/', '-'], "_");
        let name = name.to_lowercase();
        let body = format!("omegi_book::run({path:?}, env!(\"CARGO_BIN_EXE_otlp-receiver\"));");
        writeln!(tests, "#[test]\nfn {name}() {{\n    {body}\n}}").unwrap();
        // rustdoc counts the lines of a document from its attribute: in the first line of a file
        // of its own they are those of the document.
        let file = out.join(format!("{name}.rs"));
        fs::write(&file, format!("#![doc = include_str!({:?})]\n", root.join(path))).unwrap();
        writeln!(doctests, "#[path = {file:?}]\nmod {name};").unwrap();
    }
    fs::write(out.join("tests.rs"), tests).unwrap();
    fs::write(out.join("doctests.rs"), doctests).unwrap();
}

fn markdown_below(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    // `cargo package` builds this crate alone, without the documents.
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            markdown_below(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

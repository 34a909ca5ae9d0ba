//! Build scripts that call the compiler by themselves, through the wrappers that cargo names.

use crate::project::{MANIFEST, TestProject};

/// Calls the compiler in many ways, and tells those that fail.
const PROBING: &str = r#"
use std::env;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const PROBE: &str = "pub fn probe(n: u8) -> Result<u8, String> { n.checked_add(1).ok_or_else(String::new) }";

/// Returns the call of the compiler as anyhow, thiserror and proc-macro2 make it.
fn compiler() -> Command {
    let wrappers = ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"];
    let wrappers = wrappers.map(|name| env::var_os(name).unwrap_or_default());
    let rustc = env::var_os("RUSTC").unwrap();
    let words: Vec<_> = wrappers.into_iter().filter(|it| !it.is_empty()).chain([rustc]).collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

fn main() {
    println!("cargo::rerun-if-changed=probe.rs");
    let out = env::var("OUT_DIR").unwrap();
    let (name, package) = (env::var("CARGO_PKG_NAME").unwrap(), env::var("CARGO_MANIFEST_DIR").unwrap());
    let in_out = Path::new(&out).join("probe.rs");
    std::fs::write(&in_out, PROBE).unwrap();
    let sources = [in_out.to_str().unwrap().to_owned(), format!("{package}/probe.rs"), "-".to_owned()];
    for (at, source) in sources.iter().enumerate() {
        for crate_name in [name.as_str(), "probe", "build_script_build"] {
            for target in [None, Some(env::var("TARGET").unwrap())] {
                let folder = format!("{out}/{at}-{crate_name}-{}", target.is_some());
                std::fs::create_dir_all(&folder).unwrap();
                let mut command = compiler();
                command.args(["--edition=2021", "--crate-type=lib", "--emit=dep-info,metadata", "--out-dir"]);
                command.arg(&folder).args(["--crate-name", crate_name]).arg(source);
                command.args(target.iter().flat_map(|it| ["--target", it]));
                let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
                child.stdin.take().unwrap().write_all(PROBE.as_bytes()).unwrap();
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() && said.is_empty(), "{folder}: {said}");
                let dep_info = std::fs::read_to_string(format!("{folder}/{crate_name}.d")).unwrap();
                assert!(!dep_info.contains("OMEGI"), "{folder}: {dep_info}");
            }
        }
    }
    let refused = compiler().args(["--crate-name", &name, "--emit=metadata", "--out-dir", &out, "-"])
        .stdin(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(refused.code(), Some(1), "a crate without main");
    // A cargo of its own, with a package of the same name.
    let nested = format!("{out}/nested");
    std::fs::create_dir_all(format!("{nested}/src")).unwrap();
    let manifest =
        format!("[package]\nname = {name:?}\nversion = \"9.0.0\"\nedition = \"2021\"\n[workspace]\n");
    let main = "fn main() { println!(\"{}\", 1u8.count_ones()); }";
    std::fs::write(format!("{nested}/Cargo.toml"), manifest).unwrap();
    std::fs::write(format!("{nested}/src/main.rs"), main).unwrap();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap());
    cargo.args(["build", "-q", "--offline", "--target-dir"]).arg(format!("{nested}/target"));
    cargo.current_dir(&nested);
    assert!(cargo.status().unwrap().success());
    let built = Command::new(format!("{nested}/target/debug/{name}")).output().unwrap();
    assert!(built.stdout == b"1\n" && built.stderr.is_empty(), "{built:?}");
}
"#;

#[test]
fn probes_are_compiled_as_they_are() {
    let main = "fn main() { call(); }\nfn call() { println!(\"{}\", 1u8.count_ones()); }\n";
    let files = [
        ("Cargo.toml", MANIFEST),
        ("build.rs", PROBING),
        ("probe.rs", "pub fn probe(n: u8) -> Option<u8> { n.checked_add(1) }\n"),
        ("src/main.rs", main),
    ];
    let project = TestProject::new("probing", &files);
    let woven = project.omegi("run").ok();
    assert_eq!(woven.spans(), ["main", "call"], "{}", woven.stderr);
    let mirrors = std::fs::read_dir(project.folder.join("target/omegi/woven")).unwrap();
    let mirrors: Vec<_> = mirrors.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(mirrors.len(), 1, "only the program is woven: {mirrors:?}");
    assert!(!project.omegi("run").ok().has_compiled());
}

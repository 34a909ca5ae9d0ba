//! With the feature `enable` off, the program has the machine code of the source as written.

use std::path::{Path, PathBuf};
use std::process::Command;

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Builds omegi without any feature, and returns the path of its library.
fn omegi_without_features(target: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "omegi", "--lib", "--target-dir"])
        .arg(target)
        .current_dir(root));
    target.join("release")
}

/// Returns the assembly of `source`, compiled as a crate of the same name.
fn assembly(source: &str, name: &str, optimisation: &str, omegi: &Path) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("sample.rs"), source).unwrap();
    let library = omegi.join("libomegi.rlib");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    run(Command::new(rustc)
        .args([
            "sample.rs",
            "--edition=2024",
            "--crate-type=lib",
            "--emit=asm",
            "-o",
            "sample.s",
            optimisation,
        ])
        .arg("--extern")
        .arg(format!("omegi={}", library.display()))
        .arg("-L")
        .arg(omegi.join("deps"))
        .current_dir(&folder));
    std::fs::read_to_string(folder.join("sample.s")).unwrap()
}

/// Returns `source` with an empty line in place of each one that contains `what`: the others keep
/// their numbers.
fn without(what: &str, source: &str) -> String {
    source
        .lines()
        .map(|line| if line.contains(what) { "\n".to_owned() } else { format!("{line}\n") })
        .collect()
}

#[test]
fn switched_off_the_machine_code_is_that_of_the_plain_program() {
    let written = include_str!("off/sample.rs");
    let omegi = omegi_without_features(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("off"));
    // Without optimisation a call of an empty function stays a call, so only the attributes leave
    // no trace there.
    let attributes_only = without("omegi::init", written);
    for (written, optimisation) in [(written, "-Copt-level=3"), (&attributes_only, "-Copt-level=0")] {
        let plain = without("omegi::", written);
        assert_ne!(written, plain);
        let with_attributes = assembly(written, "with-attributes", optimisation, &omegi);
        let without = assembly(&plain, "plain", optimisation, &omegi);
        assert!(without.contains("exported") && without.len() > 2_000);
        let folder = env!("CARGO_TARGET_TMPDIR");
        assert!(
            with_attributes == without,
            "{optimisation}: the machine code differs; compare the files in {folder}"
        );
    }
}

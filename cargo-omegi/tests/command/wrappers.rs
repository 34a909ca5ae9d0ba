//! The user's programs in front of the compiler: sccache and its like.

use std::path::PathBuf;

use crate::project::{MANIFEST, TestProject};

const MAIN: &str =
    "fn main() { other::help(); call(); }\nfn call() { println!(\"{}\", 1u8.count_ones()); }\n";

/// A project with a dependency outside of its workspace, and programs that log their calls.
struct Wrapped(TestProject);

impl Wrapped {
    fn new(name: &str) -> Self {
        let manifest = format!("{MANIFEST}[dependencies]\nother = {{ path = \"../{name}-other\" }}\n");
        let other = "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
        let library = [("Cargo.toml", other), ("src/lib.rs", "pub fn help() {}\n")];
        TestProject::new(&format!("{name}-other"), &library);
        let project = TestProject::new(name, &[("Cargo.toml", &manifest), ("src/main.rs", MAIN)]);
        for wrapper in ["cache", "lint"] {
            let path = project.folder.join(wrapper);
            let text = format!("#!/bin/sh\necho \"$@\" >> {}.log\nexec \"$@\"\n", path.display());
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        Self(project)
    }

    fn path(&self, wrapper: &str) -> PathBuf {
        self.0.folder.join(wrapper)
    }

    /// Builds woven, and returns the calls that each program got for the crates `shop` and `other`.
    #[track_caller]
    fn calls(&self, words: &str, variables: &[(&str, &str)]) -> [Vec<String>; 2] {
        let _ = std::fs::remove_dir_all(self.path("target"));
        for log in ["cache.log", "lint.log"] {
            let _ = std::fs::remove_file(self.path(log));
        }
        let woven = self.0.omegi_with(words, variables).ok();
        assert_eq!(woven.spans(), ["main", "call"], "{words} {variables:?}: {}", woven.stderr);
        ["cache.log", "lint.log"].map(|log| {
            let log = std::fs::read_to_string(self.path(log)).unwrap_or_default();
            let of_crates = log
                .lines()
                .filter(|line| line.contains("--crate-name shop ") || line.contains("--crate-name other "));
            of_crates.map(str::to_owned).collect()
        })
    }

    #[track_caller]
    fn is_called(&self, words: &str, variables: &[(&str, &str)], [of_all, of_members]: [bool; 2]) {
        let [cache, lint] = self.calls(words, variables);
        let of = |calls: &[String], name: &str| {
            calls
                .iter()
                .filter(|call| call.contains(&format!("--crate-name {name} ")))
                .cloned()
                .collect::<Vec<_>>()
        };
        let case = format!("{words} {variables:?}: {cache:?} {lint:?}");
        assert_eq!([of(&cache, "other").len(), of(&cache, "shop").len()], [usize::from(of_all); 2], "{case}");
        assert_eq!(
            [of(&lint, "other").len(), of(&lint, "shop").len()],
            [0, usize::from(of_members)],
            "{case}"
        );
        // They get the woven sources, and the compiler.
        let of_shop = of(&cache, "shop").into_iter().chain(of(&lint, "shop"));
        assert!(of_shop.into_iter().all(|call| call.contains("/woven/")), "{case}");
        assert!(!case.contains("cargo-omegi "), "{case}");
        if of_all && of_members {
            let first = of(&cache, "shop")[0].split(' ').next().unwrap().to_owned();
            assert!(first.ends_with("/lint"), "{case}");
        }
    }
}

#[test]
fn the_users_wrappers_are_called_for_woven_crates() {
    let wrapped = Wrapped::new("wrapped");
    let (cache, lint) = (wrapped.path("cache"), wrapped.path("lint"));
    let (cache, lint) = (cache.to_str().unwrap(), lint.to_str().unwrap());
    wrapped.is_called("run -q", &[], [false, false]);
    wrapped.is_called("run -q", &[("RUSTC_WRAPPER", cache)], [true, false]);
    wrapped.is_called("run -q", &[("RUSTC_WRAPPER", "./cache")], [true, false]);
    wrapped.is_called("run -q", &[("RUSTC_WORKSPACE_WRAPPER", lint)], [false, true]);
    let both = [("CARGO_BUILD_RUSTC_WRAPPER", cache), ("CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER", lint)];
    wrapped.is_called("run -q", &both, [true, true]);
    wrapped.is_called(&format!("run -q --config build.rustc-wrapper=\"{cache}\""), &[], [true, false]);
    wrapped.0.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"./cache\"\nrustc-workspace-wrapper = \"./lint\"\n",
    );
    wrapped.is_called("run -q", &[], [true, true]);
    // An empty name stands for none.
    wrapped.is_called("run -q", &[("RUSTC_WRAPPER", "")], [false, true]);
    wrapped.is_called("run -q", &[("RUSTC_WRAPPER", ""), ("RUSTC_WORKSPACE_WRAPPER", "")], [false, false]);
    // This program itself is no wrapper in front of itself.
    let own = env!("CARGO_BIN_EXE_cargo-omegi");
    wrapped.is_called("run -q", &[("RUSTC_WRAPPER", own), ("RUSTC_WORKSPACE_WRAPPER", own)], [false, false]);
}

#[test]
fn a_wrapper_that_does_not_exist_is_named() {
    let project =
        TestProject::new("unwrapped", &[("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}\n")]);
    for variable in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        for wrapper in ["/nowhere/cache", "no-such-cache"] {
            let woven = project.omegi_with("run -q", &[(variable, wrapper)]);
            assert_eq!(woven.code, Some(5), "{woven:?}");
            assert!(woven.stderr.contains(wrapper) && woven.stderr.lines().count() == 1, "{}", woven.stderr);
        }
    }
    let output = project.omegi_with("run", &[("RUSTC_WRAPPER", "/bin/false")]);
    assert_ne!(output.code, Some(0), "{output:?}");
    assert!(output.stderr.contains("error: "), "{}", output.stderr);
}

//! `cargo omegi enable`: builds by cargo alone are woven.

use std::path::Path;

use crate::project::{MANIFEST, ProgramOutput, TestProject};

const MAIN: &str = "fn main() { println!(\"{}\", add(1)); }
fn add(n: u8) -> u8 { n.wrapping_add(std::env::args().count() as u8) }
#[test] fn adds() { assert_eq!(add(1), 9, \"of {}\", std::env::args().count()); }
";

const CONFIGURATION: &str = ".cargo/config.toml";

/// A project whose builds may be enabled.
struct Enabled(TestProject);

impl Enabled {
    fn new(name: &str, more: &[(&str, &str)]) -> Self {
        let files = [&[("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)], more].concat();
        Self(TestProject::new(name, &files))
    }

    /// Runs `cargo` or `cargo omegi` with `cargo-omegi` on the PATH.
    fn run(&self, words: &str, variables: &[(&str, &str)]) -> ProgramOutput {
        let program = Path::new(env!("CARGO_BIN_EXE_cargo-omegi"));
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let variables = [&[("PATH", path.as_str())], variables].concat();
        match words.strip_prefix("omegi ") {
            Some(words) => self.0.omegi_with(words, &variables),
            None => self.0.cargo_with(words, &variables),
        }
    }

    fn configuration(&self) -> Option<String> {
        std::fs::read_to_string(self.0.folder.join(CONFIGURATION)).ok()
    }
}

const ALL: &[(&str, &str)] = &[("OMEGI_FLOW_RATE", "1")];

#[test]
fn a_build_by_cargo_alone_is_woven_until_it_is_disabled() {
    let project = Enabled::new("enabled", &[]);
    assert_eq!(project.run("run -q", ALL).ok().stderr, "");
    let enabled = project.run("omegi enable", &[]).ok();
    assert!(
        enabled.stderr.contains("by rustc-workspace-wrapper in .cargo/config.toml"),
        "{}",
        enabled.stderr
    );
    let woven = project.run("run -q", ALL).ok();
    assert_eq!((woven.stdout.as_str(), woven.spans()), ("2\n", vec!["main".to_owned(), "add".to_owned()]));
    // Nothing is compiled twice, neither by cargo nor by `cargo omegi`.
    assert!(!project.run("build", ALL).ok().has_compiled());
    assert!(project.run("omegi build", &[]).ok().has_compiled());
    assert!(!project.run("omegi build", &[]).ok().has_compiled());
    assert!(!project.run("build", ALL).ok().has_compiled());
    // Another set of exporters is another build.
    let plainly = project.run("build", &[("OMEGI_SIGNALS", "true")]).ok();
    assert!(plainly.has_compiled(), "{}", plainly.stderr);
    let tested = project.run("test -q", &[]);
    assert_eq!(tested.code, Some(101));
    assert!(!tested.stdout.contains("\"name\"") && tested.spans().is_empty(), "{tested:?}");
    assert!(project.0.has("target/omegi/flows.json"), "{tested:?}");
    project.run("omegi disable", &[]).ok();
    assert_eq!(project.configuration(), None);
    assert!(!project.0.has(".cargo"));
    assert_eq!(project.run("run -q", ALL).ok().stderr, "");
}

#[test]
fn the_rest_of_the_configuration_stays() {
    let text = "[build] # ours\njobs = 1\n[alias]\nb = \"build\"\n";
    let project = Enabled::new("enabled-beside", &[(CONFIGURATION, text)]);
    project.run("omegi enable", &[]).ok();
    let again = project.run("omegi enable", &[]).ok();
    assert!(again.stderr.contains("are woven already"), "{}", again.stderr);
    let wrapper = "rustc-workspace-wrapper = \"cargo-omegi\"\n";
    assert_eq!(project.configuration().unwrap(), text.replace("1\n", &format!("1\n{wrapper}")));
    project.run("omegi disable", &[]).ok();
    assert_eq!(project.configuration().as_deref(), Some(text));
    let again = project.run("omegi disable", &[]).ok();
    assert!(again.stderr.contains("nothing changed"), "{}", again.stderr);
}

#[test]
fn a_file_keeps_its_link_and_its_rights() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = "# a token is here\r\n[build]\r\n";
    let project = Enabled::new("enabled-link", &[("dotfiles/cargo.toml", text)]);
    let file = project.0.folder.join("dotfiles/cargo.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::create_dir(project.0.folder.join(".cargo")).unwrap();
    std::os::unix::fs::symlink("../dotfiles/cargo.toml", project.0.folder.join(CONFIGURATION)).unwrap();
    for (words, expected) in [
        ("omegi enable", format!("{text}rustc-workspace-wrapper = \"cargo-omegi\"\r\n")),
        ("omegi disable", text.to_owned()),
    ] {
        project.run(words, &[]).ok();
        assert!(project.0.folder.join(CONFIGURATION).is_symlink(), "{words}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), expected, "{words}");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{words}");
    }
}

#[test]
fn a_project_that_cannot_be_enabled_is_left_as_it_is() {
    let lint = "[build]\nrustc-workspace-wrapper = \"sh\"\n";
    for (name, text, variables, message) in [
        ("lint", lint, &[][..], "cannot enable omegi: sh stands before the compiler already; use"),
        ("cache", "", &[("RUSTC_WRAPPER", "sccache")][..], "sccache stands before the compiler already"),
        ("broken", "[build\n", &[], "could not load Cargo configuration: TOML parse error at line 1"),
        ("number", "build = 1\n", &[], "invalid configuration for key `build`"),
    ] {
        let files = [(CONFIGURATION, text)];
        let project = Enabled::new(&format!("not-enabled-{name}"), &files);
        let output = project.run("omegi enable", variables);
        assert_eq!(output.code, Some(3), "{name}: {}", output.stderr);
        assert!(output.stderr.contains(message), "{name}: {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{name}: {}", output.stderr);
        assert_eq!(project.configuration().as_deref(), Some(text), "{name}");
    }
    let project = Enabled::new("not-enabled-path", &[]);
    let output = project.0.omegi_with("enable", &[]);
    assert_eq!(output.code, Some(5), "{}", output.stderr);
    assert!(output.stderr.contains("cargo looks for cargo-omegi on the PATH, and it is not there; add "));
    assert!(!project.0.has(".cargo"));
}

#[test]
fn a_compiler_that_is_named_like_a_command_is_a_compiler() {
    let project = Enabled::new("enabled-rustc", &[]);
    let woven = project.run("omegi run -q", &[("RUSTC", "rustc")]).ok();
    assert_eq!(woven.spans(), ["main", "add"], "{}", woven.stderr);
}

#[test]
fn members_tests_and_libraries_are_woven_in_their_target_folder() {
    let member = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}")
    };
    let shop = member("shop", "[dependencies]\nstock = { path = \"../stock\" }\n");
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"stock\"]\nresolver = \"2\"\n"),
        ("shop/Cargo.toml", &shop),
        ("shop/build.rs", "fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); }\n"),
        ("shop/src/main.rs", "fn main() { sell(); }\nfn sell() { stock::take(); }\n"),
        ("stock/Cargo.toml", &member("stock", "")),
        (
            "stock/src/lib.rs",
            "/// ```\n/// stock::take();\n/// ```\npub fn take() { count(); }\n\
             fn count() { std::hint::black_box(1u8.count_ones()); }\n",
        ),
    ];
    let project = Enabled(TestProject::new("enabled-members", &files));
    project.run("omegi enable --manifest-path shop/Cargo.toml", &[]).ok();
    let woven = project.run("run -q --target-dir elsewhere", ALL).ok();
    assert_eq!(woven.spans(), ["main", "sell", "take", "count"], "{}", woven.stderr);
    assert!(project.0.has("elsewhere/omegi/built") && !project.0.has("target"));
    project.run("test -q --workspace", &[]).ok();
    project.run("check -q --workspace --all-targets", &[]).ok();
}

#[test]
fn the_detail_of_a_configured_build_is_that_of_its_variable() {
    let project = Enabled::new("enabled-detail", &[]);
    project.run("omegi enable", &[]).ok();
    let detail = |word| [("CARGO_OMEGI_DETAIL", word), ("OMEGI_FLOW_RATE", "1")];
    assert_eq!(project.run("run -q", ALL).ok().spans(), ["main", "add"]);
    assert_eq!(project.run("run -q", &detail("auto")).ok().spans(), ["main"]);
    assert_eq!(project.run("run -q", &detail("spans")).ok().spans(), ["main", "add"]);
    assert_eq!(project.run("run -q --release", ALL).ok().spans(), ["main"]);
    // A wrong word is named, and the crate is woven as without it.
    let wrong = project.run("run -q", &detail("all")).ok();
    assert!(wrong.stderr.contains("cannot use CARGO_OMEGI_DETAIL=all: it is none of"), "{}", wrong.stderr);
    assert_eq!(wrong.spans(), ["main", "add"]);
}

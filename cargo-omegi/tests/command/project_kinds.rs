//! Projects of every kind that cargo knows.

use crate::project::{MANIFEST, TestProject};

#[test]
fn every_edition() {
    for edition in ["2015", "2018", "2021", "2024"] {
        let manifest = MANIFEST.replace("2024", edition);
        let main = "mod a;\nfn main() { a::call().unwrap(); }\n";
        let a = "pub fn call() -> Result<u8, String> { Ok(other()?) }\n\
            fn other() -> Result<u8, String> { \"7\".parse().map_err(|_| String::new()) }\n";
        let project = TestProject::new(
            &format!("edition-{edition}"),
            &[("Cargo.toml", &manifest), ("src/main.rs", main), ("src/a.rs", a)],
        );
        assert_eq!(project.omegi("run -q").ok().spans(), ["main", "a::call", "a::other"], "{edition}");
    }
}

#[test]
fn link_time_optimisation_and_abort() {
    let manifest = format!(
        "{MANIFEST}[profile.release]\nlto = true\npanic = \"abort\"\ncodegen-units = 1\nstrip = true\n"
    );
    let main = "fn main() { println!(\"{}\", add(1)); }\n#[inline(never)]\n\
        fn add(n: u8) -> u8 { n.wrapping_add(std::env::args().count() as u8) }\n";
    let project = TestProject::new("optimised", &[("Cargo.toml", &manifest), ("src/main.rs", main)]);
    let woven = project.omegi_with("run -q --release", &[("CARGO_OMEGI_DETAIL", "spans")]).ok();
    assert_eq!((woven.stdout.as_str(), woven.spans()), ("2\n", vec!["main".to_owned(), "add".to_owned()]));
}

const MACRO: &str = "use proc_macro::TokenStream;
#[proc_macro] pub fn answer(_: TokenStream) -> TokenStream {
    helper::help().unwrap();
    \"42\".parse().unwrap()
}
";

const HELPER: &str = "pub fn help() -> Result<u8, String> { make() }
fn make() -> Result<u8, String> { \"7\".parse().map_err(|_| String::new()) }
";

const BUILD: &str = "fn main() {
    helper::help().unwrap();
    let path = std::env::var(\"OUT_DIR\").unwrap() + \"/made.rs\";
    std::fs::write(path, \"pub fn made() -> u8 { [1u8, 2].iter().sum() }\").unwrap();
}
";

const BUILT: &str = "mod made { include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); }
fn main() { println!(\"{} {}\", made::made(), macros::answer!()); call(); }
fn call() { std::hint::black_box(made::made()); }
";

#[test]
fn macros_and_build_scripts_are_not_woven() {
    let member = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}")
    };
    let helper = "helper = { path = \"../helper\" }\n";
    let shop = format!("[dependencies]\nmacros = {{ path = \"../macros\" }}\n[build-dependencies]\n{helper}");
    let macros = format!("[lib]\nproc-macro = true\n[dependencies]\n{helper}");
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"macros\", \"helper\"]\nresolver = \"2\"\n"),
        ("shop/Cargo.toml", &member("shop", &shop)),
        ("shop/build.rs", BUILD),
        ("shop/src/main.rs", BUILT),
        ("macros/Cargo.toml", &member("macros", &macros)),
        ("macros/src/lib.rs", MACRO),
        ("helper/Cargo.toml", &member("helper", "")),
        ("helper/src/lib.rs", HELPER),
    ];
    let project = TestProject::new("building", &files);
    let woven = project.omegi("run").ok();
    assert_eq!(woven.stdout, "3 42\n");
    assert_eq!(woven.spans(), ["main", "call"], "{}", woven.stderr);
}

#[test]
fn another_target_folder_and_another_target() {
    let main = "fn main() { call(); }\nfn call() { println!(\"{}\", 1u8.count_ones()); }\n";
    let project = TestProject::new("elsewhere", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    assert_eq!(project.omegi("run -q --target-dir other").ok().spans(), ["main", "call"]);
    assert!(project.has("other/omegi/debug/shop") && !project.has("target"));
    assert_eq!(
        project.omegi("run -q --config profile.dev.opt-level=1 --target-dir configured").ok().spans().len(),
        2
    );
    assert_eq!(project.omegi_with("run -q", &[("CARGO_TARGET_DIR", "third")]).ok().spans(), ["main", "call"]);
    assert!(project.has("third/omegi/debug/shop") && !project.has("target"));
}

#[test]
fn a_program_that_uses_omegi_itself_has_one_omegi() {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = format!("{MANIFEST}[dependencies]\nomegi = {{ path = {workspace:?} }}\n");
    let main = "fn main() {\n\
        let _omegi = omegi::builder().service_name(\"own\").init();\nmarked();\nunmarked();\n}\n\
        #[omegi::traced(name = \"by hand\")]\nfn marked() { unmarked(); }\n\
        fn unmarked() { println!(\"{}\", 1u8.count_ones()); }\n";
    let project = TestProject::new("own-omegi", &[("Cargo.toml", &manifest), ("src/main.rs", main)]);
    let woven = project.omegi("run -q").ok();
    assert_eq!(woven.stdout, "1\n1\n");
    assert_eq!(woven.spans(), ["main", "by hand", "unmarked", "unmarked"], "{}", woven.stderr);
}

#[cfg(unix)]
#[test]
fn a_project_behind_a_link_and_a_compiler_of_another_name() {
    let main = "fn main() { call(); }\nfn call() { println!(\"{}\", 1u8.count_ones()); }\n";
    let project = TestProject::new("real", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let link = project.folder.with_file_name("link");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(&project.folder, &link).unwrap();
    let words = format!("run -q --manifest-path {}/Cargo.toml", link.display());
    for root in [&link, &project.folder] {
        let _ = std::fs::remove_dir_all(project.folder.join("target"));
        let output = project.omegi_with(&words, &[("OMEGI_PROJECT_ROOT", root.to_str().unwrap())]).ok();
        assert_eq!(output.spans(), ["main", "call"], "{}", output.stderr);
    }
    let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(sysroot.stdout).unwrap();
    let compiler = link.with_file_name("my-rustc-1.95");
    let _ = std::fs::remove_file(&compiler);
    std::os::unix::fs::symlink(format!("{}/bin/rustc", sysroot.trim()), &compiler).unwrap();
    let output = project.omegi_with("run -q", &[("RUSTC", compiler.to_str().unwrap())]).ok();
    assert_eq!(output.spans(), ["main", "call"], "{}", output.stderr);
}

#[cfg(unix)]
#[test]
fn a_path_above_a_linked_folder_is_resolved_as_plain() {
    let files = [
        ("app/Cargo.toml", MANIFEST),
        ("app/src/main.rs", "mod deep;\nfn main() { deep::say(); }\n"),
        ("app/src/text", "wrong"),
        ("shared/deep/mod.rs", "pub fn say() { println!(\"{} {}\", include_str!(\"../text\"), file!()); }\n"),
        ("shared/text", "right"),
    ];
    let project = TestProject::new("above-link", &files);
    std::os::unix::fs::symlink("../../shared/deep", project.folder.join("app/src/deep")).unwrap();
    let app = TestProject { folder: project.folder.join("app") };
    let woven = app.omegi("run -q").ok();
    assert_eq!(woven.stdout, app.cargo("run -q").ok().stdout);
    assert_eq!((woven.stdout.as_str(), woven.spans().len()), ("right src/deep/mod.rs\n", 2));
}

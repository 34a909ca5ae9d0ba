//! `instrument_modules!` in a project of its own: the program's output, the recompiled files, the
//! compiler's messages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project: a library with its modules, a program, and tests of all kinds.
const FILES: [(&str, &str); 8] = [
    (
        "src/lib.rs",
        "//! A shop.\n\
         omegi::instrument_modules! {\n    #[macro_use]\n    mod words;\n    pub mod orders;\n}\n\
         pub use orders::place;\n",
    ),
    ("src/words.rs", "macro_rules! loud {\n    ($text:expr) => { format!(\"{}!\", $text) };\n}\n"),
    (
        "src/orders.rs",
        "//! Orders.\n\
         mod limits;\n\
         #[cfg(test)]\n\
         mod tests;\n\
         /// Places one.\n///\n/// ```\n/// assert!(shop::place(1).is_ok());\n/// ```\n\
         pub fn place(items: u32) -> Result<String, String> {\n    \
             let items = limits::below(items)?;\n    \
             Ok(format!(\"{} {}\", loud!(items), include_str!(\"note.txt\").trim()))\n\
         }\n",
    ),
    (
        "src/orders/limits.rs",
        "pub fn below(items: u32) -> Result<u32, String> {\n    \
             if items > 100 { return Err(\"too many\".to_string()); }\n    \
             Ok(items)\n\
         }\n",
    ),
    ("src/orders/tests.rs", "#[test]\nfn some_can_be_placed() {\n    assert!(super::place(1).is_ok());\n}\n"),
    ("src/note.txt", "no returns\n"),
    (
        "src/main.rs",
        "omegi::instrument_modules! { mod till; }\n\
         fn main() {\n    \
             let _omegi = omegi::init();\n    \
             println!(\"{:?} {:?}\", till::sell(1), till::sell(101));\n\
         }\n",
    ),
    (
        "src/till.rs",
        "pub fn sell(items: u32) -> Result<String, String> {\r\n    \
             Ok(shop::place(items)? + \" sold\")\r\n}\r\n",
    ),
];

const PRINTED: &str = "Ok(\"1! no returns sold\") Err(\"too many\")\n";

struct Project {
    home: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Makes a new project, in a folder whose name needs quoting. All projects share their
    /// dependencies' builds.
    fn new(name: &str) -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("file modules – all");
        let project = Self { target: home.join("target"), home: home.join(name) };
        let _ = fs::remove_dir_all(&project.home);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let manifest = format!(
            "[package]\nname = \"shop-{name}\"\nedition = \"2024\"\n\n[lib]\nname = \"shop\"\n\n\
             [features]\ntrace = [\"omegi/enable\"]\n\n\
             [dependencies]\nomegi = {{ path = {root:?} }}\n\n[workspace]\n"
        );
        project.write("Cargo.toml", &manifest);
        // The project uses the versions of this workspace, so that cargo fetches nothing.
        project.write("Cargo.lock", &fs::read_to_string(root.join("Cargo.lock")).unwrap());
        FILES.iter().for_each(|(file, text)| project.write(file, text));
        project
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.home.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.home.join(file)).unwrap();
        assert!(text.contains(from), "{file}: {text}");
        self.write(file, &text.replace(from, to));
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).arg("--offline").current_dir(&self.home);
        // The command keeps the variables that name the compiler, and those that forbid fetching.
        for (name, _) in std::env::vars_os() {
            let is_ours =
                name.to_str().is_some_and(|name| name.starts_with("OMEGI_") || name.starts_with("OTEL_"));
            if is_ours || name == "RUSTFLAGS" {
                command.env_remove(name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target).env("OMEGI_CONSOLE_STREAM", "stderr");
        command.env("OMEGI_CONSOLE_FORMAT", "tree").env("NO_COLOR", "1").output().unwrap()
    }

    /// Runs cargo, expects success and returns stdout and stderr.
    fn done(&self, arguments: &[&str]) -> (String, String) {
        let output = self.cargo(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", messages(&output));
        (String::from_utf8_lossy(&output.stdout).into_owned(), messages(&output))
    }

    /// Runs cargo, expects an error of the compiler and returns stderr.
    fn refused(&self) -> String {
        let output = self.cargo(&["build", "--features=trace"]);
        assert!(!output.status.success());
        messages(&output)
    }
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const RUN: [&str; 2] = ["run", "--features=trace"];

#[test]
fn a_woven_program_behaves_as_the_plain_one_and_names_its_files() {
    let project = Project::new("runs");
    let (plain, _) = project.done(&["run"]);
    assert_eq!(plain, PRINTED);
    let (printed, messages) = project.done(&RUN);
    assert_eq!(printed, PRINTED);
    assert!(!messages.contains("warning"), "{messages}");
    for line in ["src/orders/limits.rs:2", "src/orders.rs:11", "src/till.rs:2"] {
        assert!(messages.contains(line), "{line}: {messages}");
    }
}

#[test]
fn only_changed_files_are_compiled_again() {
    let project = Project::new("changes");
    project.done(&RUN);
    let (_, messages) = project.done(&RUN);
    assert!(!messages.contains("Compiling"), "nothing has changed: {messages}");
    project.replace("src/orders/limits.rs", "items > 100", "items > 0");
    assert_eq!(project.done(&RUN).0, "Err(\"too many\") Err(\"too many\")\n");
    project.write(
        "src/orders/limits/mod.rs",
        "pub fn below(items: u32) -> Result<u32, String> {\n    Ok(items)\n}\n",
    );
    fs::remove_file(project.home.join("src/orders/limits.rs")).unwrap();
    assert_eq!(project.done(&RUN).0, "Ok(\"1! no returns sold\") Ok(\"101! no returns sold\")\n");
    project.replace("src/note.txt", "no", "all");
    let (printed, messages) = project.done(&RUN);
    assert_eq!(printed, "Ok(\"1! all returns sold\") Ok(\"101! all returns sold\")\n");
    assert!(messages.contains("Compiling shop"), "{messages}");
    let (_, messages) = project.done(&RUN);
    assert!(!messages.contains("Compiling"), "nothing has changed: {messages}");
}

#[test]
fn everything_that_cargo_does_is_done() {
    let project = Project::new("commands");
    let (printed, _) = project.done(&["test", "--features=trace"]);
    assert!(printed.contains("orders::tests::some_can_be_placed ... ok"), "{printed}");
    assert!(printed.contains("src/orders.rs - orders::place (line 7) ... ok"), "{printed}");
    for arguments in [
        ["check", "--all-targets"],
        ["doc", "--no-deps"],
        ["clippy", "--all-targets"],
        ["build", "--release"],
    ] {
        let (_, messages) = project.done(&[&arguments[..], &["--features=trace"]].concat());
        assert!(!messages.contains("warning"), "{arguments:?}: {messages}");
    }
    let source = project.target.join("doc/src/shop/orders.rs.html");
    assert!(
        !fs::read_to_string(source).unwrap().contains("__inherit"),
        "the documentation shows what was written"
    );
}

#[test]
fn the_compiler_speaks_of_the_files_that_were_written() {
    let project = Project::new("mistakes");
    project.replace("src/lib.rs", "pub mod orders;", "pub mod orders;\n    mod none;");
    let messages = project.refused();
    assert!(messages.contains("error[E0583]: file not found for module `none`"), "{messages}");
    assert!(messages.contains("src/lib.rs:6:5") && messages.contains("\"src/none.rs\""), "{messages}");
    project.write("src/none.rs", "mod deeper;\nfn f() { g() }\n");
    project.write("src/none/deeper.rs", "fn f( {\n");
    let messages = project.refused();
    assert!(messages.contains(" src/none/deeper.rs:1:"), "{messages}");
    // An error in a woven file is at the same place of the copy.
    project.write("src/none/deeper.rs", "pub fn f() {\n    Vec::<u8>::new().psuh(1);\n}\n");
    let messages = project.refused();
    assert!(messages.contains("/0/src/none/deeper.rs:2:22"), "{messages}");
}

#[test]
fn where_nothing_can_be_written_the_program_is_the_plain_one() {
    let mut project = Project::new("read-only");
    project.target = project.home.join("target");
    project.write("target/debug/deps/omegi-woven", "a file where a folder should be");
    let (printed, messages) = project.done(&RUN);
    assert_eq!(printed, PRINTED);
    assert!(
        messages.contains("warning: omegi: cannot weave the files of `instrument_modules!`: "),
        "{messages}"
    );
}

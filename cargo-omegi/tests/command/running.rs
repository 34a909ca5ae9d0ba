//! A woven program behaves as the plain one does, and also exports its flows.

use crate::project::{MANIFEST, ProgramOutput, TestProject};

const PROGRAM: &[(&str, &str)] = &[
    ("Cargo.toml", MANIFEST),
    (
        "src/main.rs",
        r#"//! A program.
mod orders;
#[path = "elsewhere/prices.rs"]
mod prices;
mod deep { pub mod deeper; pub fn call() -> usize { deeper::len(include_str!("../README.md")) } }
fn main() -> std::process::ExitCode {
    println!("{} {}", file!(), line!());
    println!("{:?}", orders::place(2));
    println!("{:?}", orders::place(7));
    println!("{} {}", deep::call(), prices::own_text());
    println!("{}", env!("CARGO_MANIFEST_DIR").ends_with("running"));
    if std::env::args().count() > 1 { orders::lose() }
    std::process::ExitCode::from(3)
}
"#,
    ),
    (
        "src/orders/mod.rs",
        "mod cart;\n\npub fn place(n: u32) -> Result<u32, String> {\n    cart::price(n)\n}\n\n\
        pub fn lose() {\n    cart::lose();\n}\n",
    ),
    (
        "src/orders/cart.rs",
        r#"pub(super) fn price(n: u32) -> Result<u32, String> {
    crate::prices::price(n).ok_or_else(|| format!("no price for {n}"))
}

pub(super) fn lose() {
    let nothing: Option<u8> = std::hint::black_box(None); nothing.unwrap();
}
"#,
    ),
    (
        "src/elsewhere/prices.rs",
        r#"pub fn price(n: u32) -> Option<u32> { (n < 5).then(|| n * 3) }
pub fn own_text() -> usize { include_str!("prices.rs").len() + include_bytes!("table.txt").len() }
"#,
    ),
    ("src/elsewhere/table.txt", "1 2 3"),
    ("src/deep/deeper.rs", "pub fn len(text: &str) -> usize { text.len() }\n"),
    ("README.md", "# Shop\n"),
];

fn same(plain: &ProgramOutput, woven: &ProgramOutput) {
    assert_eq!(woven.code, plain.code, "{}", woven.stderr);
    assert_eq!(woven.stdout, plain.stdout);
}

#[test]
fn a_program_prints_and_returns_the_same_and_its_flows_go_to_stderr() {
    let project = TestProject::new("running", PROGRAM);
    let plain = project.cargo("run -q");
    project.commit();
    let woven = project.omegi("run -q");
    same(&plain, &woven);
    assert_eq!(plain.code, Some(3));
    let spans = woven.spans();
    for name in
        ["main", "orders::place", "orders::cart::price", "prices::price", "deep::call", "deep::deeper::len"]
    {
        assert!(spans.iter().any(|span| span == name), "{name} is not in {spans:?}");
    }
    assert!(
        woven.stderr.contains("no price for 7") && woven.stderr.contains("src/orders/cart.rs"),
        "{}",
        woven.stderr
    );
    assert_eq!(project.changes(), "");
}

#[test]
fn a_panic_names_its_place_in_the_original() {
    let project = TestProject::new("panicking", PROGRAM);
    let place = |output: &ProgramOutput| {
        let line =
            output.stderr.lines().find(|line| line.contains("panicked at")).map(str::to_owned).unwrap();
        line.split("panicked at ").nth(1).unwrap().to_owned()
    };
    let (plain, woven) = (project.cargo("run -q -- lose"), project.omegi("run -q -- lose"));
    same(&plain, &woven);
    assert_eq!(place(&plain), "src/orders/cart.rs:6:67:");
    assert_eq!(place(&woven), place(&plain));
    // The frames of a backtrace name the original sources.
    let traced = project.omegi_with("run -q -- lose", &[("RUST_BACKTRACE", "1")]);
    assert!(traced.stderr.contains("src/orders/cart.rs:6"), "{}", traced.stderr);
    assert!(!traced.stderr.contains("target/omegi/woven"), "{}", traced.stderr);
}

#[test]
fn a_panic_keeps_its_message_when_main_sets_a_hook() {
    let main = r#"use std::panic;
fn main() {
    panic::set_hook(Box::new(|panic| println!("the hook of main: {}", panic.location().unwrap())));
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| { print!("chained, "); previous(panic); }));
    println!("{}", panic::catch_unwind(|| half(3)).is_err());
}
fn half(n: u32) -> u32 {
    assert!(n % 2 == 0, "{n} is odd");
    n / 2
}
"#;
    let project = TestProject::new("hooking", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let (plain, woven) = (project.cargo("run -q"), project.omegi("run -q"));
    same(&plain, &woven);
    assert_eq!(plain.stdout, "chained, the hook of main: src/main.rs:9:5\ntrue\n");
    assert!(woven.stderr.contains("3 is odd") && woven.stderr.contains("src/main.rs:9"), "{}", woven.stderr);
}

#[test]
fn tests_and_doctests_run_and_their_flows_go_to_a_file() {
    let library = "//! ```\n//! assert!(shop::half(3).is_err());\n//! ```\n\
        pub fn half(n: u32) -> Result<u32, String> { if n % 2 == 0 { Ok(n / 2) } else { Err(odd(n)) } }\n\
        fn odd(n: u32) -> String { format!(\"{n} is odd\") }\n\
        #[cfg(test)] mod tests {\n\
        #[test] fn even() { assert_eq!(super::half(4), Ok(2)); }\n\
        #[test] fn odd() { super::half(3).unwrap_err(); }\n}\n";
    let outside = "#[test] fn from_outside() { assert_eq!(shop::half(8), Ok(4)); }\n";
    let files = [("Cargo.toml", MANIFEST), ("src/lib.rs", library), ("tests/outside.rs", outside)];
    let project = TestProject::new("testing", &files);
    let woven = project.omegi("test").ok();
    assert_eq!(woven.stdout.matches("1 passed").count(), 2, "{}", woven.stdout);
    assert_eq!(woven.stdout.matches("2 passed").count(), 1, "{}", woven.stdout);
    let summary =
        "2 flows, 2 failed \u{2192} target/omegi/flows.json; `cargo omegi show target/omegi/flows.json`";
    assert!(woven.stderr.ends_with(&format!("cargo omegi: {summary}\n")), "{}", woven.stderr);
    let flows = std::fs::read_to_string(project.folder.join("target/omegi/flows.json")).unwrap();
    assert!(flows.contains("3 is odd") && flows.contains("\"tests::odd\""), "{flows}");
    assert!(!flows.contains("\"tests::even\"") && !woven.stderr.contains("3 is odd"), "{flows}");
}

#[test]
fn settings_hold_as_in_any_program() {
    let project = TestProject::new("settings", PROGRAM);
    let file = project.folder.join("flows.txt");
    let variables = [("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()), ("OMEGI_CONSOLE_FORMAT", "tree")];
    let woven = project.omegi_with("run -q", &variables);
    assert!(woven.spans().is_empty(), "{}", woven.stderr);
    assert!(std::fs::read_to_string(&file).unwrap().contains("no price for 7"));
    let off = project.omegi_with("run -q", &[("OMEGI_SWITCH_OFF", "true")]);
    assert_eq!(off.stderr, "");
    let errors_only = project.omegi_with("run -q", &[("OMEGI_FLOW_RATE", "0")]);
    assert!(
        errors_only.spans().contains(&"main".to_owned()),
        "main's flow holds the failed one: {}",
        errors_only.stderr
    );
}

#[test]
fn the_calls_of_an_excluded_function_are_flows_of_their_own() {
    let main =
        "fn main() { for n in 0..3 { serve(n); } }\nfn serve(n: u8) { println!(\"{}\", n.count_ones()); }\n";
    let project = TestProject::new("excluding", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    assert_eq!(project.omegi("run -q").ok().spans(), ["main", "serve", "serve", "serve"]);
    let leave = [("CARGO_OMEGI_LEAVE", "shop::main")];
    assert_eq!(project.omegi_with("run -q", &leave).ok().spans(), ["serve", "serve", "serve"]);
    let listed = project.omegi_with("list", &leave).ok().stdout;
    assert!(listed.contains("shop::main   src/main.rs:1  unwanted"), "{listed}");
}

#[test]
fn a_breakpoint_by_file_and_line_is_hit() {
    let has_gdb = std::process::Command::new("gdb").arg("--version").output().is_ok();
    if !has_gdb {
        eprintln!("no gdb on this machine: skipped");
        return;
    }
    let project = TestProject::new("stopping", PROGRAM);
    project.omegi("build -q").ok();
    let output = project
        .gdb("target/omegi/debug/shop", &["break src/orders/cart.rs:2", "run", "backtrace 2", "list 2,2"]);
    assert!(output.stdout.contains("hit Breakpoint 1"), "{output:?}");
    assert!(
        output.stdout.contains("orders::cart::price") && output.stdout.contains("src/orders/cart.rs:2"),
        "{output:?}"
    );
    // The debugger shows the original source.
    assert!(output.stdout.contains("2\t    crate::prices::price(n).ok_or_else("), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_command_as_it_ends_the_program() {
    let main = "fn main() { lose(); }\nfn lose() { std::process::abort(); }\n";
    let project = TestProject::new("aborting", &[("Cargo.toml", MANIFEST), ("src/main.rs", main)]);
    let (plain, woven) = (project.cargo("run -q"), project.omegi("run -q"));
    assert!(plain.signal.is_some(), "{plain:?}");
    assert_eq!((woven.code, woven.signal), (plain.code, plain.signal), "{woven:?}");
}

#[test]
fn a_service_is_named_after_its_package_and_a_build_says_what_its_programs_keep() {
    let manifest = "[workspace]\nmembers = [\"front\", \"stock\"]\nresolver = \"3\"\n";
    let front = "[package]\nname = \"shop-front\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
        [dependencies]\nstock = { path = \"../stock\" }\n";
    let stock = "[package]\nname = \"stock\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let main = "fn main() {\n    println!(\"{}\", stock::count(2));\n}\n";
    let files = [
        ("Cargo.toml", manifest),
        ("front/Cargo.toml", front),
        ("front/src/bin/server.rs", main),
        (
            "front/tests/outside.rs",
            "#[test] fn counts() { stock::count(3); lose(); }\n\
            fn lose() { let _ = Err::<u8, String>(stock::count(4).to_string()).map_err(drop); }\n",
        ),
        ("stock/Cargo.toml", stock),
        ("stock/src/lib.rs", "pub fn count(n: u32) -> u32 { n.pow(n) }\n"),
        ("stock/src/main.rs", main),
    ];
    let project = TestProject::new("naming", &files);
    let named = |output: &ProgramOutput| {
        let line = output.stderr.lines().find(|line| line.contains("\"main\"")).unwrap_or_default();
        let span: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        span["resource"]["attributes"]["service.name"].as_str().map(str::to_owned)
    };
    assert_eq!(named(&project.omegi("run -q --bin server").ok()).as_deref(), Some("shop-front"));
    assert_eq!(named(&project.omegi("run -q --bin stock").ok()).as_deref(), Some("stock"));

    let built = project.omegi("build").ok();
    let said = built.stderr.lines().filter(|line| line.contains("1 in 5 flows")).count();
    assert_eq!(said, 1, "{}", built.stderr);
    assert!(!project.omegi("build -q").ok().stderr.contains("flows"));
    let by_hand = |variables: &[(&str, &str)]| {
        let program = project.folder.join("target/omegi/debug/server");
        project.program(&program, &[&[("OMEGI_FLOW_RATE", "1")], variables].concat()).ok()
    };
    assert_eq!(named(&by_hand(&[])).as_deref(), Some("shop-front"));
    for variable in [
        ("OMEGI_SERVICE_NAME", "other"),
        ("OTEL_SERVICE_NAME", "other"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other"),
    ] {
        assert_eq!(named(&by_hand(&[variable])).as_deref(), Some("other"), "{variable:?}");
    }
    project.omegi_with("build -q", &[("CARGO_OMEGI_LEAVE", "server::main")]).ok();
    let left = by_hand(&[]);
    assert_eq!(left.spans(), ["count"]);
    assert!(left.stderr.contains("\"service.name\": \"shop-front\""), "{}", left.stderr);

    let variables = [("OMEGI_FLOW_RATE", "1"), ("OMEGI_CONSOLE_STREAM", "stderr")];
    let tested = project.omegi_with("test -q -p shop-front", &variables).ok();
    assert!(tested.stderr.contains("\"shop-front\""), "{}", tested.stderr);
}

//! Crates with `#![no_std]`: programs that lack the standard library, and all others.

use crate::project::{MANIFEST, TestProject};

fn member(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}")
}

#[test]
fn tests_without_the_prelude_of_std_leave_the_package_woven() {
    let library = "#![no_std]\nextern crate alloc;\n\
        pub fn half(n: u8) -> Result<u8, u8> { n.checked_rem(2).filter(|it| *it == 0).ok_or(n) }\n";
    let manifest = format!(
        "{MANIFEST}[features]\nstd = []\n[[test]]\nname = \"by_hand\"\nharness = false\n\
        [[bench]]\nname = \"bare\"\n[[example]]\nname = \"shown\"\n"
    );
    let test = "#![no_std]\n#[test] fn halves() { assert!(shop::half(3).is_err()); }\n";
    let conditional =
        "#![cfg_attr(not(feature = \"std\"), no_std)]\n#[test] fn halves() { let _ = shop::half(5); }\n";
    let by_hand = "#![no_std]\nextern crate std;\nfn main() { assert!(shop::half(7).is_err()); }\n";
    // A dependency links the standard library.
    let shown = "#![no_std]\nuse linking_std as _;\nfn main() { let _ = shop::half(9); }\n";
    let dependency = "[dev-dependencies]\nlinking_std = { path = \"linking_std\" }\n";
    let files = [
        ("Cargo.toml", &*(manifest + dependency)),
        ("linking_std/Cargo.toml", &member("linking_std", "")),
        ("linking_std/src/lib.rs", "pub fn now() -> std::time::Instant { std::time::Instant::now() }\n"),
        ("src/lib.rs", library),
        ("tests/bare.rs", test),
        ("tests/conditional.rs", conditional),
        ("tests/by_hand.rs", by_hand),
        ("benches/bare.rs", test),
        ("examples/shown.rs", shown),
    ];
    let project = TestProject::new("bare-tests", &files);
    let listed = project.omegi("list").ok();
    assert!(listed.stdout.contains("shop::half") && listed.stdout.contains(" span: default"), "{listed:?}");
    assert!(!listed.stderr.contains("not woven"), "{listed:?}");
    let flows =
        [("CARGO_OMEGI_DETAIL", "spans"), ("OMEGI_FLOW_RATE", "1"), ("OMEGI_CONSOLE_STREAM", "stderr")];
    let tested = project.omegi_with("test --benches --tests", &flows).ok();
    assert_eq!(tested.spans().iter().filter(|it| *it == "half").count(), 4, "{}", tested.stderr);
    assert!(!tested.stderr.contains("not woven"), "{}", tested.stderr);
    let shown = project.omegi("run -q --example shown").ok();
    assert_eq!(shown.spans(), ["main", "half"], "{}", shown.stderr);
}

#[cfg(target_os = "linux")]
const HANDLER: &str = "#[panic_handler] fn lost(_: &core::panic::PanicInfo) -> ! { loop {} }\n";

#[cfg(target_os = "linux")]
const FIRMWARE: &str = "unsafe extern \"C\" { fn puts(text: *const core::ffi::c_char) -> i32; }\n\
    #[unsafe(no_mangle)] pub extern \"C\" fn main() -> i32 {\n\
    unsafe { puts(c\"firmware\".as_ptr()) };\nparts::add(1)\n}\n";

#[cfg(target_os = "linux")]
fn firmware(name: &str, head: &str) -> TestProject {
    let main = format!("{head}{HANDLER}{FIRMWARE}");
    let more = "[features]\nhosted = []\n[dependencies]\nparts = { path = \"../parts\" }\n";
    let tool = "fn main() { println!(\"{}\", parts::add(4)); }\n";
    let parts =
        "#![no_std]\npub fn add(n: i32) -> i32 { two(n) }\nfn two(n: i32) -> i32 { screws::turn(n) }\n";
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"firmware\", \"parts\", \"screws\", \"tool\"]\nresolver = \"3\"\n\
            [profile.dev]\npanic = \"abort\"\n",
        ),
        ("firmware/Cargo.toml", &member("firmware", more)),
        ("firmware/build.rs", "fn main() { println!(\"cargo::rustc-link-lib=c\"); }\n"),
        ("firmware/src/main.rs", &main),
        ("parts/Cargo.toml", &member("parts", "[dependencies]\nscrews = { path = \"../screws\" }\n")),
        ("parts/src/lib.rs", parts),
        ("screws/Cargo.toml", &member("screws", "")),
        ("screws/src/lib.rs", "#![no_std]\npub fn turn(n: i32) -> i32 { n.wrapping_add(2) }\n"),
        ("tool/Cargo.toml", &member("tool", "[dependencies]\nparts = { path = \"../parts\" }\n")),
        ("tool/src/main.rs", tool),
    ];
    TestProject::new(name, &files)
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_without_the_standard_library_has_plain_libraries_and_others_have_woven_ones() {
    let project = firmware("firmware", "#![no_std]\n#![no_main]\n");
    let woven = ["main", "add", "two", "turn"];
    // One build makes both programs.
    let built = project.omegi("build").ok();
    let said = "the program firmware is not woven: omegi needs the standard library";
    assert_eq!(built.stderr.matches(said).count(), 1, "{}", built.stderr);
    let output = project.omegi("run -q --bin firmware");
    assert_eq!((output.code, output.stdout.as_str()), (Some(3), "firmware\n"), "{}", output.stderr);
    let tool = project.omegi("run -q --bin tool").ok();
    assert_eq!((tool.stdout.as_str(), tool.spans()), ("6\n", woven.map(str::to_owned).to_vec()));
    assert!(!tool.stderr.contains("not woven"), "{}", tool.stderr);
    assert!(!project.omegi("build").ok().has_compiled());
    // A changed library changes both.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    project.write("screws/src/lib.rs", "#![no_std]\npub fn turn(n: i32) -> i32 { n.wrapping_add(3) }\n");
    assert_eq!(project.omegi("run -q --bin firmware").code, Some(4));
    assert_eq!(project.omegi("run -q --bin tool").ok().stdout, "7\n");
    // A library that is woven or not leaves no old one behind.
    let only_tool = [("OMEGI_PROJECT_ROOT", "tool")];
    assert_eq!(project.omegi_with("run -q --bin firmware", &only_tool).code, Some(4));
    assert_eq!(project.omegi_with("run -q --bin tool", &only_tool).ok().spans(), ["main"]);
    assert_eq!(project.omegi("check -q").code, Some(0));
    let listed = project.omegi("list").ok();
    assert!(listed.stdout.contains("parts::add") && !listed.stdout.contains("firmware::"), "{listed:?}");
    assert!(listed.stderr.contains(said), "{listed:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn conditions_decide_whether_a_program_lacks_the_standard_library() {
    let head = "#![no_main]\n#![cfg_attr(not(feature = \"hosted\"), no_std)]\n\
        #[cfg(not(feature = \"hosted\"))]\n";
    let project = firmware("conditional-firmware", head);
    for _ in 0..2 {
        let bare = project.omegi("run -q --bin firmware");
        assert_eq!((bare.code, bare.stdout.as_str()), (Some(3), "firmware\n"), "{}", bare.stderr);
        let hosted = project.omegi("run -q --bin firmware --features firmware/hosted");
        assert_eq!((hosted.code, hosted.stdout.as_str()), (Some(3), "firmware\n"), "{}", hosted.stderr);
        assert_eq!(hosted.spans(), ["main", "add", "two", "turn"], "{}", hosted.stderr);
    }
}

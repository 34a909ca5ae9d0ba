//! `cargo omegi tune`: counts of calls are exact, however a program ends.

use std::fs;

use crate::project::{MANIFEST, TestProject};

/// Returns the calls, inclusive and self nanoseconds of a function in the profile.
fn times(project: &TestProject, path: &str) -> [u64; 3] {
    let text = fs::read_to_string(project.folder.join("omegi.profile")).unwrap();
    let line = text.lines().find(|line| line.split('\t').next() == Some(path));
    let line = line.unwrap_or_else(|| panic!("no {path} in\n{text}"));
    let columns: Vec<_> = line.split('\t').collect();
    assert_eq!((columns.len(), columns[1]), (5, "src/main.rs"), "{line}");
    [2, 3, 4].map(|column| columns[column].parse().unwrap())
}

const PROGRAM: &str = r#"
use std::hint::black_box;

fn main() {
    for n in 0..1000 { short(black_box(n)); }
    deep(100);
    let workers: Vec<_> = (0..4).map(|_| std::thread::spawn(|| for _ in 0..10 { work(); })).collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let _ = std::panic::catch_unwind(|| fails());
    std::thread::spawn(forever);
    while !READY.load(std::sync::atomic::Ordering::SeqCst) { std::thread::yield_now(); }
    ends();
}

static READY: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

fn short(n: u64) -> u64 { black_box(n).wrapping_add(1) }

fn deep(n: u32) { if n > 0 { short(1); deep(n - 1); } else { spin(20); } }

fn spin(ms: u64) {
    let begin = std::time::Instant::now();
    while begin.elapsed().as_millis() < u128::from(ms) {}
}

fn work() { spin(1); }

fn fails() { work(); panic!("expected"); }

fn forever() {
    work();
    READY.store(true, std::sync::atomic::Ordering::SeqCst);
    loop { std::thread::park(); }
}

fn ends() { std::process::exit(7); }
"#;

#[test]
fn calls_are_counted_and_timed_in_all_threads_to_the_end() {
    let project = TestProject::new("tuning", &[("Cargo.toml", MANIFEST), ("src/main.rs", PROGRAM)]);
    let tuned = project.omegi("tune run --release -q");
    assert_eq!(tuned.code, Some(7), "{}", tuned.stderr);
    assert!(tuned.stderr.contains("omegi.profile has "), "{}", tuned.stderr);
    let times = |function: &str| times(&project, &format!("shop::{function}"));
    assert_eq!(times("main")[0], 1);
    assert_eq!(times("work")[0], 42);
    assert_eq!(times("spin")[0], 43);
    assert_eq!((times("fails")[0], times("forever")[0], times("ends")[0]), (1, 1, 1));
    let [calls, inclusive, own] = times("deep");
    assert_eq!(calls, 101);
    // The outermost call alone counts, and next to nothing of it is its own.
    assert!((20_000_000..40_000_000).contains(&inclusive), "{inclusive}");
    assert!(own < 1_000_000, "{own}");
    let [calls, _, own] = times("short");
    assert_eq!(calls, 1100);
    assert!(own / calls < 15, "{own} ns in {calls} calls");
    // Adding counts twice, and measuring again once.
    assert_eq!(project.omegi("tune --add run --release -q").code, Some(7));
    assert_eq!(times("work")[0], 84);
    assert_eq!(project.omegi("tune run --release -q").code, Some(7));
    assert_eq!(times("work")[0], 42);
}

const POLLED: &str = r#"
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

struct Later(u32);

impl Future for Later {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        if self.0 == 0 { return Poll::Ready(1); }
        self.0 -= 1;
        Poll::Pending
    }
}

async fn waits() -> u32 {
    let one = Later(3).await;
    one + inside().await
}

async fn inside() -> u32 { Later(2).await }

fn main() {
    let mut future = pin!(waits());
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {
        std::thread::sleep(Duration::from_millis(20));
    }
}
"#;

#[test]
fn waiting_is_no_time_of_an_asynchronous_call() {
    let project = TestProject::new("tuning-async", &[("Cargo.toml", MANIFEST), ("src/main.rs", POLLED)]);
    project.omegi("tune run -q").ok();
    let times = |function: &str| times(&project, &format!("shop::{function}"));
    for function in ["waits", "inside"] {
        let [calls, inclusive, _] = times(function);
        assert!(calls == 1 && inclusive < 20_000_000, "{function}: {calls}, {inclusive}");
    }
    assert!(times("main")[1] > 100_000_000);
}

#[test]
fn tests_and_their_processes_add_to_one_profile() {
    let program = "pub fn half(n: u32) -> u32 { other(n) / 2 }\n\
        fn other(n: u32) -> u32 { n.count_ones() }\n\
        fn main() { half(4); }\n\
        #[cfg(test)] mod tests {\n    #[test] fn one() { super::half(1); }\n\
        #[test] fn two() { super::half(2); }\n}\n";
    let project = TestProject::new("tuning-tests", &[("Cargo.toml", MANIFEST), ("src/main.rs", program)]);
    let tuned = project.omegi("tune test -q").ok();
    assert!(tuned.stderr.contains("omegi.profile has "), "{}", tuned.stderr);
    assert_eq!(times(&project, "shop::half")[0], 2);
    assert!(!project.omegi("tune test -q").ok().has_compiled());
    // Woven and measured builds are kept apart.
    project.omegi("run -q").ok();
    assert!(!project.omegi("tune test -q").ok().has_compiled());
}

#[test]
fn mistakes_are_explained() {
    let program = "fn main() { std::process::abort(); }\n";
    let project = TestProject::new("tuning-badly", &[("Cargo.toml", MANIFEST), ("src/main.rs", program)]);
    let nothing = project.omegi("tune");
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
    let budget = project.omegi_with("tune run", &[("CARGO_OMEGI_BUDGET", "2")]);
    assert_eq!(budget.code, Some(2));
    assert!(budget.stderr.contains("write a percentage such as 2%"), "{}", budget.stderr);
    project.write("omegi.profile", "<<<<<<< ours\n");
    let added = project.omegi("tune --add run");
    assert_eq!(added.code, Some(3));
    assert!(added.stderr.contains("line 1: a profile begins with"), "{}", added.stderr);
}

/// Returns the detail of a function and its reason, as `list` has them.
fn listed(project: &TestProject, function: &str) -> (String, String) {
    let list = project.omegi("list --json").ok().stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let functions = list["functions"].as_array().unwrap();
    let found = functions.iter().find(|it| it["function"] == function).unwrap();
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("detail"), text("because"))
}

fn pair(detail: &str, because: &str) -> (String, String) {
    (detail.to_owned(), because.to_owned())
}

#[test]
fn the_profile_chooses_and_rebuilds_only_the_crates_that_it_concerns() {
    let member =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    let shop = member("shop") + "[dependencies]\nstock = { path = \"../stock\" }\n";
    let main = "fn main() { println!(\"{:?}\", sell()); }\n\
        fn sell() -> Result<u8, String> { stock::take() }\n";
    let library = "pub fn take() -> Result<u8, String> { count() }\n\
        fn count() -> Result<u8, String> { Err(\"none\".to_string()) }\n";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"stock\"]\nresolver = \"3\"\n"),
        ("shop/Cargo.toml", &shop),
        ("shop/src/main.rs", main),
        ("stock/Cargo.toml", &member("stock")),
        ("stock/src/lib.rs", library),
    ];
    let project = TestProject::new("tuned", &files);
    let profile = |sell: u32, take: u32| {
        let rows = format!(
            "shop::sell\tshop/src/main.rs\t{sell}\t900\t900\nstock::take\tstock/src/lib.rs\t{take}\t9\t9\n"
        );
        project.write("omegi.profile", &format!("omegi profile 1\nprogram 1000000\n{rows}"));
    };
    let run = || project.omegi_with("run", &[("CARGO_OMEGI_DETAIL", "auto")]).ok();
    // A thousandth of a second, of which 2 % are 277 spans.
    profile(1, 1_000);
    let spans = run().spans();
    assert!(spans.contains(&"sell".to_owned()) && !spans.contains(&"take".to_owned()), "{spans:?}");
    assert_eq!(listed(&project, "shop::sell"), pair("span", "profile"));
    assert_eq!(listed(&project, "stock::take"), pair("errors", "profile"));
    assert_ne!(listed(&project, "stock::count").1, "profile");
    // Other numbers, the same choices.
    profile(2, 2_000);
    assert!(!run().has_compiled());
    // Another choice for one crate.
    profile(1_000, 2_000);
    let output = run();
    assert!(
        output.stderr.contains("Compiling shop") && !output.stderr.contains("Compiling stock"),
        "{}",
        output.stderr
    );
    assert_eq!(listed(&project, "shop::sell"), pair("errors", "profile"));
    // A greater budget.
    let output =
        project.omegi_with("run", &[("CARGO_OMEGI_DETAIL", "auto"), ("CARGO_OMEGI_BUDGET", "100%")]).ok();
    let spans = output.spans();
    assert!(spans.contains(&"sell".to_owned()) && spans.contains(&"take".to_owned()), "{spans:?}");
    // A profile that is none costs its choices alone.
    project.write("omegi.profile", "omegi profile 1\n<<<<<<< ours\n");
    let output = run();
    assert!(output.stderr.contains("cannot use omegi.profile: line 2: 5 columns"), "{}", output.stderr);
    // Without `auto` the profile decides nothing.
    profile(1, 1_000);
    assert_eq!(project.omegi("run -q").ok().spans(), ["main", "sell", "take", "count"]);
}

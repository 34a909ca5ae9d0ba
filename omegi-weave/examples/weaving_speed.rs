//! Measures the time for parsing and weaving, on one core.
//!
//! `cargo run --release -p omegi-weave --example weaving_speed -- FOLDER…`

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use omegi_weave::ParsedSource;

fn main() {
    let mut texts = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut texts);
    }
    // The fastest of several runs: other work of the machine only makes a run slower.
    let fastest = (0..5).map(|_| weave_all(&texts)).min().unwrap_or_default();
    let lines: usize = texts.iter().map(|text| text.lines().count()).sum();
    let per_lines = fastest.as_secs_f64() * 100_000.0 / lines.max(1) as f64;
    println!("{} files, {lines} lines: {fastest:.2?}; {per_lines:.2} s for 100,000 lines", texts.len());
}

fn weave_all(texts: &[String]) -> Duration {
    let start = Instant::now();
    for text in texts {
        if let Ok(source) = ParsedSource::parse(text) {
            std::hint::black_box(source.woven());
        }
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    start.elapsed()
}

fn collect(path: &Path, texts: &mut Vec<String>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| collect(&entry.path(), texts));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        texts.extend(fs::read_to_string(path).ok());
    }
}

//! Weaves random text: nothing panics, Rust stays Rust, and weaving twice changes nothing.
//!
//! The texts are the sources of this workspace, changed at random: bytes, tokens and whole lines
//! are removed, doubled and exchanged. The seed is fixed, so that a failure can be repeated.
//!
//! `ROUNDS=1000000 cargo test -p omegi-weave --test any_text --release` searches for longer, and
//! `SOURCES=~/.cargo/registry/src` takes other texts.

use std::fs;
use std::panic;
use std::path::Path;

use omegi_weave::{CrateWeave, ParsedSource, WeaveAttribute, weave};
use quote::ToTokens as _;

/// Checks the weave of one text; returns whether the text is Rust.
fn try_text(text: &str) -> bool {
    let Ok(source) = ParsedSource::parse(text) else { return false };
    let woven = source.woven();
    assert_eq!(woven.lines().count(), text.lines().count(), "lines were added or lost");
    let again =
        ParsedSource::parse(&woven).unwrap_or_else(|error| panic!("the woven text is not Rust: {error}"));
    assert_eq!(again.woven(), woven, "weaving twice changes something");
    let names =
        |source: &ParsedSource| source.functions().iter().map(|it| it.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&again), names(&source), "other functions are found");
    let options: proc_macro2::TokenStream = CrateWeave::default().options().parse().unwrap();
    for item in syn::parse_file(text).map(|file| file.items).unwrap_or_default() {
        let expanded = weave(WeaveAttribute::Traced, options.clone(), item.to_token_stream());
        assert!(syn::parse2::<syn::File>(expanded).is_ok(), "the expansion is not Rust");
    }
    true
}

/// A small generator of random numbers: Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap_or(0)
    }
}

/// Pieces of text, most of them of Rust.
const WORDS: [&str; 48] = [
    "fn f() { g() }",
    "async ",
    "unsafe ",
    "const ",
    "extern \"C\" ",
    "impl S {",
    "}",
    "{",
    "(",
    ")",
    "mod m {",
    "mod m;",
    "#[cfg(x)]",
    "#[traced]",
    "#[omegi::untraced]",
    "#![a]",
    "/// d\n",
    "//! d\n",
    "/* c */",
    "/** d */",
    "\"",
    "'a",
    "'",
    "r#\"",
    "\"#",
    "r#fn",
    "::",
    "->",
    "-> impl Fn(u8)",
    "-> Result<(), E>",
    "?",
    ".await",
    "return ",
    "macro_rules! m {",
    ";",
    "\r\n",
    "\t",
    "\u{feff}",
    "#!/x\n",
    "ä",
    "😀",
    "\0",
    "move ||",
    "dyn T",
    "where T: U",
    "self",
    "...",
    "include_str!(\"a\")",
];

/// Returns a part of `text` with random changes.
fn changed(text: &str, others: &[String], random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    // A part of a file suffices, and is faster.
    let (start, length) = (random.below(lines.len()), 1 + random.below(40));
    lines = lines.into_iter().skip(start).take(length).collect();
    for _ in 0..random.below(4) {
        let at = random.below(lines.len());
        match random.below(5) {
            0 if !lines.is_empty() => drop(lines.remove(at)),
            1 if !lines.is_empty() => lines.insert(at, lines[random.below(lines.len())].clone()),
            2 => {
                let other = &others[random.below(others.len())];
                let line = other.split_inclusive('\n').nth(random.below(other.lines().count()));
                lines.insert(at, line.unwrap_or_default().to_owned());
            }
            _ if !lines.is_empty() => {
                let line = &mut lines[at];
                let places: Vec<_> = (0..=line.len()).filter(|place| line.is_char_boundary(*place)).collect();
                let place = places[random.below(places.len())];
                if random.below(2) == 0 {
                    line.insert_str(place, WORDS[random.below(WORDS.len())]);
                } else {
                    line.truncate(place);
                }
            }
            _ => {}
        }
    }
    lines.concat()
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(fs::read_to_string(path).ok());
        }
    }
}

#[test]
fn nothing_panics_and_rust_stays_rust() {
    let mut texts = Vec::new();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    sources(&std::env::var_os("SOURCES").map_or(workspace, Into::into), &mut texts);
    for text in &texts {
        try_text(text);
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3000);
    let mut random = Random(0x6f6d_6567_6921);
    let mut parsed = 0;
    for round in 0..rounds {
        let text = changed(&texts[random.below(texts.len())].clone(), &texts, &mut random);
        let tried = panic::catch_unwind(|| try_text(&text));
        let Ok(is_rust) = tried else { panic!("round {round} fails with this text:\n{text}") };
        parsed += usize::from(is_rust);
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    assert!(parsed > rounds / 20, "only {parsed} of {rounds} texts were Rust: too few for a result");
}

//! Renders documents of Markdown as HTML.

mod program;

use program::Random;
use pulldown_cmark::{Options, Parser, html};

fn main() {
    program::run((0..32).map(document).collect(), PASSES, job);
}

const PASSES: usize = 40;

fn job(text: &String) -> u64 {
    let mut page = String::new();
    html::push_html(&mut page, Parser::new_ext(text, Options::all()));
    program::hash(page.as_bytes())
}

fn document(number: u64) -> String {
    let mut random = Random::new(number);
    (0..20).map(|_| section(&mut random)).collect()
}

fn section(random: &mut Random) -> String {
    let (a, b, c) = (random.words(3), random.words(12), random.words(8));
    let (d, e) = (random.word(), random.below(1000));
    format!(
        "## {a} `{d}`\n\n{b} *{a}* and **{c}**, [{d}](https://example.com/{d}?n={e} \"{a}\") \
         &amp; <em>{d}</em>\n{c}[^{e}] ~~{d}~~ https://example.com <https://example.com/{e}>\n\n\
         - {b}\n- [x] {c}\n  1. {a}\n  2. {d} ![{a}]({d}.png)\n\n> {b}\n> {c} \\* {e} _{d}_\n\n\
         | {d} | n |\n|---|--:|\n| {a} | {e} |\n| `{c}` | **{e}** |\n\n```rust\nfn {d}() {{ {e} }}\n```\n\n\
         [^{e}]: {c}\n\n"
    )
}

//! Searches texts for patterns.

mod program;

use program::Random;
use regex_lite::Regex;

fn main() {
    let patterns = PATTERNS.map(|pattern| Regex::new(pattern).expect("the pattern is one"));
    let inputs = (0..16).map(|number| (log(number), patterns.clone())).collect();
    program::run(inputs, PASSES, job);
}

const PASSES: usize = 20;

const PATTERNS: [&str; 4] = [
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)",
    r"[a-z]+@[a-z]+\.(?:com|org)",
    r#"user="([^"]*)" took=(?<time>\d+(?:\.\d+)?)ms"#,
    r"(?i)\b(?:harbour|meadow|lantern) \w+",
];

fn job((text, patterns): &(String, [Regex; 4])) -> u64 {
    let mut sum = 0u64;
    for pattern in patterns {
        for found in pattern.captures_iter(text) {
            let last = found.iter().flatten().last().expect("the whole match");
            sum = sum.wrapping_mul(31).wrapping_add((last.start() * 7 + last.end()) as u64);
        }
    }
    // A pattern that is compiled for one use.
    let once = Regex::new(&format!("(?:{}|[A-Z][a-z]+)+ {{1,3}}x", &text[..4])).expect("the pattern is one");
    sum ^ once.is_match(text) as u64
}

fn log(number: u64) -> String {
    let mut random = Random::new(number);
    (0..40).map(|_| line(&mut random)).collect()
}

fn line(random: &mut Random) -> String {
    format!(
        "2026-{:02}-{:02}T{:02}:07 {} user=\"{}\" took={}.{}ms {}@{}.com {}\n",
        random.below(12) + 1,
        random.below(28) + 1,
        random.below(24),
        random.words(2),
        random.word(),
        random.below(900),
        random.below(10),
        random.word(),
        random.word(),
        random.words(6),
    )
}

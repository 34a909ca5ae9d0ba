//! Parses documents of JSON and writes them again.

mod program;

use program::Random;

fn main() {
    program::run((0..64).map(document).collect(), PASSES, job);
}

const PASSES: usize = 150;

fn job(text: &String) -> u64 {
    let value = json::parse(text).expect("the document is JSON");
    program::hash(value.dump().as_bytes())
}

fn document(number: u64) -> String {
    let mut random = Random::new(number);
    let orders: Vec<_> = (0..40).map(|_| order(&mut random)).collect();
    format!("{{\"page\": {number}, \"next\": null, \"orders\": [{}]}}", orders.join(",\n  "))
}

fn order(random: &mut Random) -> String {
    format!(
        "{{\"id\": {}, \"customer\": \"{} \\u00e9 \\\"{}\\\"\", \"paid\": {}, \"total\": {}.{:02}, \
         \"tags\": [\"{}\", \"{}\", []], \
         \"address\": {{\"street\": \"{}\", \"position\": [{}.25e-1, -{}]}}}}",
        random.below(1_000_000),
        random.word(),
        random.words(2),
        random.below(2) == 0,
        random.below(10_000),
        random.below(100),
        random.word(),
        random.word(),
        random.words(3),
        random.below(900),
        random.below(180),
    )
}

//! Compresses texts and decompresses them.

mod program;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use program::Random;

fn main() {
    program::run((0..32).map(text).collect(), PASSES, job);
}

const PASSES: usize = 32;

fn job(text: &String) -> u64 {
    let small = compress_to_vec_zlib(text.as_bytes(), 6);
    let same = decompress_to_vec_zlib(&small).expect("it was compressed");
    assert_eq!(same, text.as_bytes());
    program::hash(&small)
}

fn text(number: u64) -> String {
    let mut random = Random::new(number);
    (0..300).map(|_| format!("{} {}\n", random.words(5), random.below(100_000))).collect()
}

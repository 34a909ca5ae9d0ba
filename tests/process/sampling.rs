//! The flows that are kept.

use std::collections::HashSet;
use std::process::Command;

/// Returns the ids of the kept flows, and whether each failed.
fn kept(rate: u64) -> Vec<(u128, bool)> {
    let output = Command::new(env!("CARGO_BIN_EXE_seeded_flows")).arg(rate.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let (id, failed) = line.split_once(' ').unwrap();
            (u128::from_str_radix(id, 16).unwrap(), failed == "true")
        })
        .collect()
}

/// CONTRACTS: `(trace_id mod 2^64) < round(2^64 / N)`.
fn named_by_the_formula(id: u128, n: u128) -> bool {
    let two_to_64 = 1_u128 << 64;
    let (quotient, remainder) = (two_to_64 / n, two_to_64 % n);
    let rounded = quotient + u128::from(remainder * 2 >= n);
    id % two_to_64 < rounded
}

#[test]
fn exactly_the_flows_that_the_formula_names_are_kept_and_every_failed_one() {
    let all = kept(1);
    assert_eq!(all.len(), 100_000);
    assert_eq!(all.iter().filter(|(_, failed)| *failed).count(), 100);
    let expected: HashSet<_> =
        all.iter().copied().filter(|(id, failed)| *failed || named_by_the_formula(*id, 5)).collect();
    assert!((19_000..21_500).contains(&expected.len()), "{}", expected.len());
    assert_eq!(kept(5).into_iter().collect::<HashSet<_>>(), expected);
}

#[test]
fn at_a_rate_of_zero_only_failed_flows_are_kept() {
    let kept = kept(0);
    assert_eq!(kept.len(), 100);
    assert!(kept.iter().all(|(_, failed)| *failed));
}

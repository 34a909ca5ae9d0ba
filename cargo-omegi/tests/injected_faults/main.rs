//! Injected faults: each fallible function of a program fails in turn, and the error path is the
//! same whether its functions have spans or not.
//!
//! A program is built once for each detail, with a fault at the beginning of every fallible
//! function. The variable `FAULT` chooses the function that fails, once in each case of the
//! program's workload, up to eight times. The build with `spans` is the reference.
//!
//! CI takes the small program. `cargo test --release -p cargo-omegi --test injected_faults --
//! --ignored --nocapture redb` runs a large one. `DETAILS=errors,auto`, `PROFILES=dev,release` and
//! `FAULTS=7,8` choose builds and functions.

mod comparison;
mod exported_errors;
mod injection;
mod program;
mod programs;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use comparison::{Difference, compare, faults};
use program::{Program, Project, Variant, called};

#[test]
fn small() {
    check(&programs::SMALL, "auto", "dev");
}

#[test]
#[ignore = "builds a large program six times"]
fn minijinja() {
    check(&programs::MINIJINJA, "errors,auto", "dev,release");
}

#[test]
#[ignore = "builds a large program six times"]
fn redb() {
    check(&programs::REDB, "errors,auto", "dev,release");
}

#[test]
#[ignore = "builds a large program six times"]
fn sqlparser() {
    check(&programs::SQLPARSER, "errors,auto", "dev,release");
}

/// Compares the builds of a program, and prints every difference.
fn check(program: &Program, details: &str, profiles: &str) {
    let project = Project::new(program);
    let (details, profiles) = (words("DETAILS", details), words("PROFILES", profiles));
    let mut differences = Vec::new();
    for profile in profiles {
        let is_optimised = profile == "release";
        let build = |detail: &String| {
            let detail: &'static str = detail.clone().leak();
            let variant = Variant { detail, is_optimised };
            (variant, project.build(variant))
        };
        let (_, reference) = build(&"spans".to_owned());
        let others: Vec<_> = details.iter().map(build).collect();
        differences.extend(run_all(program, &project, &reference, &others));
    }
    differences.iter().for_each(|it| println!("{it}"));
    assert!(differences.is_empty(), "{}: {} differences", program.name, differences.len());
}

/// Lets each called function fail in each build.
fn run_all(
    program: &Program,
    project: &Project,
    reference: &Path,
    others: &[(Variant, PathBuf)],
) -> Vec<Difference> {
    let called = called(&project.run(reference, None));
    let chosen: HashSet<u32> = words("FAULTS", "").iter().filter_map(|word| word.parse().ok()).collect();
    let sites = project.sites.iter().filter(|site| called.contains(&site.number));
    let sites: Vec<_> = sites.filter(|it| chosen.is_empty() || chosen.contains(&it.number)).collect();
    let (mut differences, mut unreported, mut paths) = (Vec::new(), Vec::new(), 0);
    let mut span_counts = vec![0; others.len() + 1];
    for site in &sites {
        let spans = project.run(reference, Some(site.number));
        let there = faults(&spans, site);
        paths += there.len();
        span_counts[0] += spans.flows.span_count;
        if there.is_empty() {
            unreported.push(format!("{} ({}:{})", site.function, site.file.display(), site.line));
        }
        for (index, (variant, executable)) in others.iter().enumerate() {
            let here = project.run(executable, Some(site.number));
            span_counts[index + 1] += here.flows.span_count;
            differences.extend(compare(site, &variant.name(), &spans, &here));
        }
    }
    println!(
        "{}: {} fallible functions, {} called, {} failed in turn, {paths} paths, {} spans",
        program.name,
        project.sites.len(),
        called.len(),
        sites.len(),
        span_counts[0],
    );
    for ((variant, _), spans) in others.iter().zip(&span_counts[1..]) {
        let name = variant.name();
        let of_variant = differences.iter().filter(|it| it.variant == name);
        let functions: HashSet<_> = of_variant.map(|it| it.site.number).collect();
        println!("  {name}: {} functions differ, {spans} spans", functions.len());
    }
    println!("  without a path under spans: {unreported:?}");
    assert!(called.len() >= program.least, "the workload calls too few functions");
    differences
}

fn words(variable: &str, default: &str) -> Vec<String> {
    let text = std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

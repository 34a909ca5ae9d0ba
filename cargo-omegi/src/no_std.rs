//! Programs without the standard library. omegi needs that library. A program that links omegi gets
//! a second panic handler, and no longer compiles.

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::{Package, Target, TargetKind};
use syn::{Attribute, Meta};

/// Returns the packages whose programs do without the standard library, and their path
/// dependencies.
pub(crate) fn packages(members: &[&Package]) -> BTreeSet<String> {
    let programs = members.iter().filter(|member| member.targets.iter().any(is_no_std_program));
    let mut found = BTreeSet::new();
    let mut next: Vec<&Package> = programs.copied().collect();
    while let Some(package) = next.pop() {
        if found.insert(package.name.to_string()) {
            next.extend(members.iter().filter(|member| depends(package, member)));
        }
    }
    found
}

/// Explains that `packages` are not woven.
pub(crate) fn explain(packages: &BTreeSet<String>) -> String {
    let names: Vec<_> = packages.iter().map(String::as_str).collect();
    let is = if names.len() == 1 { "is" } else { "are" };
    format!("{} {is} not woven: omegi needs the standard library, which the program lacks", names.join(", "))
}

fn depends(package: &Package, on: &Package) -> bool {
    let folder = on.manifest_path.parent();
    package.dependencies.iter().any(|dependency| dependency.path.as_deref() == folder)
}

fn is_no_std_program(target: &Target) -> bool {
    is_linked(target) && fs::read_to_string(&target.src_path).is_ok_and(|text| is_without_std(&text))
}

/// Returns whether `target` is linked as a whole: no other crate can supply a missing part later.
fn is_linked(target: &Target) -> bool {
    let is_part = |kind: &TargetKind| {
        matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro | TargetKind::CustomBuild)
    };
    !target.kind.iter().any(is_part)
}

/// Returns whether a crate with this root file does without the standard library, at least outside
/// tests.
fn is_without_std(root: &str) -> bool {
    // A search for these words saves parsing most roots.
    let has_word = root.contains("no_std") && !root.contains("extern crate std");
    has_word && syn::parse_file(root).is_ok_and(|file| file.attrs.iter().any(is_no_std_attribute))
}

fn is_no_std_attribute(attr: &Attribute) -> bool {
    match &attr.meta {
        Meta::Path(path) => path.is_ident("no_std"),
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let words = list.tokens.to_string().replace(' ', "");
            words.starts_with("not(test),") && words.split(',').any(|word| word == "no_std")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_other_than_not_test_does_not_count() {
        for (root, expected) in [
            ("#![no_std]\n#![no_main]", true),
            ("#![no_main]\n#![cfg_attr(not(test), no_main, no_std)]", true),
            ("#![cfg_attr(not(feature = \"std\"), no_std)]", false),
            ("#![no_std]\nextern crate std;", false),
            ("//! no_std\nfn main() {}", false),
            ("#![no_std", false),
        ] {
            assert_eq!(is_without_std(root), expected, "{root}");
        }
    }

    #[test]
    fn packages_are_named() {
        let names = |names: &[&str]| explain(&names.iter().map(|name| (*name).to_owned()).collect());
        assert!(names(&["a"]).starts_with("a is not woven: "));
        assert!(names(&["b", "a"]).starts_with("a, b are not woven: "));
    }
}

//! Programs without the standard library. omegi needs it, and a program has it as soon as one of its crates has: such a
//! program would have two panic handlers then.

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::{Package, Target, TargetKind};
use syn::{Attribute, Meta};

/// The packages whose programs do without the standard library, and those that they are made of.
pub(crate) fn packages(members: &[&Package]) -> BTreeSet<String> {
    let programs = members.iter().filter(|member| member.targets.iter().any(is_bare));
    let mut found = BTreeSet::new();
    let mut next: Vec<&Package> = programs.copied().collect();
    while let Some(package) = next.pop() {
        if found.insert(package.name.to_string()) {
            next.extend(members.iter().filter(|member| depends(package, member)));
        }
    }
    found
}

fn depends(package: &Package, on: &Package) -> bool {
    let folder = on.manifest_path.parent();
    package.dependencies.iter().any(|dependency| dependency.path.as_deref() == folder)
}

fn is_bare(target: &Target) -> bool {
    is_linked(target) && fs::read_to_string(&target.src_path).is_ok_and(|text| is_without_std(&text))
}

/// Whether what is built is whole: what it lacks is not found by another one later.
fn is_linked(target: &Target) -> bool {
    let is_part = |kind: &TargetKind| {
        matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::ProcMacro | TargetKind::CustomBuild)
    };
    !target.kind.iter().any(is_part)
}

/// Whether a crate's root does without the standard library; a condition that only tests do not meet counts.
fn is_without_std(root: &str) -> bool {
    // Hardly any root does: most need not be parsed.
    let has_word = root.contains("no_std") && !root.contains("extern crate std");
    has_word && syn::parse_file(root).is_ok_and(|file| file.attrs.iter().any(says_no_std))
}

fn says_no_std(attr: &Attribute) -> bool {
    match &attr.meta {
        Meta::Path(path) => path.is_ident("no_std"),
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let words = list.tokens.to_string().replace(' ', "");
            words.starts_with("not(test),") && words.split(',').any(|word| word == "no_std")
        }
        _ => false,
    }
}

/// What is said of packages that are left alone.
pub(crate) fn explain(packages: &BTreeSet<String>) -> String {
    let names: Vec<_> = packages.iter().map(String::as_str).collect();
    let is = if names.len() == 1 { "is" } else { "are" };
    format!(
        "{} {is} not woven: a program without the standard library has no place for omegi",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_always_without_std_is() {
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

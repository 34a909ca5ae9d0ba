//! Programs without the standard library. omegi needs that library: a program that links omegi gets
//! a second panic handler, and no longer compiles.
//!
//! A crate with `#![no_std]` is such a program if it is linked as a whole, and nothing in it links
//! the standard library. A test links it through libtest. Any program with `fn main` links it,
//! because that function is started by it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use cargo_metadata::{Package, Target, TargetKind};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, File, Item, Lit, Meta, Token};

/// Explains that a program is not woven.
pub(crate) fn explain(program: &str) -> String {
    format!("the program {program} is not woven: omegi needs the standard library, which it lacks")
}

/// Returns the packages whose libraries are parts of programs that may lack the standard library.
pub(crate) fn parts(members: &[&Package]) -> BTreeSet<String> {
    let programs = members.iter().filter(|it| it.targets.iter().any(|it| is_program_of(it) != Some(false)));
    let mut found = BTreeSet::new();
    let mut next: Vec<&Package> = programs.copied().collect();
    while let Some(package) = next.pop() {
        if found.insert(package.name.to_string()) {
            next.extend(members.iter().filter(|member| depends(package, member)));
        }
    }
    found
}

/// Returns whether a package may depend on another one, also by a `[patch]`.
fn depends(package: &Package, on: &Package) -> bool {
    package.dependencies.iter().any(|dependency| dependency.name == on.name.as_str())
}

/// Returns whether `target` is a program without the standard library; `None` if that depends on
/// conditions.
pub(crate) fn is_program_of(target: &Target) -> Option<bool> {
    let is = |kinds: &[TargetKind]| target.kind.iter().any(|kind| kinds.contains(kind));
    let is_test = is(&[TargetKind::Test, TargetKind::Bench]);
    let is_linked = is_test
        || is(&[
            TargetKind::Bin,
            TargetKind::Example,
            TargetKind::CDyLib,
            TargetKind::DyLib,
            TargetKind::StaticLib,
        ]);
    if !is_linked {
        return Some(false);
    }
    let has_main = is_test || is(&[TargetKind::Bin, TargetKind::Example]);
    is_program(target.src_path.as_std_path(), has_main, |condition| (condition == "test").then_some(is_test))
}

/// Returns whether a linked crate with the root file `root` does without the standard library. A
/// program `has_main`, a linked library has none. `holds` tells whether a condition holds: `test`,
/// `feature="std"`. `None` if it is not known.
pub(crate) fn is_program(root: &Path, has_main: bool, holds: impl Fn(&str) -> Option<bool>) -> Option<bool> {
    let text = fs::read_to_string(root).unwrap_or_default();
    // A search for this word saves parsing most roots.
    let file = text.contains("no_std").then(|| syn::parse_file(&text).ok()).flatten();
    let Some(file) = file else { return Some(false) };
    let is_without_main = if has_main && !has_panic_handler(&text) {
        has_attribute(&file.attrs, "no_main", &holds)
    } else {
        // Only one crate of a program has a panic handler: std, or another one.
        Some(has_main || has_panic_handler(&text) || has_panic_handler_below(root))
    };
    all([has_attribute(&file.attrs, "no_std", &holds), not(links_std(&file, &holds)), is_without_main])
}

/// Returns whether a file has the program's panic handler, or takes it from a crate such as
/// `panic_halt`.
fn has_panic_handler(text: &str) -> bool {
    ["panic_handler", "use panic_", "extern crate panic_"].iter().any(|words| text.contains(words))
}

/// Returns whether a file in the folder of `root`, or below it, has the program's panic handler.
fn has_panic_handler_below(root: &Path) -> bool {
    let mut next: Vec<_> = root.parent().map(Path::to_owned).into_iter().collect();
    while let Some(folder) = next.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                next.push(path);
            } else if path.extension() == Some(OsStr::new("rs"))
                && fs::read_to_string(&path).is_ok_and(|text| has_panic_handler(&text))
            {
                return true;
            }
        }
    }
    false
}

/// Returns whether one of these attributes, also behind a condition, is `name`.
fn has_attribute(attrs: &[Attribute], name: &str, holds: &impl Fn(&str) -> Option<bool>) -> Option<bool> {
    any(attrs.iter().map(|attr| is_attribute(&attr.meta, name, holds)))
}

fn is_attribute(meta: &Meta, name: &str, holds: &impl Fn(&str) -> Option<bool>) -> Option<bool> {
    match meta {
        Meta::Path(path) => Some(path.is_ident(name)),
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let metas = metas(meta);
            let (condition, attributes) = metas.split_first()?;
            let is_one = any(attributes.iter().map(|it| is_attribute(it, name, holds)));
            all([is_one, evaluate(condition, holds)])
        }
        _ => Some(false),
    }
}

/// Returns whether the file has an `extern crate std`.
fn links_std(file: &File, holds: &impl Fn(&str) -> Option<bool>) -> Option<bool> {
    any(file.items.iter().map(|item| match item {
        Item::ExternCrate(item) if item.ident == "std" => {
            let conditions = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
            all(conditions.map(|attr| all(metas(&attr.meta).iter().map(|it| evaluate(it, holds)))))
        }
        _ => Some(false),
    }))
}

/// Returns whether a condition of a `cfg` holds.
fn evaluate(condition: &Meta, holds: &impl Fn(&str) -> Option<bool>) -> Option<bool> {
    let inner = || metas(condition).into_iter().map(|it| evaluate(&it, holds)).collect::<Vec<_>>();
    let name = condition.path().get_ident()?.to_string();
    match (condition, name.as_str()) {
        (Meta::List(_), "all") => all(inner()),
        (Meta::List(_), "any") => any(inner()),
        (Meta::List(_), "not") => not(inner().first().copied()?),
        (Meta::Path(_), _) => holds(&name),
        (Meta::NameValue(pair), _) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) => holds(&format!("{name}={:?}", value.value())),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the parts of a list: `a`, `b = 1`, `c(d)`.
fn metas(list: &Meta) -> Vec<Meta> {
    let Meta::List(list) = list else { return Vec::new() };
    let parts = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
    parts.map(|parts| parts.into_iter().collect()).unwrap_or_default()
}

/// Returns whether all hold: one that does not decides, else one that is not known does.
fn all(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(any(parts.into_iter().map(not)))
}

/// Returns whether one holds.
fn any(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<_> = parts.into_iter().collect();
    let is_known = || parts.iter().all(Option::is_some);
    if parts.contains(&Some(true)) { Some(true) } else { is_known().then_some(false) }
}

fn not(part: Option<bool>) -> Option<bool> {
    part.map(|holds| !holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct TestRoot(std::path::PathBuf);

    impl TestRoot {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let folder = std::env::temp_dir().join(format!("cargo-omegi-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("m")).unwrap();
            for (file, text) in files {
                fs::write(folder.join(file), text).unwrap();
            }
            Self(folder)
        }

        fn is_program(&self, has_main: bool, set: &[&str]) -> Option<bool> {
            is_program(&self.0.join("root.rs"), has_main, |condition| match set {
                ["?"] => None,
                set => Some(set.contains(&condition)),
            })
        }
    }

    impl Drop for TestRoot {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn conditions_decide_with_what_is_set() {
        let std = "feature=\"std\"";
        for (root, set, expected) in [
            ("#![no_std]\n#![no_main]", &[][..], Some(true)),
            ("#![no_std]\n#![no_main]\nextern crate std;", &[], Some(false)),
            ("#![no_std]\n#![no_main]\n#[cfg(test)] extern crate std;", &[], Some(true)),
            ("#![no_std]\n#![no_main]\n#[cfg(test)] #[macro_use] extern crate std;", &["test"], Some(false)),
            ("#![no_main]\n#![cfg_attr(not(test), no_main, no_std)]", &[], Some(true)),
            ("#![no_main]\n#![cfg_attr(not(test), no_main, no_std)]", &["test"], Some(false)),
            ("#![no_main]\n#![cfg_attr(not(feature = \"std\"), no_std)]", &[], Some(true)),
            ("#![no_main]\n#![cfg_attr(not(feature = \"std\"), no_std)]", &[std], Some(false)),
            ("#![no_main]\n#![cfg_attr(not(feature = \"std\"), no_std)]", &["?"], None),
            ("#![cfg_attr(any(unix, all(a, b)), no_std, no_main)]", &["a", "b"], Some(true)),
            ("#![cfg_attr(any(unix, all(a, b)), no_std, no_main)]", &["a"], Some(false)),
            ("#![cfg_attr(a, cfg_attr(b, no_std))]\n#![no_main]", &["a", "b"], Some(true)),
            ("#![cfg_attr(a, cfg_attr(b, no_std))]\n#![no_main]", &["a"], Some(false)),
            // The standard library starts `fn main`.
            ("#![no_std]\nfn main() {}", &[], Some(false)),
            ("#![no_std]\n#[panic_handler] fn p(_: &PanicInfo) -> ! { loop {} }", &[], Some(true)),
            ("#![no_std]\n#![cfg_attr(target_os = \"none\", no_main)]\nfn main() {}", &[], Some(false)),
            ("//! no_std\nfn main() {}", &[], Some(false)),
            ("#![no_std", &[], Some(false)),
        ] {
            let files = TestRoot::new("no-std", &[("root.rs", root)]);
            assert_eq!(files.is_program(true, set), expected, "{root} with {set:?}");
        }
    }

    #[test]
    fn a_linked_library_needs_a_panic_handler() {
        let handler = "#[panic_handler] fn lost(_: &core::panic::PanicInfo) -> ! { loop {} }";
        for (root, module, expected) in [
            ("#![no_std] mod m;", handler, Some(true)),
            ("#![no_std] use panic_halt as _;", "", Some(true)),
            ("#![no_std] mod m;", "", Some(false)),
            ("mod m;", handler, Some(false)),
        ] {
            let files = TestRoot::new("no-std-library", &[("root.rs", root), ("m/mod.rs", module)]);
            assert_eq!(files.is_program(false, &[]), expected, "{root}");
        }
    }
}

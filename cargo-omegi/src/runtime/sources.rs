//! The sources of omegi's crates, which this program carries.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;

use crate::whole_files::write_whole;

mod carried {
    include!(concat!(env!("OUT_DIR"), "/carried.rs"));
}

/// The names of omegi's crates that a woven program links.
pub(crate) use carried::CRATES;

/// Returns a name for these sources as `compiler` builds them: another version has another name.
pub(super) fn id(compiler: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (carried::FILES, compiler).hash(&mut hasher);
    format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), hasher.finish())
}

/// Writes the sources below `folder`, as a workspace. A correct file keeps its age, by which cargo
/// knows that it is unchanged.
pub(super) fn unpack(folder: &Path) -> io::Result<()> {
    for (name, bytes) in carried::FILES {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|found| found == *bytes) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        write_whole(&path, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use cargo_metadata::{DependencyKind, MetadataCommand};

    use super::*;

    #[test]
    fn every_crate_that_the_facade_needs_is_carried() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let metadata =
            MetadataCommand::new().manifest_path(workspace.join("Cargo.toml")).no_deps().exec().unwrap();
        let mut needed = BTreeSet::new();
        let mut next = vec!["omegi".to_owned()];
        while let Some(name) = next.pop() {
            if !needed.insert(name.clone()) {
                continue;
            }
            let package = metadata.packages.iter().find(|package| package.name == name).unwrap();
            let linked = package.dependencies.iter().filter(|it| it.kind != DependencyKind::Development);
            next.extend(linked.filter(|it| it.path.is_some()).map(|it| it.name.clone()));
            let below = package.manifest_path.as_std_path().strip_prefix(workspace).unwrap();
            let library = below.with_file_name("src").join("lib.rs");
            let script = Some(below.with_file_name("build.rs")).filter(|file| workspace.join(file).exists());
            for file in [below, &library].into_iter().chain(script.as_deref()) {
                assert!(carried::FILES.iter().any(|(path, _)| Path::new(path) == file), "{}", file.display());
            }
        }
        assert_eq!(needed.iter().map(String::as_str).collect::<Vec<_>>(), sorted(CRATES));
        assert!(!carried::FILES.iter().any(|(path, _)| path.starts_with("integrations/")));
    }

    #[test]
    fn the_published_package_has_every_carried_file() {
        let output = Command::new(std::env::var_os("CARGO").unwrap())
            .args(["package", "--list", "--allow-dirty"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let (listed, stderr) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
        let listed: BTreeSet<_> = listed.lines().map(|line| line.replace('\\', "/")).collect();
        for (path, _) in carried::FILES {
            let packaged = format!("carried/{}", path.replace("Cargo.toml", "manifest.toml"));
            assert!(listed.contains(&packaged), "no {packaged}: {}", String::from_utf8_lossy(&stderr));
        }
    }

    #[test]
    fn the_carried_files_are_a_workspace() {
        let folder = std::env::temp_dir().join(format!("cargo-omegi-sources-{}", std::process::id()));
        unpack(&folder).unwrap();
        let (whole, cut) = (folder.join("Cargo.toml"), folder.join("src/lib.rs"));
        let age = || fs::metadata(&whole).unwrap().modified().unwrap();
        let (before, text) = (age(), fs::read(&cut).unwrap());
        fs::write(&cut, &text[..text.len() / 2]).unwrap();
        unpack(&folder).unwrap();
        assert_eq!((age(), fs::read(&cut).unwrap()), (before, text));
        let metadata = MetadataCommand::new()
            .manifest_path(folder.join("Cargo.toml"))
            .no_deps()
            .other_options(["--offline".to_owned()])
            .exec();
        fs::remove_dir_all(&folder).unwrap();
        let metadata = metadata.unwrap();
        let names: Vec<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(sorted(&names), sorted(CRATES));
        let targets = metadata.packages.iter().flat_map(|package| &package.targets);
        assert!(
            targets
                .flat_map(|target| &target.kind)
                .all(|kind| { ["lib", "proc-macro", "custom-build"].contains(&kind.to_string().as_str()) })
        );
    }

    fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    }
}

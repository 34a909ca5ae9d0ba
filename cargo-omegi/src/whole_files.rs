//! Files that are written in one step: a process that is killed, or a full disk, leaves the old
//! file or none, never a part of the new one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, |unfinished| fs::write(unfinished, bytes))
}

/// Writes a file again, which keeps its rights and stays behind its links.
pub(crate) fn write_again(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    let rights = fs::metadata(&path)?.permissions();
    put(&path, |unfinished| {
        fs::write(unfinished, b"")?;
        fs::set_permissions(unfinished, rights)?;
        fs::write(unfinished, bytes)
    })
}

/// Copies a file.
pub(crate) fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    put(to, |unfinished| fs::copy(from, unfinished).map(drop))
}

/// Links or copies a file, in place of an older one at `to`.
pub(crate) fn link_whole(from: &Path, to: &Path) -> io::Result<()> {
    put(to, |unfinished| fs::hard_link(from, unfinished)).or_else(|_| copy_whole(from, to))
}

/// Returns whether two names are those of one file.
pub(crate) fn are_one(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
        identity(a).is_some_and(|file| identity(b) == Some(file))
    }
    #[cfg(not(unix))]
    {
        a == b
    }
}

fn put(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let unfinished = beside(path);
    let done = write(&unfinished).and_then(|()| fs::rename(&unfinished, path));
    // A file that is renamed to itself stays under both names.
    let _ = fs::remove_file(&unfinished);
    done
}

/// Returns a name that no other process uses.
fn beside(path: &Path) -> PathBuf {
    omegi_weave::with_added_extension(path, &format!("{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_beside_it() {
        let folder = std::env::temp_dir().join(format!("cargo-omegi-whole-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.txt");
        write_whole(&path, b"old").unwrap();
        let failed = put(&path, |unfinished| {
            fs::write(unfinished, b"ne").unwrap();
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err() && copy_whole(&folder.join("none"), &path).is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        link_whole(&path, &folder.join("b.txt")).unwrap();
        assert_eq!(fs::read(folder.join("b.txt")).unwrap(), b"old");
        link_whole(&path, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! The file with the flows of tests: put aside before them, and summed up behind them.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// The bytes of a line by which its kind is known.
const BEGINNING: u64 = 128;

/// The files that tests below one output folder write.
#[derive(Debug)]
pub(crate) struct FlowFile {
    flows: PathBuf,
    /// omegi's own messages.
    notes: PathBuf,
}

impl FlowFile {
    pub(crate) fn new(output_folder: &Path) -> Self {
        Self { flows: output_folder.join("flows.json"), notes: output_folder.join("notes.txt") }
    }

    /// Puts the files of the last tests aside, and removes those of the tests before.
    pub(crate) fn put_aside(&self) {
        for file in [&self.flows, &self.notes] {
            let mut aside = file.clone().into_os_string();
            aside.push(".1");
            let _ = fs::rename(file, aside);
        }
    }

    /// Returns a line about the flows and messages; `None` if there are none.
    pub(crate) fn summary(&self) -> Option<String> {
        let flows = Counts::of(&self.flows).ok().and_then(|counts| counts.summary(&shown(&self.flows)));
        let has_notes = fs::metadata(&self.notes).is_ok_and(|notes| notes.len() > 0);
        let notes = has_notes.then(|| format!("omegi's notes are in {}", shown(&self.notes)));
        let parts: Vec<_> = flows.into_iter().chain(notes).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Returns a path as a shell in this folder reads it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let path = here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).display().to_string();
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-+:\\".contains(c));
    if is_plain { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// The numbers of lines of each kind in a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    flows: u64,
    failed: u64,
    /// True if there are lines in another format: the user chose it.
    has_others: bool,
    /// True if the file took no more.
    is_full: bool,
}

impl Counts {
    fn of(path: &Path) -> io::Result<Self> {
        let mut counts = Self::default();
        let mut file = BufReader::new(File::open(path)?);
        loop {
            let mut beginning = Vec::new();
            if (&mut file).take(BEGINNING).read_until(b'\n', &mut beginning)? == 0 {
                return Ok(counts);
            }
            counts.add(&beginning);
            if !beginning.ends_with(b"\n") {
                skip_line(&mut file)?;
            }
        }
    }

    fn add(&mut self, line: &[u8]) {
        if let Some(rest) = line.strip_prefix(b"{\"flow\":\"") {
            self.flows += 1;
            let behind_id = rest.splitn(2, |byte| *byte == b'"').nth(1);
            self.failed += u64::from(behind_id.is_some_and(|it| it.starts_with(b",\"failed\":true")));
        } else if line.starts_with(b"{\"full\":") {
            self.is_full = true;
        } else {
            let is_compact =
                [&b"{\"resource\":"[..], b"{\"callSite\":"].iter().any(|it| line.starts_with(it));
            self.has_others |= !is_compact && !line.trim_ascii().is_empty();
        }
    }

    fn summary(&self, file: &str) -> Option<String> {
        let Self { flows, failed, has_others, is_full } = self;
        if *flows == 0 {
            return has_others.then(|| format!("flows \u{2192} {file}"));
        }
        let plural = if *flows == 1 { "" } else { "s" };
        let full = if *is_full { " (full: OMEGI_RUN_MAX_SIZE sets another bound)" } else { "" };
        Some(format!(
            "{flows} flow{plural}, {failed} failed \u{2192} {file}{full}; `cargo omegi show {file}`"
        ))
    }
}

fn skip_line(file: &mut impl io::BufRead) -> io::Result<()> {
    loop {
        let buffer = file.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (used, is_done) = (end.map_or(buffer.len(), |end| end + 1), end.is_some() || buffer.is_empty());
        file.consume(used);
        if is_done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &str, text: &str) -> Counts {
        let path = std::env::temp_dir().join(format!("cargo-omegi-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        let counts = Counts::of(&path).unwrap();
        fs::remove_file(&path).unwrap();
        counts
    }

    #[test]
    fn flows_are_counted_by_the_beginnings_of_their_lines() {
        let long = "x".repeat(1_000);
        let text = [
            r#"{"resource":"1","attributes":{}}"#.to_owned(),
            format!(r#"{{"flow":"0a","failed":true,"spans":["{long}"#),
            format!(r#"{{"flow":"0b","resource":"1","spans":["{long}"failed":true]}}"#),
            r#"{"full":7}"#.to_owned(),
        ]
        .join("\n");
        let counts = counted("counts", &text);
        assert_eq!(counts, Counts { flows: 2, failed: 1, has_others: false, is_full: true });
        let summary = counts.summary("f.json").unwrap();
        assert!(summary.starts_with("2 flows, 1 failed \u{2192} f.json"), "{summary}");
        assert!(summary.ends_with("; `cargo omegi show f.json`"), "{summary}");
    }

    #[test]
    fn an_empty_file_is_not_spoken_of() {
        assert_eq!(counted("empty", "").summary("f"), None);
        assert_eq!(counted("other", "{\"name\":\"f\"}\n").summary("f").unwrap(), "flows \u{2192} f");
        assert_eq!(shown(Path::new("/a b/c")), "'/a b/c'");
    }
}

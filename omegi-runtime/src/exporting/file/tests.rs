//! The file exporter with rotation, full disks and several writers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use super::*;
use crate::exporting::Retry;
use crate::exporting::fixtures::{failing_order, flow, span};
use crate::vocabulary::TraceId;

/// A folder for this test, removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("omegi-file-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn flows(&self) -> PathBuf {
        self.0.join("flows.jsonl")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A flow with this trace id: a line of about 560 bytes.
fn numbered(id: u128) -> Flow {
    Flow { trace_id: TraceId::from_u128(id), ..flow([span("f", None)]) }
}

fn export(config: FileConfig, ids: std::ops::Range<u128>) {
    let mut exporter = FileExporter::new(config).unwrap();
    ids.for_each(|id| exporter.export(&[numbered(id)]).unwrap());
}

/// The traces of all complete lines.
fn traces(path: &Path) -> Vec<u128> {
    let id = |line: &str| {
        let (_, rest) = line.strip_suffix("]}]}]}")?.split_once("\"traceId\": \"")?;
        u128::from_str_radix(rest.get(..32)?, 16).ok()
    };
    fs::read_to_string(path).unwrap_or_default().lines().filter_map(id).collect()
}

#[test]
fn each_flow_is_a_line() {
    let folder = Folder::new("lines");
    let mut exporter = FileExporter::new(FileConfig::new(folder.flows())).unwrap();
    exporter.export(&[failing_order(), numbered(7)]).unwrap();
    let text = fs::read_to_string(folder.flows()).unwrap();
    assert_eq!(text, format!("{}\n{}\n", TracesData::of(&failing_order()), TracesData::of(&numbered(7))));
}

#[test]
fn a_full_file_is_put_aside_and_the_oldest_removed() {
    let folder = Folder::new("rotation");
    let line = TracesData::of(&numbered(0)).to_string().len() as u64 + 1;
    let config = FileConfig { max_bytes: Some(line * 3), max_files: 3, ..FileConfig::new(folder.flows()) };
    export(config.clone(), 0..11);
    let file = |suffix: &str| traces(&folder.0.join(format!("flows.jsonl{suffix}")));
    assert_eq!([file(""), file(".1"), file(".2")], [vec![9, 10], vec![6, 7, 8], vec![3, 4, 5]]);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 4, "three and the lock");

    // A flow larger than the limit gets a file of its own.
    export(FileConfig { max_bytes: Some(1), max_files: 1, ..config }, 20..22);
    assert_eq!(file(""), [21]);
}

#[test]
fn a_torn_line_stays_alone() {
    let folder = Folder::new("torn");
    let whole = format!("{}\n", TracesData::of(&numbered(1)));
    fs::write(folder.flows(), format!("{whole}{}", &whole[..200])).unwrap();
    export(FileConfig::new(folder.flows()), 2..4);
    assert_eq!(traces(&folder.flows()), [1, 2, 3]);
    assert_eq!(fs::read_to_string(folder.flows()).unwrap().lines().count(), 4);
}

#[test]
fn a_removed_file_is_made_again() {
    let folder = Folder::new("away");
    let mut exporter = FileExporter::new(FileConfig::new(folder.flows())).unwrap();
    exporter.export(&[numbered(1)]).unwrap();
    fs::remove_file(folder.flows()).unwrap();
    exporter.export(&[numbered(2)]).unwrap();
    assert_eq!(traces(&folder.flows()), [2]);
}

#[test]
fn many_writers_that_rotate_lose_and_tear_nothing() {
    let folder = Folder::new("many");
    let config = FileConfig { max_bytes: Some(4_000), max_files: 400, ..FileConfig::new(folder.flows()) };
    std::thread::scope(|scope| {
        for nth in 0..8 {
            let config = config.clone();
            scope.spawn(move || export(config, nth * 100..(nth + 1) * 100));
        }
    });
    let files = || fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files().flat_map(|file| traces(&file)).collect();
    found.sort_unstable();
    assert_eq!(found, (0..800).collect::<Vec<_>>());
    assert!((50..400).contains(&files().count()), "{}", files().count());
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    let folder = Folder::new("nowhere");
    let config = FileConfig::new(folder.0.join("no-such-folder/flows.jsonl"));
    let error = FileExporter::new(config).unwrap_err().to_string();
    assert!(error.contains("no-such-folder/flows.jsonl") && error.contains("OMEGI_FILE_PATH"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_temporary_error() {
    let mut exporter = FileExporter::new(FileConfig::new("/dev/full")).unwrap();
    let error = exporter.export(&[failing_order()]).unwrap_err();
    assert!(error.to_string().ends_with("make room on the disk"), "{error}");
    assert_eq!(error.written(), [0; 0]);
    assert_eq!(error.retry(), Some(Retry { after: None }));
}

#[test]
#[cfg(target_os = "linux")]
fn a_flow_written_before_the_disk_was_full_is_not_written_twice() {
    let folder = Folder::new("resume");
    let mut exporter = FileExporter::new(FileConfig::new(folder.flows())).unwrap();
    let flows = [numbered(1), numbered(2)];
    exporter.delivered.note(&flows[0], 1);
    assert_eq!(exporter.written(&flows), [0]);
    exporter.export(&flows).unwrap();
    assert_eq!(traces(&folder.flows()), [2]);
    exporter.export(&flows).unwrap();
    assert_eq!(traces(&folder.flows()), [2, 1, 2]);
}

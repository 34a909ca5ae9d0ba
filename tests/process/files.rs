//! Flows that go to a file.

use std::fs;
use std::path::{Path, PathBuf};

use super::{OWN_OUTPUT, program, stderr, stdout};

/// Returns an empty folder for this test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn processes_that_append_to_one_file_do_not_mix() {
    let file = folder("appending").join("flows.json");
    let variables = [("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()), ("OMEGI_FLOW_RATE", "1")];
    let running: Vec<_> = (0..16).map(|_| program("once", &variables).spawn().unwrap()).collect();
    for process in running {
        let output = process.wait_with_output().unwrap();
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    }
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 16 * 4);
    for line in text.lines() {
        assert!(line.starts_with("{\"name\": ") && line.ends_with('}'), "{line}");
        assert_eq!(line.matches("\"trace_id\"").count(), 1, "{line}");
    }
}

#[test]
fn a_file_holds_trees_on_request_and_no_colours() {
    let file = folder("trees").join("flows.txt");
    let variables = [("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()), ("OMEGI_CONSOLE_FORMAT", "tree")];
    program("once", &variables).output().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("began in  shop::find") && !text.contains('\x1b'), "{text}");
}

/// Returns the number of the flow's spans in a line, if it is whole OTLP/JSON.
fn spans_of_line(line: &str) -> usize {
    assert!(line.starts_with("{\"resourceSpans\": [") && line.ends_with("]}]}]}"), "{line}");
    line.matches("\"spanId\"").count()
}

#[test]
fn the_file_exporter_and_the_dump_write_a_line_for_each_flow() {
    let folder = folder("exporter");
    let (flows, dump) = (folder.join("flows.jsonl"), folder.join("dump.jsonl"));
    let variables = [
        ("OMEGI_EXPORTER_KIND", "file"),
        ("OMEGI_FILE_PATH", flows.to_str().unwrap()),
        ("OMEGI_FILE_FSYNC", "batch"),
        ("OMEGI_DEBUG_SPANDUMP", dump.to_str().unwrap()),
        ("OMEGI_FLOW_RATE", "1"),
    ];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (OWN_OUTPUT, ""));
    let text = fs::read_to_string(&flows).unwrap();
    assert_eq!(text.lines().map(spans_of_line).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(fs::read_to_string(&dump).unwrap(), text);
}

#[test]
fn processes_that_share_a_file_put_it_aside_together() {
    let folder = folder("rotating");
    let flows = folder.join("flows.jsonl");
    let variables = [
        ("OMEGI_EXPORTER_KIND", "file"),
        ("OMEGI_FILE_PATH", flows.to_str().unwrap()),
        ("OMEGI_FILE_MAX_SIZE", "8kB"),
        ("OMEGI_FILE_MAX_FILES", "64"),
        ("OMEGI_FLOW_RATE", "1"),
    ];
    let running: Vec<_> = (0..16).map(|_| program("once", &variables).spawn().unwrap()).collect();
    for process in running {
        assert_eq!(stderr(&process.wait_with_output().unwrap()), "");
    }
    let texts: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(texts.len() > 4, "{}", texts.len());
    assert_eq!(texts.iter().flat_map(|text| text.lines()).map(spans_of_line).sum::<usize>(), 16 * 4);
}

#[test]
#[cfg(target_os = "linux")]
fn the_file_exporter_reports_a_full_disk_once() {
    let variables = [("OMEGI_EXPORTER_KIND", "file"), ("OMEGI_FILE_PATH", "/dev/full")];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));
    let messages = stderr(&output);
    assert_eq!(messages.matches("cannot write flows to /dev/full").count(), 1, "{messages}");
    assert!(messages.contains("make room on the disk"), "{messages}");
}

#[test]
fn a_file_that_cannot_be_opened_is_reported_once_and_its_flows_are_lost() {
    let file = folder("missing").join("no-such-folder/flows.json");
    let variables = [("OMEGI_CONSOLE_STREAM", file.to_str().unwrap()), ("OMEGI_DEBUG", "true")];
    let output = program("once", &variables).output().unwrap();
    assert_eq!((stdout(&output).as_str(), output.status.code()), (OWN_OUTPUT, Some(3)));
    let messages = stderr(&output);
    assert_eq!(messages.matches("cannot append to").count(), 1, "{messages}");
    assert!(
        messages.contains("no-such-folder/flows.json: No such file")
            && messages.contains("set OMEGI_CONSOLE_STREAM")
    );
    let last = messages.lines().last().unwrap();
    assert!(last.contains(" 0 exported") && !last.contains(" 0 lost in exporters"), "{last}");
}

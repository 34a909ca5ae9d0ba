//! The arguments of a call of rustc: options, their values, and plain words.

use std::ffi::{OsStr, OsString};
use std::ops::Range;

/// Returns each option with its index and value. A word that is no option has an empty name.
pub(super) fn options(arguments: &[OsString]) -> Vec<(usize, (String, OsString))> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < arguments.len() {
        let text = arguments[at].to_string_lossy().into_owned();
        if takes_value(&arguments[at]) {
            found.push((at, (text, arguments.get(at + 1).cloned().unwrap_or_default())));
            at += 1;
        } else if let Some((name, value)) = text.split_once('=').filter(|_| text.starts_with("--")) {
            found.push((at, (name.to_owned(), value.into())));
        } else if let Some(codegen) = text.strip_prefix("-C") {
            found.push((at, ("-C".to_owned(), codegen.into())));
        } else if text == "-O" {
            found.push((at, (text, OsString::new())));
        } else if !text.starts_with('-') {
            found.push((at, (String::new(), arguments[at].clone())));
        }
        at += 1;
    }
    found
}

/// Returns ranges of arguments that belong together: an option and its value, or one word.
pub(super) fn grouped(arguments: &[OsString]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < arguments.len() {
        let width = 1 + usize::from(takes_value(&arguments[at]) && at + 1 < arguments.len());
        groups.push(at..at + width);
        at += width;
    }
    groups
}

/// Returns the name of the crate in the value of `--extern`: `name`, `name=path` or
/// `priv,noprelude:name=path`.
pub(super) fn extern_name(text: &str) -> &str {
    let text = text.split_once('=').map_or(text, |(name, _)| name);
    text.rsplit_once(':').map_or(text, |(_, name)| name)
}

/// Returns whether an option's value is the next argument.
fn takes_value(argument: &OsStr) -> bool {
    const OPTIONS: [&str; 19] = [
        "--crate-name",
        "--crate-type",
        "--edition",
        "--target",
        "--out-dir",
        "--extern",
        "--error-format",
        "--emit",
        "-C",
        "--codegen",
        "-L",
        "-l",
        "--cfg",
        "--check-cfg",
        "--cap-lints",
        "--remap-path-prefix",
        "--json",
        "-o",
        "--print",
    ];
    const LINTS: [&str; 10] =
        ["-A", "-W", "-D", "-F", "-Z", "--allow", "--warn", "--deny", "--forbid", "--sysroot"];
    OPTIONS.iter().chain(&LINTS).any(|option| argument == *option)
}

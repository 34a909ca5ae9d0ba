//! Follows modules from file to file, and weaves the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::files::aliases::{Alias, failing_names};
use crate::files::crate_weave::{CrateWeave, MeasuredDetails, RootStatements};
use crate::files::edits::EditedText;
use crate::files::modules::ModuleFile;
use crate::files::paths::normal;
use crate::files::source::ParsedSource;
use crate::files::splicer::{FunctionRestrictions, SourceFunction};
use crate::parse::detail::Detail;

/// The functions of a crate that are not woven whole, by file.
pub type CrateRestrictions = BTreeMap<PathBuf, FunctionRestrictions>;

/// A source file of a crate.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path.
    pub path: PathBuf,
    /// The path of its module, below the file from which it was found: `["orders", "cart"]`.
    pub module: Vec<String>,
    /// Its text.
    pub text: String,
    /// The functions in it.
    pub functions: Vec<SourceFunction>,
    /// The options of the attributes that are inserted into it: see [`CrateWeave::options`].
    pub options: String,
    /// The woven text; `None` if the file stays as it is.
    pub woven: Option<EditedText>,
    /// The reason why it is not Rust, if so.
    pub error: Option<SyntaxError>,
}

impl SourceFile {
    /// Returns the indices of the functions that the byte `woven` of the woven text is about, among
    /// those that `counts` selects.
    ///
    /// They are the innermost function around. Outside of all functions they are those of the item
    /// around: an `impl` or a trait.
    #[must_use]
    pub fn functions_at(&self, woven: usize, counts: impl Fn(&SourceFunction) -> bool) -> Vec<usize> {
        let place = self.woven.as_ref().map_or(woven..woven, |text| text.original(woven));
        let is_around = |extent: &Range<usize>| extent.start <= place.start && place.end <= extent.end;
        let all = || self.functions.iter().enumerate();
        let counted = || all().filter(|(_, function)| counts(function));
        let around = counted().filter(|(_, function)| is_around(&function.extent));
        match around.max_by_key(|(_, function)| function.extent.start) {
            Some((innermost, _)) => vec![innermost],
            None if all().any(|(_, function)| is_around(&function.extent)) => Vec::new(),
            None => counted().filter(|(_, it)| is_around(&it.item)).map(|(index, _)| index).collect(),
        }
    }
}

/// The reason why a text is not Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line; the first is 1.
    pub line: usize,
    /// The parser's message.
    pub message: String,
}

impl SyntaxError {
    fn new(error: &syn::Error) -> Self {
        Self { line: error.span().start().line, message: error.to_string() }
    }
}

/// Reads and weaves the crate with the root file `root`.
///
/// `statements` are inserted into its files, and the functions in `restrictions` are woven as these
/// say. The results in `weave` are found in the files. A file that is not Rust is returned with its
/// error.
#[must_use]
pub fn read_crate(
    root: &Path,
    statements: RootStatements<'_>,
    restrictions: &CrateRestrictions,
    weave: CrateWeave,
) -> Vec<SourceFile> {
    let root = normal(root);
    let mut tree = ModuleTree::new(&weave, restrictions.clone());
    tree.find(ModuleFile { path: root.clone(), owns_folder: true, module: Vec::new() });
    let weave = CrateWeave { results: Some(failing_names(tree.aliases())), ..weave };
    tree.weave(&weave, Some((root.as_path(), statements)), |_| false)
}

/// The files of modules, found and parsed.
#[derive(Debug)]
pub(crate) struct ModuleTree {
    /// The options of the weave that are known before the files are.
    weave: CrateWeave,
    restrictions: CrateRestrictions,
    found: BTreeSet<PathBuf>,
    files: Vec<FoundFile>,
}

#[derive(Debug)]
struct FoundFile {
    path: PathBuf,
    module: Vec<String>,
    source: Result<ParsedSource, UnparsedFile>,
}

#[derive(Debug)]
struct UnparsedFile {
    text: String,
    error: SyntaxError,
}

impl ModuleTree {
    /// Returns a tree without files, to be woven with the options `weave`, and the functions in
    /// `restrictions` as these say.
    pub(crate) fn new(weave: &CrateWeave, restrictions: CrateRestrictions) -> Self {
        Self { weave: weave.clone(), restrictions, found: BTreeSet::new(), files: Vec::new() }
    }

    /// Returns the details of a file's functions by their paths below the file.
    fn measured(&self, path: &Path, module: &[String]) -> MeasuredDetails {
        let around: String = module.iter().map(|name| format!("{name}::")).collect();
        let of_file = self.weave.measured.get(path).into_iter().flatten();
        let below = |(function, detail): (&String, &Detail)| {
            Some((function.strip_prefix(around.as_str())?.to_owned(), *detail))
        };
        of_file.filter_map(below).collect()
    }

    /// Reads `file` and the files of its modules, except those that were found before or do not
    /// exist.
    pub(crate) fn find(&mut self, file: ModuleFile) {
        let ModuleFile { path, owns_folder, module } = file;
        if self.found.contains(&path) {
            return;
        }
        let Ok(text) = fs::read_to_string(&path) else { return };
        let nothing = FunctionRestrictions::new();
        let restrictions = self.restrictions.get(&path).unwrap_or(&nothing);
        let measured = self.measured(&path, &module);
        let source = ParsedSource::parse_measured(&text, restrictions, &measured, &self.weave);
        let source = source.map_err(|error| UnparsedFile { error: SyntaxError::new(&error), text });
        let declared = source.as_ref().map(|source| source.modules(&path, owns_folder)).unwrap_or_default();
        self.found.insert(path.clone());
        self.files.push(FoundFile { path, module: module.clone(), source });
        for mut child in declared {
            child.path = normal(&child.path);
            child.module.splice(0..0, module.iter().cloned());
            self.find(child);
        }
    }

    /// Returns the paths of the files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Returns the aliases that the files declare.
    fn aliases(&self) -> impl Iterator<Item = &Alias> {
        self.files.iter().filter_map(|file| file.source.as_ref().ok()).flat_map(ParsedSource::aliases)
    }

    /// Weaves every file with the options `weave`.
    ///
    /// `root` is the crate's root file, with the statements for the crate. A file that is included
    /// from this tree or from `elsewhere` gets its absolute path.
    pub(crate) fn weave<'a>(
        self,
        weave: &CrateWeave,
        root: Option<(&Path, RootStatements<'a>)>,
        elsewhere: impl Fn(&Path) -> bool,
    ) -> Vec<SourceFile> {
        let Self { found, files, .. } = self;
        let of_file = |path: &Path| {
            let of_root = |(root, statements): (&Path, RootStatements<'a>)| {
                if root == path { statements } else { statements.outside_of_root() }
            };
            root.map(of_root).unwrap_or_default()
        };
        let is_woven = |source: &ParsedSource, path: &Path| source.is_woven() || source.takes(of_file(path));
        let any_woven =
            files.iter().any(|file| file.source.as_ref().is_ok_and(|source| is_woven(source, &file.path)));
        let is_redirected = |path: &PathBuf| found.contains(path) || elsewhere(path);
        let files = files.into_iter().map(|FoundFile { path, module, source }| {
            let statements = of_file(&path);
            let is_limited = any_woven && statements.recursion_limit.is_some();
            let redirect =
                |name: &str| included(&path, name).filter(is_redirected).or_else(|| behind_link(&path, name));
            let (text, functions, woven, error) = match source {
                Ok(source) => {
                    let is_woven = is_limited || is_woven(&source, &path);
                    let woven = is_woven.then(|| source.woven_as(weave, statements, redirect));
                    (source.text().to_owned(), source.functions_knowing(weave.results.as_ref()), woven, None)
                }
                Err(UnparsedFile { text, error }) => (text, Vec::new(), None, Some(error)),
            };
            SourceFile { path, module, text, functions, options: weave.options(), woven, error }
        });
        let files = files.collect();
        proc_macro2::extra::invalidate_current_thread_spans();
        files
    }
}

/// Returns the path of the file that the file at `path` includes as `name`.
fn included(path: &Path, name: &str) -> Option<PathBuf> {
    Some(normal(&path.parent()?.join(name)))
}

/// Returns the same, if the path leads up out of a folder that is a link. In a mirror that folder
/// is no link, and the relative path would lead elsewhere.
fn behind_link(path: &Path, name: &str) -> Option<PathBuf> {
    if !name.contains("..") {
        return None;
    }
    let real = path.parent()?.join(name).canonicalize().ok()?;
    let apparent = included(path, name).and_then(|apparent| apparent.canonicalize().ok());
    (apparent.as_ref() != Some(&real)).then_some(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weaves `text` and returns the functions at each `places`: texts of the woven file.
    fn found(text: &str, places: &[&str]) -> Vec<String> {
        let source = ParsedSource::parse(text).unwrap();
        let statements = RootStatements { in_main: Some("NAME;"), ..RootStatements::default() };
        let woven = source.woven_as(&CrateWeave::default(), statements, |_| None);
        let file = SourceFile {
            path: PathBuf::new(),
            module: Vec::new(),
            text: text.to_owned(),
            functions: source.functions().to_vec(),
            options: String::new(),
            woven: Some(woven.clone()),
            error: None,
        };
        let names = |place: &&str| {
            let at = woven.text.find(place).unwrap_or_else(|| panic!("{place} is not in {}", woven.text));
            let at = file.functions_at(at, |function| function.skipped.is_none());
            at.into_iter().map(|index| file.functions[index].path.as_str()).collect::<Vec<_>>().join(" ")
        };
        places.iter().map(names).collect()
    }

    #[test]
    fn every_place_of_a_woven_text_leads_to_its_functions() {
        // The attribute of `b` stands on the line of `a`, and that of the impl behind `b`.
        let text = "\u{feff}fn a() { x(1) }\r\nfn b() { x(2); fn c() { x(3) } }\r\n\
            /* ä */ impl S { fn d() { x(4) } fn e() { x(5) } }\nconst Z: u8 = x(6);";
        let places = ["x(1)", "x(2)", "x(3)", "x(4)", "x(5)", "x(6)"];
        assert_eq!(found(text, &places), ["a", "b", "b::c", "S::d", "S::e", ""]);
        assert_eq!(found(text, &["#[::omegi", "fn b"]), ["a", "b"]);
        assert_eq!(
            found("fn a() { g() } impl S { fn d() { g() } fn e() { g() } }", &["traced", "impl"]),
            ["a", "S::d S::e"]
        );
        assert_eq!(
            found(
                "fn a() { g() } fn b() { g() }",
                &["#[::omegi::traced(__inherit(\"\", all, args = off, ret = off))] fn b"]
            ),
            ["b"]
        );
        assert_eq!(found("struct A; impl S { fn d() { g() } fn e() { g() } }", &["#["]), ["S::d S::e"]);
        assert_eq!(found("fn main() { g() }", &["NAME"]), ["main"]);
        assert_eq!(found("fn f() { fn t() {} g() }", &["t()"]), ["f"], "`t` is trivial");
    }
}

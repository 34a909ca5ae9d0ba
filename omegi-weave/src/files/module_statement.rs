//! The modules of one `instrument_modules!`: finds their declarations in the text, and writes their
//! woven files.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::fs;
use std::mem;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use proc_macro2::LineColumn;
use syn::ItemMod;

use crate::files::compiler::Compiler;
use crate::files::crate_weave::CrateWeave;
use crate::files::edits::prefix_length;
use crate::files::mirror::Mirror;
use crate::files::module_tree::{CrateRestrictions, ModuleTree};
use crate::files::modules::{self, DeclaredModule};
use crate::files::paths::{common_ancestor, normal, with_added_extension};

/// The folder of all mirrors, below the compiler's output folder. The runtime recognises paths
/// through it.
const FOLDER: &str = "omegi-woven";

/// Modules that are declared side by side.
pub(crate) struct DeclarationRun {
    /// The number of modules.
    pub(crate) count: usize,
    /// The file in the mirror that declares them; `None` if they stay as they are.
    pub(crate) listing: Option<String>,
}

/// The files that the compiler has to read.
pub(crate) struct WovenModules {
    pub(crate) runs: Vec<DeclarationRun>,
    /// The original files of the modules, woven or not.
    pub(crate) originals: Vec<String>,
}

/// The position of a module's declaration, by which it is found in the text.
pub(crate) struct ModuleRequest {
    file: PathBuf,
    at: LineColumn,
    owns_folder: bool,
}

impl ModuleRequest {
    /// Returns the position of `module`; `None` if it is unknown or in a woven copy.
    pub(crate) fn new(compiler: &Compiler, module: &ItemMod) -> Option<Self> {
        let span = module.ident.span();
        let file = compiler.absolute(&span.local_file()?);
        // A copy is woven already, together with the file that declares it.
        let is_copy = file.components().any(|part| part.as_os_str() == FOLDER);
        (!is_copy).then(|| Self { owns_folder: compiler.owns_folder(&file), file, at: span.start() })
    }
}

/// The modules of one `instrument_modules!`, with their files.
pub(crate) struct ModuleStatement {
    /// The declaration of each module; `None` if it stays as it is because its file is missing or
    /// ambiguous.
    declarations: Vec<Option<Declaration>>,
    /// The files with the declarations.
    sources: HashMap<PathBuf, DeclaringFile>,
    /// The files of the modules.
    tree: ModuleTree,
}

/// The declaration of a module.
struct Declaration {
    /// The file that contains it.
    file: PathBuf,
    /// Its bytes in the file.
    extent: Range<usize>,
    /// The folder from which the same words declare the same module.
    folder: PathBuf,
}

/// A file that declares modules.
struct DeclaringFile {
    text: String,
    modules: Vec<DeclaredModule>,
}

/// The options by which `#[instrument_crate]` weaves an inline module.
const AS_INLINE: CrateWeave = CrateWeave {
    all: false,
    captures: true,
    results: None,
    detail: None,
    located: false,
    profiled: false,
    measured: BTreeMap::new(),
};

fn empty_tree() -> ModuleTree {
    ModuleTree::new(&AS_INLINE, CrateRestrictions::new())
}

impl ModuleStatement {
    /// Reads the declarations and the files of the modules.
    ///
    /// # Errors
    ///
    /// Fails if a file that declares them cannot be read or is not Rust.
    pub(crate) fn read(requests: Vec<ModuleRequest>) -> Result<Self, String> {
        let mut statement = Self { declarations: Vec::new(), sources: HashMap::new(), tree: empty_tree() };
        for request in requests {
            let declaration = statement.declaration(request)?;
            statement.declarations.push(declaration);
        }
        Ok(statement)
    }

    fn declaration(
        &mut self,
        ModuleRequest { file, at, owns_folder }: ModuleRequest,
    ) -> Result<Option<Declaration>, String> {
        let source = match self.sources.entry(file.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(DeclaringFile::read(&file)?),
        };
        let Some(declared) = source.modules.iter().find(|declared| declared.at == at) else {
            return Ok(None);
        };
        let (Some(extent), Some(folder)) =
            (declared.extent.clone(), declared.equivalent_folder(&file, owns_folder))
        else {
            return Ok(None);
        };
        for mut found in declared.files(&file, owns_folder) {
            found.path = normal(&found.path);
            self.tree.find(found);
        }
        Ok(Some(Declaration { file, extent, folder: normal(&folder) }))
    }

    /// Weaves the files, and writes them into a mirror; `None` if there is nothing to weave.
    ///
    /// # Errors
    ///
    /// Fails if a file is not Rust, or the mirror cannot be written.
    pub(crate) fn write(mut self, compiler: &Compiler) -> Result<Option<WovenModules>, String> {
        let originals = self.tree.paths().map(text).collect::<Result<_, _>>()?;
        let top = self.top(compiler);
        let files = self.weave(&top)?;
        if files.is_empty() {
            return Ok(None);
        }
        let listings: Vec<_> = self.runs().enumerate().map(|(at, run)| self.listing(at, run)).collect();
        let all: Vec<_> = files.iter().chain(listings.iter().flatten()).collect();
        let all: Vec<_> = all.iter().map(|(path, text)| (path.as_path(), text.as_str())).collect();
        let mirror = Mirror::new(folder(compiler, &top), top);
        let problem = |error| format!("cannot write {}: {error}", compiler.out_dir.display());
        mirror.write(&all).map_err(problem)?;
        let runs = self.runs().zip(&listings).map(|(run, listing)| {
            let listing = listing.as_ref().map(|(path, _)| text(&mirror.of(path))).transpose()?;
            Ok(DeclarationRun { count: run.len(), listing })
        });
        Ok(Some(WovenModules { runs: runs.collect::<Result<_, String>>()?, originals }))
    }

    /// Returns the woven files with their new texts.
    fn weave(&mut self, top: &Path) -> Result<Vec<(PathBuf, String)>, String> {
        let tree = mem::replace(&mut self.tree, empty_tree());
        let files = tree.weave(&AS_INLINE, None, |path| !path.starts_with(top));
        if let Some((file, error)) = files.iter().find_map(|file| Some((file, file.error.as_ref()?))) {
            return Err(format!("{}:{}: {}", file.path.display(), error.line, error.message));
        }
        Ok(files.into_iter().filter_map(|file| Some((file.path, file.woven?.text))).collect())
    }

    /// Returns the folder to mirror: usually the whole workspace, where cargo starts the compiler.
    fn top(&self, compiler: &Compiler) -> PathBuf {
        let declared = self.declarations.iter().flatten().map(|place| place.folder.as_path());
        let paths: Vec<_> = self.tree.paths().filter_map(Path::parent).chain(declared).collect();
        if paths.iter().all(|path| path.starts_with(&compiler.working_dir)) {
            return compiler.working_dir.clone();
        }
        common_ancestor(paths).unwrap_or_default()
    }

    /// Groups the modules that are declared side by side.
    fn runs(&self) -> impl Iterator<Item = &[Option<Declaration>]> {
        let folder =
            |place: &Option<Declaration>| place.as_ref().map(|it| (it.file.clone(), it.folder.clone()));
        self.declarations.chunk_by(move |one, next| folder(one) == folder(next))
    }

    /// Returns the file that declares the modules of a run, with each word in its line and column.
    fn listing(&self, at: usize, run: &[Option<Declaration>]) -> Option<(PathBuf, String)> {
        let Declaration { file, folder, .. } = run.first()?.as_ref()?;
        let extents: Vec<_> = run.iter().flatten().map(|place| &place.extent).collect();
        let blank = |(at, letter): (usize, char)| match letter {
            '\n' | '\r' => letter,
            _ if extents.iter().any(|extent| extent.contains(&at)) => letter,
            _ => ' ',
        };
        let end = extents.iter().map(|extent| extent.end).max()?;
        let text: String = self.sources[file].text[..end].char_indices().map(blank).collect();
        Some((with_added_extension(&folder.join(file.file_stem()?), &format!("{at}.rs")), text))
    }
}

impl DeclaringFile {
    fn read(file: &Path) -> Result<Self, String> {
        let problem = |error: &dyn Display| format!("cannot read {}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| problem(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| problem(&error))?;
        let modules = modules::declared(&parsed, prefix_length(&text, &parsed));
        Ok(Self { text, modules })
    }
}

/// Returns the folder of a mirror of `top`: another one for each statement of a crate, the same one
/// in each compilation.
///
/// The path below it is the one by which the compiler knows the original: absolute, unless that is
/// below the compiler's working directory.
fn folder(compiler: &Compiler, top: &Path) -> PathBuf {
    static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
    let number = STATEMENTS.fetch_add(1, Ordering::Relaxed);
    let folder = compiler.out_dir.join(FOLDER).join(&compiler.id).join(number.to_string());
    let names = top.strip_prefix(&compiler.working_dir).unwrap_or(top).components();
    folder.join(names.filter(|name| matches!(name, Component::Normal(_))).collect::<PathBuf>())
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str().map(ToOwned::to_owned).ok_or_else(|| format!("the path {} is not UTF-8", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The length of each run of modules, and the file that declares it.
    type Listed = Vec<(usize, Option<String>)>;

    /// A folder with files, and a compiler that was started in it.
    struct TestProject(Compiler);

    impl TestProject {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let working_dir =
                std::env::temp_dir().join(format!("omegi-modules-{name}-{}", std::process::id()));
            for (file, text) in files {
                fs::create_dir_all(working_dir.join(file).parent().unwrap()).unwrap();
                fs::write(working_dir.join(file), text).unwrap();
            }
            Self(Compiler::of_cargo(&working_dir, "src/lib.rs"))
        }

        /// Weaves all modules that `file` declares.
        fn weave(&self, file: &str) -> Result<Option<Listed>, String> {
            let file = self.0.absolute(Path::new(file));
            let owns_folder = self.0.owns_folder(&file);
            let declared = DeclaringFile::read(&file)?.modules;
            let requests =
                declared.iter().map(|it| ModuleRequest { file: file.clone(), at: it.at, owns_folder });
            let woven = ModuleStatement::read(requests.collect())?.write(&self.0)?;
            let name =
                |path: String| path.split(FOLDER).nth(1).unwrap().splitn(4, '/').nth(3).unwrap().to_owned();
            Ok(woven.map(|it| it.runs.into_iter().map(|run| (run.count, run.listing.map(name))).collect()))
        }

        /// Returns the text of `name` in the mirror that was written last.
        fn read(&self, name: &str) -> String {
            let mirrors = fs::read_dir(self.0.out_dir.join(FOLDER).join(&self.0.id)).unwrap();
            let found =
                mirrors.filter_map(|it| fs::read_to_string(it.unwrap().path().join(name)).ok()).last();
            found.unwrap_or_else(|| panic!("{name} is missing"))
        }
    }

    impl Drop for TestProject {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.working_dir);
        }
    }

    const CALLING: &str = "fn f() { g() }";

    #[test]
    fn a_declaration_keeps_its_line_and_column() {
        let text = "//! ä\nm! {\n    /* ö */ #[x] pub mod a;\r\n} fn f() {}\n";
        let project = TestProject::new("place", &[("src/lib.rs", text), ("src/a.rs", CALLING)]);
        assert_eq!(project.weave("src/lib.rs"), Ok(Some(vec![(1, Some("src/lib.0.rs".into()))])));
        assert_eq!(project.read("src/lib.0.rs"), "     \n    \n            #[x] pub mod a;");
        assert_eq!(project.read("src/a.rs"), format!("#[::omegi::traced(__inherit(\"\"))]{CALLING}"));
    }

    #[test]
    fn each_declaration_stands_where_it_means_the_same() {
        let text = "mod a; #[path = \"b.rs\"] mod b; mod none; mod i { mod c; } mod both;";
        let files = [
            ("src/m.rs", text),
            ("src/m/a.rs", CALLING),
            ("src/b.rs", CALLING),
            ("src/m/i/c.rs", CALLING),
            ("src/m/both.rs", CALLING),
            ("src/m/both/mod.rs", CALLING),
        ];
        let project = TestProject::new("folders", &files);
        let listed = |name: &str| (1, Some(name.to_owned()));
        let expected = vec![
            listed("src/m/m.0.rs"),
            listed("src/m.1.rs"),
            (1, None),
            listed("src/m/i/m.3.rs"),
            (1, None),
        ];
        assert_eq!(project.weave("src/m.rs"), Ok(Some(expected)));
    }

    #[test]
    fn nothing_is_written_if_nothing_is_woven() {
        let files = [("src/lib.rs", "mod a;"), ("src/a.rs", "mod b;"), ("src/a/b.rs", "fn f() {}")];
        let project = TestProject::new("nothing", &files);
        assert_eq!(project.weave("src/lib.rs"), Ok(None));
        assert!(!project.0.out_dir.exists());
    }

    #[test]
    fn a_nested_file_that_is_not_rust_is_named() {
        let files =
            [("src/lib.rs", "mod a;"), ("src/a.rs", "mod b; fn f() { g() }"), ("src/a/b.rs", "\nfn f( {")];
        let project = TestProject::new("no-rust", &files);
        let problem = project.weave("src/lib.rs").unwrap_err();
        assert!(problem.contains("/src/a/b.rs:2: "), "{problem}");
    }

    #[test]
    fn files_above_are_mirrored_and_their_includes_are_followed() {
        let calling = format!("{CALLING} const A: &str = include_str!(\"../../a.txt\");");
        let files =
            [("shop/src/lib.rs", "#[path = \"../../common/a.rs\"] mod a;"), ("common/a.rs", &calling)];
        let mut project = TestProject::new("above", &files);
        let above = project.0.working_dir.clone();
        project.0.working_dir.push("shop");
        let outcome = project.weave("src/lib.rs").unwrap().unwrap();
        let name = outcome[0].1.clone().unwrap();
        assert!(name.ends_with("/shop/src/lib.0.rs"), "{name}");
        let woven = project.read(&name.replace("shop/src/lib.0.rs", "common/a.rs"));
        assert!(woven.contains(&format!("{:?}", above.parent().unwrap().join("a.txt"))), "{woven}");
        project.0.working_dir.pop();
    }
}

//! The weave of modules that are in files, in the compiler: `instrument_modules! { mod orders; }`.
//!
//! ```text
//! in:   src/lib.rs:12      /// Where orders are.
//!       src/lib.rs:13      mod orders;
//!
//! out:  ::core::include!("…/omegi-woven/shop-1f2e/0/src/lib.0.rs");
//!       const _: &[u8] = ::core::include_bytes!("/shop/src/orders.rs");              every original
//!
//! and   …/omegi-woven/shop-1f2e/0/src/      links to …              and files of its own
//!           lib.0.rs                                                lines 12 and 13, on lines 12 and 13
//!           orders.rs                                               woven
//!           prices.csv  ──▶                 /shop/src/prices.csv
//! ```
//!
//! What is included declares the modules as the user did, from the folder in the mirror that stands for the user's. So
//! the compiler finds every file there by its own rules, also those of modules in modules (a `#[path]` would change these
//! rules for the file that it names). It follows the originals as well, so that cargo compiles again when they change.
//!
//! Where there is no compiler, or no place to write to, the modules are what the user wrote: a program compiles whatever
//! happens.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::fs;
use std::mem;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use proc_macro2::{LineColumn, Span, TokenStream, fallback};
use quote::{ToTokens, quote, quote_spanned};
use syn::{File, Item, ItemMod};

use crate::compiler::Compiler;
use crate::ctxt::Errors;
use crate::first_word;
use crate::mirror::Mirror;
use crate::modules::{self, Declared};
use crate::paths::{common_ancestor, normal};
use crate::source::CrateWeave;
use crate::source::skipped;
use crate::tree::{Left, Tree};

/// The folder of all mirrors, below the one for what the compiler makes. The runtime knows paths that lead through it.
const FOLDER: &str = "omegi-woven";

/// What `instrument_modules!` makes of `items`, the modules that it is given.
///
/// To be called by a macro, in the compiler. Whatever is wrong is said by `compile_error!`s behind the items, which are emitted
/// as they were. What is no sequence of items is returned untouched: the compiler says it better.
#[must_use]
pub fn weave_modules(items: TokenStream) -> TokenStream {
    let parsed = match syn::parse2::<File>(items.clone()) {
        Ok(File { attrs, items, .. }) if attrs.is_empty() => items,
        _ => return items,
    };
    let mut errors = Errors::default();
    let modules: Vec<_> = parsed.into_iter().filter_map(|item| in_a_file(item, &mut errors)).collect();
    if errors.count() > 0 {
        let said = errors.report();
        return quote!(#items #said);
    }
    let woven = Compiler::around().and_then(|compiler| weave(&compiler, &modules));
    woven.map_or(items, |woven| expanded(&modules, &woven))
}

/// The item, if it is `mod name;`; else notes what to write.
fn in_a_file(item: Item, errors: &mut Errors) -> Option<ItemMod> {
    match item {
        Item::Mod(module) if module.content.is_none() => return Some(module),
        Item::Mod(module) => errors.at(
            module.ident.span(),
            "this module is not in a file of its own: write `#[omegi::instrument_crate]` on it, outside of `instrument_modules!`",
        ),
        item => errors.at(
            first_word(&item),
            "only modules in files can stand here, `mod name;`: move this out of `instrument_modules!`",
        ),
    }
    None
}

/// Modules that are declared side by side.
struct Run {
    /// How many.
    count: usize,
    /// The file that declares them, in the mirror; `None` if they stay as they are.
    listing: Option<String>,
}

/// What the compiler is to read.
struct Woven {
    runs: Vec<Run>,
    /// The files that were woven, and those of the same modules that had nothing to weave.
    originals: Vec<String>,
}

fn weave(compiler: &Compiler, modules: &[ItemMod]) -> Option<Woven> {
    let requests = modules.iter().map(|module| Request::new(compiler, module)).collect::<Option<Vec<_>>>()?;
    let outcome = Fallback::within(|| Statement::read(requests)?.write(compiler));
    outcome.unwrap_or_else(|problem| {
        // A macro has no warnings. What it says on stderr cargo shows, beside those of the compiler.
        eprintln!("warning: omegi: `instrument_modules!` weaves nothing: {problem}");
        None
    })
}

/// proc-macro2 without the compiler, whose tokens do not know where in a text they stand.
///
/// The switch is one for the whole library. That is sound here: a compiler expands one macro after the other, editors' servers
/// for macros never come this far, and what is made of tokens in between is text when it is over. A mixture would panic in
/// proc-macro2, not be undefined.
struct Fallback;

impl Fallback {
    fn within<T>(work: impl FnOnce() -> T) -> T {
        fallback::force();
        let _until_the_end = Self;
        work()
    }
}

impl Drop for Fallback {
    fn drop(&mut self) {
        fallback::unforce();
    }
}

/// A module as its declaration is found again in the text.
struct Request {
    file: PathBuf,
    at: LineColumn,
    owns_folder: bool,
}

impl Request {
    fn new(compiler: &Compiler, module: &ItemMod) -> Option<Self> {
        let span = module.ident.span();
        let file = compiler.whole(&span.local_file()?);
        // What was woven with what declares it is not woven once more.
        let is_copy = file.components().any(|part| part.as_os_str() == FOLDER);
        (!is_copy).then(|| Self { owns_folder: compiler.owns_folder(&file), file, at: span.start() })
    }
}

/// The modules of one `instrument_modules!`, read.
struct Statement {
    /// For each module where it may be declared; `None` where it is to stay as it is: the compiler looks for it in vain,
    /// or will not have to.
    places: Vec<Option<Place>>,
    /// The files with a declaration.
    sources: HashMap<PathBuf, Declaring>,
    /// The files of the modules.
    tree: Tree,
}

/// Where a module may be declared.
struct Place {
    /// The file in which it is declared.
    file: PathBuf,
    /// Which bytes of the file.
    extent: Range<usize>,
    /// The folder in which the declaration says the same.
    folder: PathBuf,
}

/// A file that declares modules.
struct Declaring {
    text: String,
    modules: Vec<Declared>,
}

/// How `#[instrument_crate]` weaves an inline module.
const AS_INLINE: CrateWeave = CrateWeave { all: false, captures: true, results: None };

fn empty_tree() -> Tree {
    Tree::new(AS_INLINE.all, Left::new())
}

impl Statement {
    fn read(requests: Vec<Request>) -> Result<Self, String> {
        let mut statement = Self { places: Vec::new(), sources: HashMap::new(), tree: empty_tree() };
        for request in requests {
            let place = statement.place(request)?;
            statement.places.push(place);
        }
        Ok(statement)
    }

    fn place(&mut self, Request { file, at, owns_folder }: Request) -> Result<Option<Place>, String> {
        let source = match self.sources.entry(file.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Declaring::read(&file)?),
        };
        let Some(declared) = source.modules.iter().find(|declared| declared.at == at) else {
            return Ok(None);
        };
        let (Some(extent), Some(folder)) = (declared.extent.clone(), declared.home(&file, owns_folder))
        else {
            return Ok(None);
        };
        for mut found in declared.files(&file, owns_folder) {
            found.path = normal(&found.path);
            self.tree.find(found);
        }
        Ok(Some(Place { file, extent, folder: normal(&folder) }))
    }

    /// Weaves the files, and writes them where the compiler can read them; `None` if there is nothing to weave.
    fn write(mut self, compiler: &Compiler) -> Result<Option<Woven>, String> {
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
        let problem = |error| format!("{} cannot be written: {error}", compiler.out_dir.display());
        mirror.write(&all).map_err(problem)?;
        let runs = self.runs().zip(&listings).map(|(run, listing)| {
            let listing = listing.as_ref().map(|(path, _)| text(&mirror.of(path))).transpose()?;
            Ok(Run { count: run.len(), listing })
        });
        Ok(Some(Woven { runs: runs.collect::<Result<_, String>>()?, originals }))
    }

    /// The files in which something is woven, with their new texts.
    fn weave(&mut self, top: &Path) -> Result<Vec<(PathBuf, String)>, String> {
        let tree = mem::replace(&mut self.tree, empty_tree());
        let files = tree.weave(&AS_INLINE, None, |path| !path.starts_with(top));
        if let Some((file, error)) = files.iter().find_map(|file| Some((file, file.error.as_ref()?))) {
            return Err(format!("{}:{}: {}", file.path.display(), error.line, error.message));
        }
        Ok(files.into_iter().filter_map(|file| Some((file.path, file.woven?))).collect())
    }

    /// The folder that the mirror shows: with all of the workspace as a rule, since that is where cargo starts the compiler.
    fn top(&self, compiler: &Compiler) -> PathBuf {
        let declared = self.places.iter().flatten().map(|place| place.folder.as_path());
        let paths: Vec<_> = self.tree.paths().filter_map(Path::parent).chain(declared).collect();
        if paths.iter().all(|path| path.starts_with(&compiler.here)) {
            return compiler.here.clone();
        }
        common_ancestor(paths).unwrap_or_default()
    }

    /// The modules that are declared side by side.
    fn runs(&self) -> impl Iterator<Item = &[Option<Place>]> {
        let folder = |place: &Option<Place>| place.as_ref().map(|it| (it.file.clone(), it.folder.clone()));
        self.places.chunk_by(move |one, next| folder(one) == folder(next))
    }

    /// The file that declares the modules of a run, if it stood beside the originals: with each word in its line and column.
    fn listing(&self, at: usize, run: &[Option<Place>]) -> Option<(PathBuf, String)> {
        let Place { file, folder, .. } = run.first()?.as_ref()?;
        let extents: Vec<_> = run.iter().flatten().map(|place| &place.extent).collect();
        let blank = |(at, letter): (usize, char)| match letter {
            '\n' | '\r' => letter,
            _ if extents.iter().any(|extent| extent.contains(&at)) => letter,
            _ => ' ',
        };
        let end = extents.iter().map(|extent| extent.end).max()?;
        let text: String = self.sources[file].text[..end].char_indices().map(blank).collect();
        Some((folder.join(file.file_stem()?).with_added_extension(format!("{at}.rs")), text))
    }
}

impl Declaring {
    fn read(file: &Path) -> Result<Self, String> {
        let problem = |error: &dyn Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| problem(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| problem(&error))?;
        let modules = modules::declared(&parsed, skipped(&text, &parsed));
        Ok(Self { text, modules })
    }
}

/// The folder of a mirror of `top`: another one for each statement of a crate, the same one when it is compiled again. The
/// path below it is the one by which the compiler would know the original: all of it, unless that is below where it was started.
fn folder(compiler: &Compiler, top: &Path) -> PathBuf {
    static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
    let number = STATEMENTS.fetch_add(1, Ordering::Relaxed);
    let folder = compiler.out_dir.join(FOLDER).join(&compiler.id).join(number.to_string());
    let names = top.strip_prefix(&compiler.here).unwrap_or(top).components();
    folder.join(names.filter(|name| matches!(name, Component::Normal(_))).collect::<PathBuf>())
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str()
        .map(ToOwned::to_owned)
        .ok_or_else(|| format!("the name of {} is not Unicode", path.display()))
}

/// The modules as the compiler is to see them. A path of `::core` is at the macro's own site, where nobody shadows it.
fn expanded(modules: &[ItemMod], woven: &Woven) -> TokenStream {
    let mut modules = modules.iter();
    let mut tokens = TokenStream::new();
    for Run { count, listing } in &woven.runs {
        let run = modules.by_ref().take(*count);
        match listing {
            Some(path) => {
                run.for_each(drop);
                tokens.extend(quote_spanned!(Span::mixed_site()=> ::core::include!(#path);));
            }
            None => tokens.extend(run.map(ToTokens::to_token_stream)),
        }
    }
    for path in &woven.originals {
        tokens.extend(quote_spanned! {Span::mixed_site()=>
            const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
        });
    }
    tokens
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// How many modules are declared side by side, and by which file.
    type Listed = Vec<(usize, Option<String>)>;

    /// A folder with files, and a compiler that was started there.
    struct Home(Compiler);

    impl Home {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let here = std::env::temp_dir().join(format!("omegi-modules-{name}-{}", std::process::id()));
            for (file, text) in files {
                fs::create_dir_all(here.join(file).parent().unwrap()).unwrap();
                fs::write(here.join(file), text).unwrap();
            }
            Self(Compiler::of_cargo(&here, "src/lib.rs"))
        }

        /// What becomes of all modules that are declared in `file`.
        fn weave(&self, file: &str) -> Result<Option<Listed>, String> {
            let file = self.0.whole(Path::new(file));
            let owns_folder = self.0.owns_folder(&file);
            let declared = Declaring::read(&file)?.modules;
            let requests = declared.iter().map(|it| Request { file: file.clone(), at: it.at, owns_folder });
            let woven = Statement::read(requests.collect())?.write(&self.0)?;
            let name =
                |path: String| path.split(FOLDER).nth(1).unwrap().splitn(4, '/').nth(3).unwrap().to_owned();
            Ok(woven.map(|it| it.runs.into_iter().map(|run| (run.count, run.listing.map(name))).collect()))
        }

        /// The text of `name` in the mirror that was written last.
        fn read(&self, name: &str) -> String {
            let mirrors = fs::read_dir(self.0.out_dir.join(FOLDER).join(&self.0.id)).unwrap();
            let found =
                mirrors.filter_map(|it| fs::read_to_string(it.unwrap().path().join(name)).ok()).last();
            found.unwrap_or_else(|| panic!("{name} is not there"))
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.here);
        }
    }

    const CALLING: &str = "fn f() { g() }";

    #[test]
    fn a_declaration_keeps_its_place() {
        let text = "//! ä\nm! {\n    /* ö */ #[x] pub mod a;\r\n} fn f() {}\n";
        let home = Home::new("place", &[("src/lib.rs", text), ("src/a.rs", CALLING)]);
        assert_eq!(home.weave("src/lib.rs"), Ok(Some(vec![(1, Some("src/lib.0.rs".into()))])));
        assert_eq!(home.read("src/lib.0.rs"), "     \n    \n            #[x] pub mod a;");
        assert_eq!(home.read("src/a.rs"), format!("#[::omegi::traced(__inherit(\"\"))]{CALLING}"));
    }

    #[test]
    fn each_declaration_stands_where_it_says_the_same() {
        let text = "mod a; #[path = \"b.rs\"] mod b; mod none; mod i { mod c; } mod both;";
        let files = [
            ("src/m.rs", text),
            ("src/m/a.rs", CALLING),
            ("src/b.rs", CALLING),
            ("src/m/i/c.rs", CALLING),
            ("src/m/both.rs", CALLING),
            ("src/m/both/mod.rs", CALLING),
        ];
        let home = Home::new("homes", &files);
        let listed = |name: &str| (1, Some(name.to_owned()));
        let expected = vec![
            listed("src/m/m.0.rs"),
            listed("src/m.1.rs"),
            (1, None),
            listed("src/m/i/m.3.rs"),
            (1, None),
        ];
        assert_eq!(home.weave("src/m.rs"), Ok(Some(expected)));
    }

    #[test]
    fn nothing_is_written_where_nothing_is_woven() {
        let files = [("src/lib.rs", "mod a;"), ("src/a.rs", "mod b;"), ("src/a/b.rs", "fn f() {}")];
        let home = Home::new("nothing", &files);
        assert_eq!(home.weave("src/lib.rs"), Ok(None));
        assert!(!home.0.out_dir.exists());
    }

    #[test]
    fn a_nested_file_that_is_no_rust_is_named() {
        let files =
            [("src/lib.rs", "mod a;"), ("src/a.rs", "mod b; fn f() { g() }"), ("src/a/b.rs", "\nfn f( {")];
        let home = Home::new("no-rust", &files);
        let problem = home.weave("src/lib.rs").unwrap_err();
        assert!(problem.contains("/src/a/b.rs:2: "), "{problem}");
    }

    #[test]
    fn files_above_are_mirrored_as_well_and_includes_there_are_followed() {
        let calling = format!("{CALLING} const A: &str = include_str!(\"../../a.txt\");");
        let files =
            [("shop/src/lib.rs", "#[path = \"../../common/a.rs\"] mod a;"), ("common/a.rs", &calling)];
        let mut home = Home::new("above", &files);
        let above = home.0.here.clone();
        home.0.here.push("shop");
        let outcome = home.weave("src/lib.rs").unwrap().unwrap();
        let name = outcome[0].1.clone().unwrap();
        assert!(name.ends_with("/shop/src/lib.0.rs"), "{name}");
        let woven = home.read(&name.replace("shop/src/lib.0.rs", "common/a.rs"));
        assert!(woven.contains(&format!("{:?}", above.parent().unwrap().join("a.txt"))), "{woven}");
        home.0.here.pop();
    }
}

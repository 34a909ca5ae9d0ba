//! Finds the files in which a source file's modules are.
//!
//! The [rules](https://doc.rust-lang.org/reference/items/modules.html) are the compiler's; its conditions are not judged:
//! what may be a module's file is one.

use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, File, Item, ItemMod, Lit, Meta, Token};

use crate::attributes;

/// A file that may hold a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether its own modules are in its folder, as those of a `mod.rs` are, and not in one that is named like it.
    pub owns_folder: bool,
    /// The names of the modules down to this one, below the file that declares it.
    pub module: Vec<String>,
}

/// A module without a body.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    /// Where its name stands.
    pub(crate) at: LineColumn,
    /// Where all of it stands, attributes included: bytes. Unknown where a macro decides what is an item.
    pub(crate) extent: Option<Range<usize>>,
    /// The inline modules around it.
    around: Vec<Inline>,
    name: String,
    /// What `#[path = "…"]` says, also under a condition.
    paths: Vec<String>,
}

#[derive(Clone, Debug)]
struct Inline {
    name: String,
    path: Option<String>,
}

/// The modules without a body that a file declares, also in what it hands to macros; its first `skipped` bytes are no
/// Rust.
pub(crate) fn declared(file: &File, skipped: usize) -> Vec<Declared> {
    let mut found = Vec::new();
    declared_in(&file.items, &mut Vec::new(), &mut found);
    for extent in found.iter_mut().filter_map(|declared| declared.extent.as_mut()) {
        *extent = extent.start + skipped..extent.end + skipped;
    }
    found
}

fn declared_in(items: &[Item], around: &mut Vec<Inline>, found: &mut Vec<Declared>) {
    for item in items {
        match item {
            Item::Mod(ItemMod { attrs, ident, content, semi, .. }) => match content {
                None => {
                    let extent = extent(item, semi.as_ref());
                    found.push(Declared { extent, ..Declared::new(ident, around, paths(attrs)) });
                }
                Some((_, items)) => {
                    let name = ident.unraw().to_string();
                    around.push(Inline { name, path: paths(attrs).pop() });
                    declared_in(items, around, found);
                    around.pop();
                }
            },
            Item::Macro(item) => declared_in_macro(item.mac.tokens.clone(), around, found),
            _ => {}
        }
    }
}

fn extent(item: &Item, semi: Option<&Token![;]>) -> Option<Range<usize>> {
    let first = item.to_token_stream().into_iter().next()?;
    Some(first.span().byte_range().start..semi?.span.byte_range().end)
}

/// Finds `mod name;` in what is handed to a macro: most that take items pass them on.
fn declared_in_macro(tokens: TokenStream, around: &mut Vec<Inline>, found: &mut Vec<Declared>) {
    if let Ok(file) = syn::parse2::<File>(tokens.clone()) {
        return declared_in(&file.items, around, found);
    }
    let tokens: Vec<_> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] = window
            && word == "mod"
            && end.as_char() == ';'
        {
            found.push(Declared::new(name, around, Vec::new()));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            declared_in_macro(group.stream(), around, found);
        }
    }
}

/// What the `#[path = "…"]` among these attributes say.
fn paths(attrs: &[Attribute]) -> Vec<String> {
    let conditional = attrs.iter().filter_map(attributes::conditional).flat_map(|(_, metas)| metas);
    let metas = attrs.iter().map(|attr| attr.meta.clone()).chain(conditional);
    metas.filter(|meta| meta.path().is_ident("path")).filter_map(|meta| text(&meta)).collect()
}

fn text(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        value => syn::parse2::<syn::LitStr>(value.to_token_stream()).ok().map(|text| text.value()),
    }
}

/// Where the modules `declared` in the file at `path` may be.
pub(crate) fn files(declared: &[Declared], path: &Path, owns_folder: bool) -> Vec<ModuleFile> {
    declared.iter().flat_map(|module| module.files(path, owns_folder)).collect()
}

impl Declared {
    fn new(name: &Ident, around: &[Inline], paths: Vec<String>) -> Self {
        let at = name.span().start();
        Self { at, extent: None, around: around.to_vec(), name: name.unraw().to_string(), paths }
    }

    /// Where the module may be, if the file at `path` declares it: first what `#[path]` says, then what its name says.
    pub(crate) fn files(&self, path: &Path, owns_folder: bool) -> Vec<ModuleFile> {
        let (folder, base) = self.folders(path, owns_folder);
        let module: Vec<_> =
            self.around.iter().map(|inline| inline.name.clone()).chain([self.name.clone()]).collect();
        let file = |path, owns_folder| ModuleFile { path, owns_folder, module: module.clone() };
        let written = self.paths.iter().map(|path| file(base.join(path), true));
        let by_name = [
            file(folder.join(format!("{}.rs", self.name)), false),
            file(folder.join(&self.name).join("mod.rs"), true),
        ];
        written.chain(by_name).collect()
    }

    /// The folder from which the compiler finds the same file if the same `mod name;` stands in a file there that owns its
    /// folder; `None` if there is none, or if it does not find just one file by the name.
    pub(crate) fn home(&self, path: &Path, owns_folder: bool) -> Option<PathBuf> {
        let (folder, base) = self.folders(path, owns_folder);
        let present = |file: &ModuleFile| file.path.is_file();
        let files = self.files(path, owns_folder);
        let (written, by_name) = files.split_at(self.paths.len());
        match by_name.iter().filter(|file| present(file)).count() {
            0 => written.iter().any(present).then_some(base),
            1 => (written.is_empty() || folder == base).then_some(folder),
            _ => None,
        }
    }

    /// The folder in which the module's file is, and the one to which a written path is relative.
    fn folders(&self, path: &Path, owns_folder: bool) -> (PathBuf, PathBuf) {
        let beside = path.parent().unwrap_or(Path::new(""));
        let mut folder = if owns_folder { beside.to_owned() } else { path.with_extension("") };
        let mut base = beside.to_owned();
        for inline in &self.around {
            folder = match &inline.path {
                Some(path) => base.join(path),
                None => folder.join(&inline.name),
            };
            base = folder.clone();
        }
        (folder, base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, path: &str, owns_folder: bool) -> Vec<(String, bool)> {
        let file = syn::parse_file(text).unwrap();
        let files = files(&declared(&file, 0), Path::new(path), owns_folder);
        files.into_iter().map(|file| (file.path.to_str().unwrap().to_owned(), file.owns_folder)).collect()
    }

    #[test]
    fn modules_are_beside_a_root_and_below_any_other_file() {
        let both = |folder: &str| [(format!("{folder}/a.rs"), false), (format!("{folder}/a/mod.rs"), true)];
        assert_eq!(found("mod a;", "src/lib.rs", true), both("src"));
        assert_eq!(found("pub mod r#a;", "src/m.rs", false), both("src/m"));
        assert_eq!(found("mod i { mod j { mod a; } }", "src/m.rs", false), both("src/m/i/j"));
        assert_eq!(found("x! { #[cfg(y)] { pub(crate) mod a; } }", "src/lib.rs", true), both("src"));
        assert_eq!(found("x! { pub(crate) mod a; }", "src/lib.rs", true), both("src"));
        assert_eq!(found("x! { mod i { mod a; } }", "src/lib.rs", true), both("src/i"));
    }

    #[test]
    fn a_written_path_is_relative_to_the_folder_of_the_file() {
        let first = |text: &str, path: &str, owns_folder| found(text, path, owns_folder).swap_remove(0);
        let path = "#[path = \"x/y.rs\"] mod a;";
        assert_eq!(first(path, "src/m.rs", false), ("src/x/y.rs".into(), true));
        assert_eq!(first(&format!("mod i {{ {path} }}"), "src/m.rs", false), ("src/m/i/x/y.rs".into(), true));
        assert_eq!(first(&format!("mod i {{ {path} }}"), "src/lib.rs", true), ("src/i/x/y.rs".into(), true));
        assert_eq!(first(&format!("x! {{ {path} }}"), "src/m.rs", false), ("src/x/y.rs".into(), true));
        let conditional = "#[cfg_attr(unix, path = \"u.rs\")] mod a;";
        assert_eq!(found(conditional, "src/lib.rs", true).len(), 3);
        let renamed = "#[path = \"p\"] mod i { mod a; }";
        assert_eq!(first(renamed, "src/m.rs", false), ("src/p/a.rs".into(), false));
    }
}

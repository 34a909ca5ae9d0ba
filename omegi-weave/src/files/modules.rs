//! Finds the files that may hold a source file's modules.
//!
//! The search follows the compiler's
//! [rules](https://doc.rust-lang.org/reference/items/modules.html). It does not evaluate `cfg`
//! conditions: every possible file of a module counts.

use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, File, Item, ItemMod, Lit, Meta, Token};

use crate::parse::attributes;

/// A file that may hold a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleFile {
    /// Its path.
    pub path: PathBuf,
    /// True if its own modules are in its folder, as for a `mod.rs`, and not in a folder with its
    /// name.
    pub owns_folder: bool,
    /// The names of the modules down to this one, below the file that declares it.
    pub module: Vec<String>,
}

/// A module without a body.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredModule {
    /// The position of its name.
    pub(crate) at: LineColumn,
    /// The bytes of the declaration, with its attributes. `None` inside a macro, which decides
    /// where items begin.
    pub(crate) extent: Option<Range<usize>>,
    /// The inline modules around it.
    around: Vec<InlineModule>,
    name: String,
    /// The values of `#[path = "…"]`, also under a condition.
    paths: Vec<String>,
}

#[derive(Clone, Debug)]
struct InlineModule {
    name: String,
    path: Option<String>,
}

/// Returns the modules without a body that a file declares, also in the arguments of macros. Its
/// first `prefix` bytes are not Rust.
pub(crate) fn declared(file: &File, prefix: usize) -> Vec<DeclaredModule> {
    let mut found = Vec::new();
    declared_in(&file.items, &mut Vec::new(), &mut found);
    for extent in found.iter_mut().filter_map(|declared| declared.extent.as_mut()) {
        *extent = extent.start + prefix..extent.end + prefix;
    }
    found
}

fn declared_in(items: &[Item], around: &mut Vec<InlineModule>, found: &mut Vec<DeclaredModule>) {
    for item in items {
        match item {
            Item::Mod(ItemMod { attrs, ident, content, semi, .. }) => match content {
                None => {
                    let extent = extent(item, semi.as_ref());
                    found.push(DeclaredModule { extent, ..DeclaredModule::new(ident, around, paths(attrs)) });
                }
                Some((_, items)) => {
                    let name = ident.unraw().to_string();
                    around.push(InlineModule { name, path: paths(attrs).pop() });
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

/// Finds `mod name;` in the arguments of a macro. Most macros that take items pass them on.
fn declared_in_macro(tokens: TokenStream, around: &mut Vec<InlineModule>, found: &mut Vec<DeclaredModule>) {
    if let Ok(file) = syn::parse2::<File>(tokens.clone()) {
        return declared_in(&file.items, around, found);
    }
    let tokens: Vec<_> = tokens.into_iter().collect();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)] = window
            && word == "mod"
            && end.as_char() == ';'
        {
            found.push(DeclaredModule::new(name, around, Vec::new()));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            declared_in_macro(group.stream(), around, found);
        }
    }
}

/// Returns the values of `#[path = "…"]` among these attributes.
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

/// Returns the files that may hold the modules `declared` in the file at `path`.
pub(crate) fn files(declared: &[DeclaredModule], path: &Path, owns_folder: bool) -> Vec<ModuleFile> {
    declared.iter().flat_map(|module| module.files(path, owns_folder)).collect()
}

impl DeclaredModule {
    fn new(name: &Ident, around: &[InlineModule], paths: Vec<String>) -> Self {
        let at = name.span().start();
        Self { at, extent: None, around: around.to_vec(), name: name.unraw().to_string(), paths }
    }

    /// Returns the files that may hold the module, if the file at `path` declares it: first by
    /// `#[path]`, then by its name.
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

    /// Returns the folder from which a file that owns its folder could declare the same module in
    /// the same words.
    ///
    /// `None` if there is no such folder, or if the name alone does not lead to exactly one file.
    pub(crate) fn equivalent_folder(&self, path: &Path, owns_folder: bool) -> Option<PathBuf> {
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

    /// Returns the folder with the module's file, and the one to which a `#[path]` is relative.
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
    fn a_path_attribute_is_relative_to_the_folder_of_the_file() {
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

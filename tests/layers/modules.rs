//! The modules of a crate as the compiler finds them: the file, the names and the paths of each.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// Files by their paths, and their texts.
pub(crate) type Sources = BTreeMap<String, String>;

/// A module, by its number in [`Crate::modules`]. The root is 0.
pub(crate) type ModuleId = usize;

/// The modules of a crate.
#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) modules: Vec<Module>,
}

/// A module: a file, or a part of one.
pub(crate) struct Module {
    /// The path of its file.
    pub(crate) file: String,
    pub(crate) parent: ModuleId,
    pub(crate) names: BTreeMap<String, Vec<Meaning>>,
    /// The paths before `::*` in its imports.
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) mentions: Vec<Mention>,
}

/// A meaning of a name in a module. Under conditions of `cfg` a name can have several.
pub(crate) enum Meaning {
    Module(ModuleId),
    /// An item that is defined in this file.
    Item(String),
    /// An import.
    Path(Vec<String>),
}

/// A path in the code of a module, of two names or more.
pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

impl Crate {
    /// Reads the crate whose root is the file `root`. Skips code for tests alone.
    ///
    /// # Panics
    ///
    /// If a file is not Rust, or a module has no file.
    pub(crate) fn read(root: &str, sources: &Sources) -> Self {
        let mut read = Self::default();
        let folder = Path::new(root).parent().unwrap().to_owned();
        read.file(sources, root, folder, 0);
        read
    }

    /// Reads a module from its file, whose own modules are below `folder`.
    fn file(&mut self, sources: &Sources, file: &str, folder: PathBuf, parent: ModuleId) -> ModuleId {
        let text = sources.get(file).unwrap_or_else(|| panic!("{file}: no such file"));
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let module = self.begin(file, parent);
        let items = if is_for_tests(&syntax.attrs) { &[] } else { &syntax.items[..] };
        Reader { read: self, sources, module, folder, is_inline: false }.items(items);
        module
    }

    fn begin(&mut self, file: &str, parent: ModuleId) -> ModuleId {
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            names: BTreeMap::new(),
            globs: Vec::new(),
            mentions: Vec::new(),
        });
        self.modules.len() - 1
    }
}

/// Reads the items of one module.
struct Reader<'a> {
    read: &'a mut Crate,
    sources: &'a Sources,
    module: ModuleId,
    /// The folder of the module's own modules.
    folder: PathBuf,
    /// True for a module with a body in its parent's file.
    is_inline: bool,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item]) {
        items.iter().for_each(|item| self.visit_item(item));
    }

    fn here(&mut self) -> &mut Module {
        &mut self.read.modules[self.module]
    }

    fn name(&mut self, name: &syn::Ident, meaning: Meaning) {
        self.here().names.entry(plain(name)).or_default().push(meaning);
    }

    fn item(&mut self, name: &syn::Ident) {
        let meaning = Meaning::Item(self.here().file.clone());
        self.name(name, meaning);
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        if path.len() > 1 {
            self.here().mentions.push(Mention { path, line });
        }
    }

    fn module(&mut self, item: &syn::ItemMod) {
        let file = self.here().file.clone();
        let folder = self.folder.join(plain(&item.ident));
        let child = match &item.content {
            Some((_, items)) => {
                let child = self.read.begin(&file, self.module);
                let (read, sources) = (&mut *self.read, self.sources);
                Reader { read, sources, module: child, folder, is_inline: true }.items(items);
                child
            }
            None => {
                let (file, folder) = match path_attribute(&item.attrs) {
                    Some(path) => {
                        let base =
                            if self.is_inline { &self.folder } else { Path::new(&file).parent().unwrap() };
                        let file = base.join(path);
                        let folder = file.parent().unwrap().to_owned();
                        (file, folder)
                    }
                    None => {
                        let beside = folder.with_extension("rs");
                        let is_beside = self.sources.contains_key(&slashed(&beside));
                        (if is_beside { beside } else { folder.join("mod.rs") }, folder)
                    }
                };
                self.read.file(self.sources, &slashed(&file), folder, self.module)
            }
        };
        self.name(&item.ident, Meaning::Module(child));
    }

    fn imports(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[plain(name)]].concat();
        match tree {
            UseTree::Path(path) => self.imports(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imports(tree, before)),
            UseTree::Glob(glob) => {
                self.here().globs.push(before.to_vec());
                let line = glob.star_token.spans[0].start().line;
                self.mention([before, &["*".to_owned()]].concat(), line);
            }
            UseTree::Name(name) => self.import(with(&name.ident), &name.ident),
            UseTree::Rename(rename) => {
                let path = with(&rename.ident);
                if rename.rename == "_" {
                    self.mention(path, rename.ident.span().start().line);
                } else {
                    self.import(path, &rename.rename);
                }
            }
        }
    }

    fn import(&mut self, mut path: Vec<String>, alias: &syn::Ident) {
        let mut name = plain(alias);
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
            if name == "self" {
                name = path.last().cloned().unwrap_or_default();
            }
        }
        self.here().names.entry(name).or_default().push(Meaning::Path(path.clone()));
        self.mention(path, alias.span().start().line);
    }

    /// Returns the paths in the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let (mut colons, mut dots) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 || path.is_empty() {
                        let found = std::mem::take(&mut path);
                        self.mention(found, line);
                        line = ident.span().start().line;
                        if colons == 2 || dots == 1 {
                            // It is a path of another crate, or a field: this module does not
                            // define its first name.
                            path.push(String::new());
                        }
                    }
                    path.push(plain(&ident));
                    (colons, dots) = (0, 0);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    (colons, dots) = (0, 0);
                    let found = std::mem::take(&mut path);
                    self.mention(found, line);
                    self.tokens(group.stream());
                }
                other => {
                    colons = 0;
                    let is_dot = matches!(&other, TokenTree::Punct(punct) if punct.as_char() == '.');
                    dots = if is_dot { dots + 1 } else { 0 };
                    let found = std::mem::take(&mut path);
                    self.mention(found, line);
                }
            }
        }
        self.mention(path, line);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Const(it) => self.item(&it.ident),
            Item::Enum(it) => self.item(&it.ident),
            Item::Fn(it) => self.item(&it.sig.ident),
            Item::Static(it) => self.item(&it.ident),
            Item::Struct(it) => self.item(&it.ident),
            Item::Trait(it) => self.item(&it.ident),
            Item::Type(it) => self.item(&it.ident),
            Item::Union(it) => self.item(&it.ident),
            Item::Macro(it) => {
                if let Some(name) = &it.ident {
                    self.item(name);
                    if it.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                        let file = self.here().file.clone();
                        let names = &mut self.read.modules[0].names;
                        names.entry(plain(name)).or_default().push(Meaning::Item(file));
                    }
                }
            }
            Item::ExternCrate(it) if it.ident == "self" => {
                let alias = it.rename.as_ref().map_or(&it.ident, |(_, alias)| alias);
                self.name(alias, Meaning::Module(0));
            }
            Item::Mod(it) => return self.module(it),
            Item::Use(it) => {
                let before = if it.leading_colon.is_some() { vec![String::new()] } else { Vec::new() };
                return self.imports(&it.tree, &before);
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(it) => &it.attrs,
            syn::ImplItem::Fn(it) => &it.attrs,
            syn::ImplItem::Type(it) => &it.attrs,
            syn::ImplItem::Macro(it) => &it.attrs,
            _ => return,
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let outside = path.leading_colon.map(|_| String::new());
        let names = path.segments.iter().map(|segment| plain(&segment.ident));
        let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
        self.mention(outside.into_iter().chain(names).collect(), line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.visit_path(&invocation.path);
        self.tokens(invocation.tokens.clone());
    }

    // Attributes name macros of other crates, and a visibility names no code.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn plain(name: &syn::Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}

/// Returns a path with `/` between its parts, without `.` and `..`.
fn slashed(path: &Path) -> String {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            part => parts.push(part.as_os_str().to_str().unwrap()),
        }
    }
    parts.join("/")
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Returns whether these attributes leave an item to tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args().is_ok_and(|condition| implies_test(&condition))
    })
}

fn implies_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let parser = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
    let Ok(parts) = list.parse_args_with(parser) else {
        return false;
    };
    match list.path.get_ident().map(ToString::to_string).as_deref() {
        Some("all") => parts.iter().any(implies_test),
        Some("any") => !parts.is_empty() && parts.iter().all(implies_test),
        _ => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::ExternCrate(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::ForeignMod(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::TraitAlias(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Union(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

//! Resolves paths by the `use` lines and the items around them.
//!
//! A path to an item of the crate itself, or of an unknown crate, leads to no function of tokio's,
//! whatever its last names are. Glob imports and macros can bring names that stay unseen: a path
//! that begins with one is unresolved.

use std::rc::Rc;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Block, File, Item, ItemMacro, ItemUse, Path, Stmt, Token, UseTree};

/// The number of imports that lead from a name to its item. A longer way is a circle.
const LONGEST_WAY: usize = 16;

/// The names in scope at some place of a crate.
#[derive(Clone, Default)]
pub(crate) struct NameScope(Option<Rc<Level>>);

/// A module or block, inside of others.
struct Level {
    names: Vec<Name>,
    /// The modules whose names are all imported.
    globs: Vec<Vec<String>>,
    kind: LevelKind,
    around: NameScope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LevelKind {
    /// The names around it are visible as well.
    Block,
    /// Beside its names only those of crates are visible.
    Module,
    /// A module of which only some names are known.
    PartOfModule,
}

/// A name, with the path of the item that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A module or type of the crate's own.
    Own,
    /// A function of the crate's own.
    Function,
    /// A path that begins with the name of a crate.
    OtherCrate(Vec<String>),
    /// A path in the module of the name.
    Import(Vec<String>),
}

/// The item that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// An item of the crate's own.
    Own,
    /// An item of another crate, by its whole path.
    OtherCrate(Vec<String>),
    /// Any item: the first name of this path is declared nowhere in sight.
    Unknown(Vec<String>),
}

impl NameScope {
    /// Returns the scope inside a module with these items.
    pub(crate) fn in_module(&self, items: &[Item]) -> Self {
        self.inside(items, LevelKind::Module)
    }

    /// Returns the scope inside a block.
    pub(crate) fn in_block(&self, block: &Block) -> Self {
        let items = block.stmts.iter().filter_map(|stmt| match stmt {
            Stmt::Item(item) => Some(item),
            _ => None,
        });
        self.inside(items, LevelKind::Block)
    }

    /// Returns the scope in a module of which only these names are known.
    pub(crate) fn of_names(names: Vec<Name>) -> Self {
        let level =
            Level { names, globs: Vec::new(), kind: LevelKind::PartOfModule, around: Self::default() };
        Self(Some(Rc::new(level)))
    }

    fn inside<'i>(&self, items: impl IntoIterator<Item = &'i Item>, kind: LevelKind) -> Self {
        let mut level = Level { names: Vec::new(), globs: Vec::new(), kind, around: self.clone() };
        items.into_iter().for_each(|item| level.declare(item));
        if kind == LevelKind::Block && level.names.is_empty() {
            return self.clone();
        }
        Self(Some(Rc::new(level)))
    }

    /// Returns the item that a path in an expression or type leads to.
    pub(crate) fn resolve(&self, path: &Path) -> Resolved {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        if path.leading_colon.is_some() {
            Resolved::OtherCrate(names)
        } else {
            self.find(&names, LONGEST_WAY)
        }
    }

    /// Returns the names that the module around declares, each with its item.
    pub(crate) fn declared(&self) -> Vec<(String, Resolved)> {
        let module = self.module();
        let names = module.0.iter().flat_map(|level| &level.names).map(|name| name.name.clone());
        names.map(|name| (name.clone(), module.find(&[name], LONGEST_WAY))).collect()
    }

    fn find(&self, path: &[String], longest: usize) -> Resolved {
        let Some((first, rest)) = path.split_first().filter(|_| longest > 0) else { return Resolved::Own };
        match first.as_str() {
            "crate" | "Self" => return Resolved::Own,
            "self" => return self.module().find_declared(rest, longest - 1),
            "super" => return self.module().outer_module().find_declared(rest, longest - 1),
            _ => {}
        }
        let Some(level) = &self.0 else { return Resolved::Unknown(path.to_vec()) };
        match (level.named(first, rest.is_empty()), level.kind) {
            (Some(name), _) => self.follow(name, rest, longest - 1),
            (None, LevelKind::Block) => level.around.find(path, longest - 1),
            (None, LevelKind::PartOfModule) => Resolved::Unknown(path.to_vec()),
            (None, LevelKind::Module) => self.find_undeclared(path, longest - 1),
        }
    }

    /// Finds an item whose path begins with a name that this very module declares.
    fn find_declared(&self, path: &[String], longest: usize) -> Resolved {
        let Some((first, rest)) = path.split_first().filter(|_| longest > 0) else { return Resolved::Own };
        if first == "super" {
            return self.find(path, longest - 1);
        }
        let Some(level) = self.0.as_ref().filter(|level| level.kind == LevelKind::Module) else {
            return Resolved::Unknown(path.to_vec());
        };
        let name = level.named(first, rest.is_empty());
        name.map_or(Resolved::Own, |name| self.follow(name, rest, longest - 1))
    }

    /// Finds an item whose path begins with a name that this module does not declare: that of a
    /// crate, unless a glob import brings it.
    fn find_undeclared(&self, path: &[String], longest: usize) -> Resolved {
        let globs = self.0.as_ref().map(|level| level.globs.as_slice()).unwrap_or_default();
        match globs {
            [] => Resolved::OtherCrate(path.to_vec()),
            // As in a module of tests.
            [only] if *only == ["super"] => self.outer_module().find(path, longest),
            _ => Resolved::Unknown(path.to_vec()),
        }
    }

    fn follow(&self, name: &Name, rest: &[String], longest: usize) -> Resolved {
        match &name.target {
            Target::Function | Target::Own => Resolved::Own,
            Target::OtherCrate(krate) => Resolved::OtherCrate([krate, rest].concat()),
            // Nothing else than a crate has the name that its import declares.
            Target::Import(import) if import[0] == name.name => Resolved::OtherCrate([import, rest].concat()),
            Target::Import(import) => self.find(&[import, rest].concat(), longest),
        }
    }

    /// Returns the scope of the module around, outside of blocks.
    fn module(&self) -> Self {
        match &self.0 {
            Some(level) if level.kind == LevelKind::Block => level.around.module(),
            _ => self.clone(),
        }
    }

    /// Returns the scope of the module around this one.
    fn outer_module(&self) -> Self {
        self.0.as_ref().map(|level| level.around.module()).unwrap_or_default()
    }
}

impl Level {
    /// Returns what `name` stands for; `alone`: it is a whole path, which may be that of a
    /// function.
    fn named(&self, name: &str, alone: bool) -> Option<&Name> {
        self.names.iter().find(|it| it.name == name && (alone || it.target != Target::Function))
    }

    fn declare(&mut self, item: &Item) {
        match item {
            Item::Use(ItemUse { leading_colon, tree, .. }) => {
                self.import(tree, &mut Vec::new(), leading_colon.is_some());
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                let krate = item.ident.unraw().to_string();
                let target = if krate == "self" { Target::Own } else { Target::OtherCrate(vec![krate]) };
                self.add(name, target);
            }
            Item::Enum(item) => self.add(&item.ident, Target::Own),
            Item::Fn(item) => self.add(&item.sig.ident, Target::Function),
            Item::Mod(item) => self.add(&item.ident, Target::Own),
            Item::Struct(item) => self.add(&item.ident, Target::Own),
            Item::Trait(item) => self.add(&item.ident, Target::Own),
            Item::Type(item) => self.add(&item.ident, Target::Own),
            Item::Union(item) => self.add(&item.ident, Target::Own),
            Item::Macro(ItemMacro { ident: None, mac, .. }) => {
                match syn::parse2::<File>(mac.tokens.clone()) {
                    // As in `cfg_if_unix! { use std::thread; }`.
                    Ok(file) => file.items.iter().for_each(|item| self.declare(item)),
                    Err(_) => self.globs.push(Vec::new()),
                }
            }
            _ => {}
        }
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>, of_crate: bool) {
        match tree {
            UseTree::Path(tree) => {
                before.push(tree.ident.unraw().to_string());
                self.import(&tree.tree, before, of_crate);
                before.pop();
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, of_crate));
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(tree) => self.import_name(&tree.ident, None, before, of_crate),
            UseTree::Rename(tree) => self.import_name(&tree.ident, Some(&tree.rename), before, of_crate),
        }
    }

    fn import_name(&mut self, ident: &Ident, rename: Option<&Ident>, before: &[String], of_crate: bool) {
        let mut path = before.to_vec();
        if ident != "self" {
            path.push(ident.unraw().to_string());
        }
        let name = rename.map(|name| name.unraw().to_string()).or_else(|| path.last().cloned());
        if let (Some(name), false) = (name, path.is_empty()) {
            let target = if of_crate { Target::OtherCrate(path) } else { Target::Import(path) };
            self.names.push(Name { name, target });
        }
    }

    fn add(&mut self, name: &Ident, target: Target) {
        self.names.push(Name { name: name.unraw().to_string(), target });
    }
}

impl Name {
    /// Returns a name for an item that was found elsewhere. An unknown one counts as the crate's
    /// own.
    pub(crate) fn of(name: String, item: Resolved) -> Self {
        let target = match item {
            Resolved::Own | Resolved::Unknown(_) => Target::Own,
            Resolved::OtherCrate(path) => Target::OtherCrate(path),
        };
        Self { name, target }
    }
}

/// Reads `name = a_crate::path`, or `name` alone for an item of the crate's own.
impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?.unraw().to_string();
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Ok(Self { name, target: Target::Own });
        }
        let path = Path::parse_mod_style(input)?;
        let path = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        Ok(Self { name, target: Target::OtherCrate(path) })
    }
}

/// Writes the same.
impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let ident =
            |name: &String| syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()));
        let name = ident(&self.name);
        match &self.target {
            Target::OtherCrate(path) | Target::Import(path) => {
                let path = path.iter().map(ident);
                tokens.extend(quote!(#name = #(#path)::*));
            }
            Target::Own | Target::Function => tokens.extend(quote!(#name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    /// Returns the item of a path in the innermost of nested modules, which are given from outside.
    fn resolved(modules: &[&str], path: &str) -> String {
        let scope = modules
            .iter()
            .fold(NameScope::default(), |scope, text| scope.in_module(&syn::parse_file(text).unwrap().items));
        match scope.resolve(&parse_str(path).unwrap()) {
            Resolved::Own => "own".to_owned(),
            Resolved::OtherCrate(path) => path.join("::"),
            Resolved::Unknown(path) => format!("{}?", path.join("::")),
        }
    }

    #[test]
    fn imports_are_followed() {
        for (text, path, expected) in [
            ("use tokio::task;", "task::spawn", "tokio::task::spawn"),
            ("use tokio::{task as jobs, net};", "jobs::spawn", "tokio::task::spawn"),
            ("use std::thread::{self, scope};", "thread::spawn", "std::thread::spawn"),
            ("use std::thread::{self, scope};", "scope", "std::thread::scope"),
            ("use tokio as t; use t::task;", "task::spawn", "tokio::task::spawn"),
            ("use ::tokio::task; mod tokio {}", "task::spawn", "tokio::task::spawn"),
            ("use tokio;", "tokio::spawn", "tokio::spawn"),
            ("extern crate tokio as rt;", "rt::spawn", "tokio::spawn"),
            ("extern crate self as tokio;", "tokio::spawn", "own"),
            ("cfg_rt! { use tokio::task; }", "task::spawn", "tokio::task::spawn"),
            ("", "tokio::spawn", "tokio::spawn"),
            ("", "::tokio::spawn", "tokio::spawn"),
            ("use tokio_test::task;", "task::spawn", "tokio_test::task::spawn"),
        ] {
            assert_eq!(resolved(&[text], path), expected, "{text} {path}");
        }
    }

    #[test]
    fn items_of_the_crate_are_its_own() {
        for (text, path) in [
            ("mod task {}", "task::spawn"),
            ("mod other { pub mod task {} } use other::task;", "task::spawn"),
            ("use crate::task;", "task::spawn"),
            ("use crate::*; use self::rt::*; mod task {}", "task::spawn"),
            ("use self::rt::task; mod rt {}", "task::spawn"),
            ("mod tokio {}", "tokio::task::spawn"),
            ("struct Task; use Task as task;", "task::spawn"),
            ("fn spawn() {}", "spawn"),
            ("", "crate::task::spawn"),
            ("", "Self::spawn"),
            ("use b::c as a; use a::c as b;", "a::spawn"),
        ] {
            assert_eq!(resolved(&[text], path), "own", "{text} {path}");
        }
    }

    #[test]
    fn names_from_globs_and_macros_are_unknown() {
        for text in ["use prelude::*;", "m! { a => b }", "use super::*;"] {
            assert_eq!(resolved(&[text], "task::spawn"), "task::spawn?", "{text}");
        }
        assert_eq!(resolved(&["use super::rt::task as t;"], "t::spawn"), "rt::task::spawn?");
        assert_eq!(resolved(&[], "task::spawn"), "task::spawn?");
    }

    #[test]
    fn a_module_sees_the_one_around_by_super() {
        let around = "use tokio::task; mod rt {}";
        assert_eq!(resolved(&[around, "use super::*;"], "task::spawn"), "tokio::task::spawn");
        assert_eq!(resolved(&[around, "use super::task;"], "task::spawn"), "tokio::task::spawn");
        assert_eq!(resolved(&[around, ""], "super::task::spawn"), "tokio::task::spawn");
        assert_eq!(resolved(&[around, "", ""], "super::super::task::spawn"), "tokio::task::spawn");
        assert_eq!(resolved(&[around, "use super::*;"], "rt::spawn"), "own");
        assert_eq!(resolved(&[around, ""], "task::spawn"), "task::spawn");
    }

    #[test]
    fn names_are_written_and_read_back() {
        for text in ["task", "task = tokio_test :: task", "r#match = r#fn :: r#type"] {
            assert_eq!(parse_str::<Name>(text).unwrap().to_token_stream().to_string(), text);
        }
    }
}

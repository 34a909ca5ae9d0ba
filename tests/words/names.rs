//! The names that a file defines: of its types, functions, modules, fields, constants, and of
//! itself.

use std::path::Path;

use syn::visit::{self, Visit};

/// A name and the line that defines it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// The thing that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A type, trait or variant.
    Type,
    /// A module, file or folder.
    Module,
    /// A function, field, constant or macro.
    Value,
    /// A heading of a document.
    Heading,
}

impl Name {
    /// Returns the words of the name in lower case: `ExportOutlet` and `export_outlet` are `export`
    /// and `outlet`.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![String::new()];
        let letters: Vec<char> = self.text.chars().collect();
        for (at, letter) in letters.iter().enumerate() {
            let follows_lower = at > 0 && (letters[at - 1].is_lowercase() || letters[at - 1].is_numeric());
            let before_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
            let follows_upper = at > 0 && letters[at - 1].is_uppercase();
            if !letter.is_alphanumeric()
                || letter.is_uppercase() && (follows_lower || follows_upper && before_lower)
            {
                words.push(String::new());
            }
            if letter.is_alphanumeric() {
                words.last_mut().unwrap().extend(letter.to_lowercase());
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }
}

/// Returns the names that a Rust file defines.
///
/// # Panics
///
/// If it is not Rust.
pub(crate) fn of_rust(file: &str, text: &str) -> Vec<Name> {
    let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut collector = Collector(Vec::new());
    collector.visit_file(&syntax);
    collector.0
}

/// Returns the names of a file and of its folders.
pub(crate) fn of_path(file: &Path) -> Vec<Name> {
    let parts = file.iter().map(|part| Path::new(part).file_stem().unwrap().to_str().unwrap());
    parts.map(|part| Name { kind: Kind::Module, text: part.to_owned(), line: 0 }).collect()
}

/// Returns the headings of a document in Markdown.
pub(crate) fn of_markdown(text: &str) -> Vec<Name> {
    let mut is_code = false;
    let mut headings = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        is_code ^= text.trim_start().starts_with("```");
        if !is_code && text.starts_with('#') {
            headings.push(Name { kind: Kind::Heading, text: text.to_owned(), line });
        }
    }
    headings
}

struct Collector(Vec<Name>);

impl Collector {
    fn add(&mut self, kind: Kind, name: &syn::Ident) {
        let line = name.span().start().line;
        self.0.push(Name { kind, text: name.to_string(), line });
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Const(it) => self.add(Kind::Value, &it.ident),
            syn::Item::Enum(it) => self.add(Kind::Type, &it.ident),
            syn::Item::Macro(it) => it.ident.iter().for_each(|name| self.add(Kind::Value, name)),
            syn::Item::Mod(it) => self.add(Kind::Module, &it.ident),
            syn::Item::Static(it) => self.add(Kind::Value, &it.ident),
            syn::Item::Struct(it) => self.add(Kind::Type, &it.ident),
            syn::Item::Trait(it) => self.add(Kind::Type, &it.ident),
            syn::Item::Type(it) => self.add(Kind::Type, &it.ident),
            syn::Item::Union(it) => self.add(Kind::Type, &it.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.add(Kind::Value, &signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        field.ident.iter().for_each(|name| self.add(Kind::Value, name));
        visit::visit_field(self, field);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.add(Kind::Type, &variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.add(Kind::Value, &item.ident);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_use_rename(&mut self, rename: &'ast syn::UseRename) {
        self.add(Kind::Type, &rename.rename);
    }
}

//! `cargo omegi diff`: the change that weaving makes to the sources.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::mem;
use std::process::ExitCode;

use omegi_weave::{SourceFile, WeaveAttribute, weave};
use quote::ToTokens as _;
use similar::TextDiff;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, File, Item, ItemMod, Meta, Stmt};

use crate::build_report::{UnitReport, mode_of_next_build};
use crate::command_error::CommandError;
use crate::exclusions;
use crate::profile;
use crate::project::{Project, below};

/// Prints the difference of each file, of the expanded code or of the spliced text.
pub(crate) fn run(project: &Project, shows_spliced: bool) -> Result<ExitCode, CommandError> {
    let mode = mode_of_next_build(UnitReport::read_all(&project.output_folder).first())?;
    let profile = profile::choices_or_warn(&project.root);
    let mut seen = BTreeSet::new();
    let targets = project.packages.iter().flat_map(|package| &package.targets);
    let files = targets
        .flat_map(|target| exclusions::read_whole_crate(&target.crate_name(), &target.root, mode, &profile));
    for file in files.filter(|file| seen.insert(file.path.clone())) {
        let difference = if shows_spliced { spliced(&file) } else { expanded(&file) };
        let Some((plain, woven)) = difference else { continue };
        let name = below(&project.root, &file.path);
        let diff = TextDiff::from_lines(&plain, &woven);
        let text = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
        // A reader that closes the pipe needs no more output.
        if io::stdout().write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the original text and the text for the compiler.
fn spliced(file: &SourceFile) -> Option<(String, String)> {
    Some((file.text.clone(), file.woven.clone()?.text))
}

/// Returns the original code and the expanded code, both without comments and in one layout.
fn expanded(file: &SourceFile) -> Option<(String, String)> {
    let plain = syn::parse_file(&file.text).ok()?;
    let mut woven = syn::parse_file(&file.woven.as_ref()?.text).ok()?;
    Expansion.visit_file_mut(&mut woven);
    Some((prettyplease::unparse(&plain), prettyplease::unparse(&woven)))
}

/// Expands the inserted attributes where they stand, as the compiler does.
struct Expansion;

impl Expansion {
    fn items(items: &mut Vec<Item>) {
        *items = mem::take(items).into_iter().flat_map(Self::item).collect();
    }

    fn item(item: Item) -> Vec<Item> {
        Self::woven(&item).unwrap_or_else(|| vec![item])
    }

    /// Returns the items to which an item with an inserted attribute expands.
    fn woven(item: &Item) -> Option<Vec<Item>> {
        let mut bare = item.clone();
        let attrs = attributes(&mut bare)?;
        let inserted = attrs.iter().position(is_inserted)?;
        let options = attrs.remove(inserted).meta.require_list().ok()?.tokens.clone();
        let tokens = weave(WeaveAttribute::Traced, options, bare.to_token_stream());
        Some(syn::parse2::<File>(tokens).ok()?.items)
    }
}

impl VisitMut for Expansion {
    fn visit_file_mut(&mut self, file: &mut File) {
        Self::items(&mut file.items);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if let Some((_, items)) = &mut module.content {
            Self::items(items);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        let statements = mem::take(&mut block.stmts).into_iter();
        let woven = statements.flat_map(|statement| match statement {
            Stmt::Item(item) => Self::item(item).into_iter().map(Stmt::Item).collect(),
            other => vec![other],
        });
        block.stmts = woven.collect();
        visit_mut::visit_block_mut(self, block);
    }
}

/// Returns whether this is an attribute of the weave, not one that the source has.
fn is_inserted(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    let names: Vec<_> = list.path.segments.iter().map(|name| name.ident.to_string()).collect();
    list.path.leading_colon.is_some()
        && names == ["omegi", "traced"]
        && list.tokens.to_string().starts_with("__inherit")
}

/// Returns the attributes of an item that can be woven.
fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        _ => None,
    }
}

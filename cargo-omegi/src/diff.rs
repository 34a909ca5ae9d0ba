//! `cargo omegi diff`: the change that weaving makes to the sources.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::process::ExitCode;

use omegi_weave::{RootStatements, SkippedFunctions, SourceFile, WeaveAttribute, weave};
use quote::ToTokens as _;
use similar::TextDiff;
use syn::{File, Item};

use crate::command_error::CommandError;
use crate::exclusions;
use crate::project::{Project, below};

/// Prints the difference of each file, of the expanded code or of the spliced text.
pub(crate) fn run(project: &Project, shows_spliced: bool) -> Result<ExitCode, CommandError> {
    let mut seen = BTreeSet::new();
    let targets = project.packages.iter().flat_map(|package| &package.targets);
    let files = targets.flat_map(|target| {
        exclusions::read_crate(
            &target.crate_name(),
            &target.root,
            RootStatements::default(),
            &SkippedFunctions::new(),
        )
    });
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
    Some((file.text.clone(), file.woven.clone()?))
}

/// Returns the original code and the expanded code, both without comments and in one layout.
fn expanded(file: &SourceFile) -> Option<(String, String)> {
    file.woven.as_ref()?;
    let plain = syn::parse_file(&file.text).ok()?;
    let mut woven = plain.clone();
    woven.items = plain.items.iter().flat_map(|item| woven_item(item, &file.options)).collect();
    Some((prettyplease::unparse(&plain), prettyplease::unparse(&woven)))
}

fn woven_item(item: &Item, options: &str) -> Vec<Item> {
    if !matches!(item, Item::Fn(_) | Item::Impl(_) | Item::Trait(_) | Item::Mod(_)) {
        return vec![item.clone()];
    }
    let tokens = weave(WeaveAttribute::Traced, options.parse().unwrap_or_default(), item.to_token_stream());
    syn::parse2::<File>(tokens).map_or_else(|_| vec![item.clone()], |file| file.items)
}

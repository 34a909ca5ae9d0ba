//! Inserts a fault at the beginning of each fallible function of a crate. Lines stay where they
//! are.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};

/// A fallible function, and the place of its fault.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) number: u32,
    pub(crate) function: String,
    /// Its file, relative to the project.
    pub(crate) file: PathBuf,
    /// The line of its fault.
    pub(crate) line: usize,
}

/// A file, relative to the project, and a line in it.
pub(crate) type Place = (PathBuf, usize);

/// Copies the crate's sources with a fault in each fallible function. Numbers begin at `first`.
/// Functions at `refused` places get none.
pub(crate) fn inject(
    plain: &Path,
    project: &Path,
    source: &Path,
    first: u32,
    refused: &HashSet<Place>,
) -> Vec<Site> {
    let mut sites = Vec::new();
    for file in files(&plain.join(source)) {
        let relative = file.strip_prefix(plain).unwrap().to_owned();
        let mut text = fs::read_to_string(&file).unwrap();
        // A file may be no Rust, such as a template.
        if let Ok(mut syntax) = syn::parse_file(&text) {
            let mut found = Fallible::default();
            found.visit_file_mut(&mut syntax);
            let first = first + u32::try_from(sites.len()).unwrap();
            let kept =
                found.bodies.into_iter().filter(|body| !refused.contains(&(relative.clone(), body.line)));
            let mut kept: Vec<_> = kept.zip(first..).collect();
            sites.extend(kept.iter().map(|(body, number)| Site {
                number: *number,
                function: body.function.clone(),
                file: relative.clone(),
                line: body.line,
            }));
            kept.sort_by_key(|(body, _)| std::cmp::Reverse(body.start));
            for (body, number) in kept {
                text.insert_str(body.start, &fault(number));
            }
        }
        write(&project.join(&relative), &text);
    }
    sites
}

/// Returns the statement that fails: made in place, handed on, and as the result of a call.
fn fault(number: u32) -> String {
    match number % 3 {
        0 => format!(" if ::fault::strikes({number}) {{ return Err(::fault::error({number})); }} "),
        1 => format!(" if let Err(fault) = ::fault::check({number}) {{ return Err(fault); }} "),
        _ => format!(" if ::fault::strikes({number}) {{ return ::fault::failed({number}); }} "),
    }
}

fn write(path: &Path, text: &str) {
    // An equal file is not built again.
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Returns the Rust files in a folder and those below it, in a fixed order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The bodies of a file's fallible functions.
#[derive(Default)]
struct Fallible {
    bodies: Vec<Body>,
}

struct Body {
    function: String,
    line: usize,
    /// The byte at which the fault is inserted.
    start: usize,
}

impl Fallible {
    fn add(&mut self, signature: &syn::Signature, attributes: &[syn::Attribute], block: &syn::Block) {
        if signature.constness.is_some() || !is_result(&signature.output) {
            return;
        }
        let inner = attributes.iter().filter(|it| matches!(it.style, syn::AttrStyle::Inner(_)));
        let before: Span =
            inner.map(Spanned::span).next_back().unwrap_or_else(|| block.brace_token.span.open());
        self.bodies.push(Body {
            function: signature.ident.to_string(),
            line: before.end().line,
            start: before.byte_range().end,
        });
    }
}

impl VisitMut for Fallible {
    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        self.add(&function.sig, &function.attrs, &function.block);
        visit_mut::visit_item_fn_mut(self, function);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        self.add(&function.sig, &function.attrs, &function.block);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, &function.attrs, block);
        }
        visit_mut::visit_trait_item_fn_mut(self, function);
    }
}

/// Returns whether the returned type is `Result`, or an alias with `Result` at its end.
fn is_result(output: &syn::ReturnType) -> bool {
    let syn::ReturnType::Type(_, returned) = output else { return false };
    let syn::Type::Path(path) = &**returned else { return false };
    path.qself.is_none()
        && path.path.segments.last().is_some_and(|it| it.ident.to_string().ends_with("Result"))
}

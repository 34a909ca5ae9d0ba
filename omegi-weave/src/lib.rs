//! The engine of omegi: rewrites functions so that they open a span, report their errors and
//! capture arguments.
//!
//! It is a plain library with [`proc_macro2`] tokens as input and output. The attributes of
//! `omegi-macros` only call it, and `cargo omegi` and tests use it outside a compiler.
//!
//! # The pipeline
//!
//! ```text
//! tokens ──▶ parse/ ──▶ weaver ──▶ plan/ ──▶ expand/ ──▶ tokens
//!                         ▲
//! files  ──▶ files/ ──────┘                              files
//! ```
//!
//! * `parse/` reads an attribute's options, and recognises omegi's attributes on items. It keeps
//!   expressions together that the compiler would take apart (`groups`).
//! * `weaver` walks through an item and finds every function, except in items with an attribute of
//!   their own. It puts an attribute below those of other libraries that may rewrite a body
//!   (`late`), and leaves that body to it.
//! * `plan/` decides for each function, in types of our own. `rules` is the one table of functions
//!   to skip. A `FunctionPlan` has the shape of the body, the captures and the test for errors.
//! * `expand/` writes each plan as tokens. The input and output of every shape stand above its
//!   code.
//! * `files/` weaves whole files as text, so that every line stays where it was.
//!
//! Each step uses only those above it. In `files/`, [`ParsedSource`] splices attributes into one
//! file, `module_tree` follows modules from file to file, and [`Mirror`] is the folder in which a
//! compiler finds the woven files. `cargo omegi` weaves a crate in this way, and [`weave_modules`]
//! weaves the modules that a user names.
//!
//! # Three promises
//!
//! * *The program stays the same.* A body keeps its tokens and their spans. Arguments are dropped
//!   in their usual order, and no type gets a further bound. A function that the weave could break
//!   is skipped.
//! * *The weave sees errors however a function ends*, including a `return` in another crate's
//!   macro. The body of a function that may fail therefore becomes a closure, which the runtime
//!   calls. A function that cannot fail only gets a guard before it. An `async fn` keeps its body
//!   with every `.await`, `return` and `?` rewritten, unless a macro may hide one.
//! * *Generated code uses no name of the user's.* It names `::omegi::private` and `::core`, and
//!   variables of its own hygiene.
//!
//! ```
//! use omegi_weave::{WeaveAttribute, weave};
//!
//! let item = "fn total(&self) -> u32 { self.prices().sum() }".parse()?;
//! let woven = weave(WeaveAttribute::Traced, "".parse()?, item);
//! assert!(woven.to_string().starts_with("fn total (& self) -> u32 { let mut __omegi_span = "));
//! # Ok::<(), proc_macro2::LexError>(())
//! ```

mod expand;
mod files;
mod parse;
mod plan;
mod weaver;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};
use syn::visit_mut::VisitMut as _;
use syn::{Attribute, Item, ItemFn};

use crate::expand::signal_handlers;
use crate::files::compiler;
use crate::parse::diagnostics::Diagnostics;
use crate::parse::option_table::SIGNAL_HANDLER;
use crate::parse::option_values::AttributeTarget;
use crate::parse::options::{AttributeOptions, InheritedOptions};
use crate::parse::own_attributes::{is_late, put_measured_last};
use crate::parse::{foreign_attributes, groups, late};
use crate::plan::private::RuntimePath;
use crate::plan::{arguments, capture, target};
use crate::weaver::Weaver;

pub use crate::files::aliases::{Alias, failing_names};
pub use crate::files::crate_weave::{CrateWeave, MeasuredDetails, RootStatements};
pub use crate::files::edits::EditedText;
pub use crate::files::instrument_modules::weave_modules;
pub use crate::files::mirror::Mirror;
pub use crate::files::module_tree::{CrateRestrictions, SourceFile, SyntaxError, read_crate};
pub use crate::files::modules::ModuleFile;
pub use crate::files::paths::{common_ancestor, normal, with_added_extension};
pub use crate::files::source::ParsedSource;
pub use crate::files::splicer::{FunctionRestrictions, SourceFunction, WeaveRestriction};
pub use crate::parse::detail::{Detail, DetailOption};
pub use crate::parse::suggest::did_you_mean;
pub use crate::plan::choice::ChoiceReason;
pub use crate::plan::chosen_detail::{ChosenDetail, DetailReason};
pub use crate::plan::rules::SkipReason;
pub use crate::plan::target::WeaveAttribute;
pub use crate::weaver::{Function, list};

/// Weaves `item` as an attribute with these `options` does.
///
/// Each mistake becomes a `compile_error!` behind the item, all at once. A function with a mistake
/// is emitted unchanged, so that one mistake gives one error. An item that does not parse is
/// returned unchanged: the compiler reports it better. In rustdoc and clippy every item stays
/// unchanged: they show and judge the code that its author wrote.
#[must_use]
pub fn weave(attribute: WeaveAttribute, options: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(mut parsed) = syn::parse2::<Item>(item.clone()) else { return item };
    groups::parenthesize(&mut parsed);
    let mut diagnostics = Diagnostics::default();
    let is_woven = if late::is_late(&options) {
        weave_late(options, &mut parsed)
    } else {
        weave_item(attribute, options, &mut parsed, &mut diagnostics)
    };
    let woven = if is_woven && !compiler::reads_only() { parsed.into_token_stream() } else { item };
    let report = diagnostics.report();
    quote!(#woven #report)
}

/// Returns `item` as `#[untraced]` with these `options` does: unchanged, or with its calls muted if
/// the weave of a whole crate found a signal handler.
#[must_use]
pub fn leave(options: &TokenStream, item: TokenStream) -> TokenStream {
    if options.to_string() != SIGNAL_HANDLER {
        return item;
    }
    let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else { return item };
    signal_handlers::mute(&mut function.block, &RuntimePath::new(None));
    function.into_token_stream()
}

/// Weaves `item` in place; returns whether the attribute fits it.
fn weave_item(
    attribute: WeaveAttribute,
    written: TokenStream,
    item: &mut Item,
    diagnostics: &mut Diagnostics,
) -> bool {
    let before = diagnostics.count();
    target::check(attribute, item, diagnostics);
    let options = AttributeOptions::parse(written.clone(), target_of(item), diagnostics);
    let fits = diagnostics.count() == before;
    if fits {
        weave_or_wait(options, &written, item, diagnostics);
    }
    fits
}

/// Weaves what another library's macro made of an item, if that can be woven. The author cannot
/// correct a mistake there, so that none is reported.
fn weave_late(written: TokenStream, item: &mut Item) -> bool {
    let mut unreported = Diagnostics::default();
    let options = AttributeOptions::parse(written.clone(), target_of(item), &mut unreported);
    let fits = unreported.count() == 0 && attributes_of(item).is_some();
    if fits {
        weave_or_wait(options, &written, item, &mut unreported);
    }
    let _ = unreported.report();
    fits
}

/// Weaves `item`, or puts the attribute below those of other libraries that may rewrite it.
fn weave_or_wait(
    mut options: AttributeOptions,
    written: &TokenStream,
    item: &mut Item,
    diagnostics: &mut Diagnostics,
) {
    if let Some((attrs, name)) = attributes_of(item)
        && foreign_attributes::rewrite(attrs)
    {
        if !attrs.iter().any(is_late) {
            attrs.push(late::of_item(name.as_ref(), &options, written));
            put_measured_last(attrs);
        }
        return check_names(&options, item, diagnostics);
    }
    let inherited = options.inherited.take().map(|inherited| *inherited);
    match item {
        Item::Fn(function) => weave_function(options, inherited, function, diagnostics),
        item => {
            let InheritedOptions { path, defaults } = inherited.unwrap_or_default();
            Weaver::new(options.or(&defaults), &path, diagnostics).visit_item_mut(item);
        }
    }
}

/// Notes mistakes in the names of arguments. A late attribute reports none.
fn check_names(options: &AttributeOptions, item: &Item, diagnostics: &mut Diagnostics) {
    if let Item::Fn(function) = item {
        capture::check_names(options, &arguments::as_written(&function.sig), diagnostics);
    }
}

fn target_of(item: &Item) -> AttributeTarget {
    if matches!(item, Item::Fn(_)) { AttributeTarget::Function } else { AttributeTarget::Container }
}

/// Returns the attributes of an item that can be woven, and the name of a function.
fn attributes_of(item: &mut Item) -> Option<(&mut Vec<Attribute>, Option<Ident>)> {
    match item {
        Item::Fn(function) => Some((&mut function.attrs, Some(function.sig.ident.clone()))),
        Item::Impl(item) => Some((&mut item.attrs, None)),
        Item::Trait(item) => Some((&mut item.attrs, None)),
        Item::Mod(item) if item.content.is_some() => Some((&mut item.attrs, None)),
        _ => None,
    }
}

/// Weaves a function with an attribute of its own.
///
/// In a woven container its path is known, and the functions inside it are woven as well. Elsewhere
/// it may be a method, because the code around it is unknown.
fn weave_function(
    options: AttributeOptions,
    inherited: Option<InheritedOptions>,
    function: &mut ItemFn,
    diagnostics: &mut Diagnostics,
) {
    match inherited {
        None => {
            let known = AttributeOptions::default().with_names(&options);
            Weaver::new(known, "", diagnostics).weave_alone(function, options);
        }
        Some(InheritedOptions { path, defaults }) => {
            let options = options.or(&defaults);
            let known = defaults.with_names(&options);
            Weaver::new(known, &path, diagnostics).weave_in_container(function, options);
        }
    }
}

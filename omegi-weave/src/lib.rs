//! The engine of omegi: rewrites functions so that they open a span, name their errors and say what they were given.
//!
//! A plain library: it takes and returns [`proc_macro2`] tokens, so that the attributes of `omegi-macros` are a thin
//! doorway to it, and so that `cargo omegi` and tests can call it outside a compiler.
//!
//! # The way of a function
//!
//! ```text
//! tokens ──▶ syn ──▶ groups ──▶ container ──▶ rules ──▶ plan ──▶ expand ──▶ tokens
//!                         options ▲      returns, error_type ▲  ▲ futures   ▲ arguments, marks
//!                                                                flat, macros   awaits, diverts, spawns
//! ```
//!
//! [`weave`] reads the attribute's words (`options`) and the item, and keeps together what the compiler would take apart
//! (`groups`). `container` walks through it and finds every function, except what an attribute inside weaves by itself
//! (`attributes`). `rules` is the one table of what is left alone, and why: each [`Reason`] can be listed. For each of
//! the others `plan` decides what is to be made of it, in our own words: which shape, which captures, what the return
//! type can say (`returns`, `error_type`, `futures`). `expand` writes it, with the input and output of every shape drawn
//! above the code.
//!
//! Whole files are woven as text, so that every line stays where it was: [`Source`] splices attributes into one of them,
//! `tree` follows the modules from file to file (`modules`), and [`Mirror`] is the folder in which a compiler finds the
//! outcome. That is what `cargo omegi` does with a crate, and [`weave_modules`] with what a user names.
//!
//! # Three promises
//!
//! * *The program stays the same.* A body keeps its tokens and their spans; arguments are dropped in the order in which
//!   they would be (`arguments`); no bound is added to any type. What could break is left alone.
//! * *Errors are seen however a function ends*: also by a `return` hidden in somebody's macro. So the body of a function
//!   that may fail becomes a closure, which the runtime calls. A function that cannot fail only gets a guard before it. An
//!   `async fn` keeps its body, whose every `.await`, `return` and `?` is rewritten, unless a macro may hide one.
//! * *Nothing of the user's is touched by name.* Generated code names `::omegi::private` and `::core`, and variables of
//!   its own hygiene.
//!
//! ```
//! use omegi_weave::{Attribute, weave};
//!
//! let woven = weave(Attribute::Traced, "".parse()?, "fn total(&self) -> u32 { self.prices().sum() }".parse()?);
//! assert!(woven.to_string().starts_with("fn total (& self) -> u32 { let mut __omegi_span = "));
//! # Ok::<(), proc_macro2::LexError>(())
//! ```

mod aliases;
mod arguments;
mod attributes;
mod awaits;
mod compiler;
mod container;
mod ctxt;
mod desugar;
mod diverts;
mod error_type;
mod expand;
mod file_modules;
mod flat;
mod futures;
mod groups;
mod included;
mod macros;
mod marker;
mod marks;
mod mirror;
mod modules;
mod options;
mod paths;
mod plan;
mod private;
mod returns;
mod rules;
mod site;
mod source;
mod spawners;
mod spawns;
mod suggest;
mod tree;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned as _;
use syn::visit_mut::VisitMut as _;
use syn::{Item, ItemFn, ItemImpl, ItemMod, ItemTrait, TraitItemFn};

use crate::container::Weaver;
use crate::ctxt::Errors;
use crate::options::{Inherited, Options, Place};

pub use crate::aliases::{Alias, failing_names};
pub use crate::container::Function;
pub use crate::file_modules::weave_modules;
pub use crate::mirror::Mirror;
pub use crate::modules::ModuleFile;
pub use crate::paths::{common_ancestor, normal};
pub use crate::rules::Reason;
pub use crate::source::{CrateWeave, Source, SourceFunction};
pub use crate::suggest::did_you_mean;
pub use crate::tree::{Left, NotRust, SourceFile, read_crate};

/// Which attribute asks for weaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `#[traced]`: on a function, an `impl`, a trait or an inline module.
    Traced,
    /// `#[instrument_crate]`: on an inline module.
    InstrumentCrate,
}

/// What an attribute with these `options` makes of `item`.
///
/// Whatever is wrong is said by `compile_error!`s behind the item, all at once; the function that it concerns is
/// emitted as it was, so that one mistake gives one error. An item that does not parse is returned untouched: the
/// compiler says it better.
#[must_use]
pub fn weave(attribute: Attribute, options: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(mut parsed) = syn::parse2::<Item>(item.clone()) else { return item };
    groups::parenthesise(&mut parsed);
    let mut errors = Errors::default();
    let is_woven = weave_item(attribute, options, &mut parsed, &mut errors);
    let woven = if is_woven { parsed.into_token_stream() } else { item };
    let said = errors.report();
    quote!(#woven #said)
}

/// Every function of a source file in the order in which they stand there, and whether `#[traced]` on everything would
/// weave it.
///
/// ```
/// let file = syn::parse_file("fn answer() -> u8 { 42 } fn ask() -> u8 { answer() }")?;
/// let left: Vec<_> = omegi_weave::list(file).into_iter().map(|f| (f.path, f.left)).collect();
/// assert_eq!(left, [("answer".into(), Some(omegi_weave::Reason::Trivial)), ("ask".into(), None)]);
/// # Ok::<(), syn::Error>(())
/// ```
#[must_use]
pub fn list(mut file: syn::File) -> Vec<Function> {
    let mut errors = Errors::default();
    let mut weaver = Weaver::for_list(Options::default(), &mut errors);
    weaver.visit_file_mut(&mut file);
    weaver.functions
}

/// Weaves `item` in place; answers whether there was anything to weave.
fn weave_item(attribute: Attribute, options: TokenStream, item: &mut Item, errors: &mut Errors) -> bool {
    let before = errors.count();
    check_item(attribute, item, errors);
    let place = if matches!(item, Item::Fn(_)) { Place::Function } else { Place::Container };
    let mut options = Options::parse(options, place, errors);
    let inherited = options.inherited.take().map(|inherited| *inherited);
    match item {
        _ if errors.count() > before => return false,
        Item::Fn(function) => weave_function(options, inherited, function, errors),
        item => weave_container(options, inherited.unwrap_or_default(), item, errors),
    }
    true
}

fn weave_container(options: Options, inherited: Inherited, item: &mut Item, errors: &mut Errors) {
    let Inherited { path, defaults } = inherited;
    Weaver::new(options.or(&defaults), &path, errors).visit_item_mut(item);
}

/// A function in a woven container has a known path, and the functions inside it are woven as well. One that stands
/// alone may be a method: what is around it cannot be seen.
fn weave_function(
    options: Options,
    inherited: Option<Inherited>,
    function: &mut ItemFn,
    errors: &mut Errors,
) {
    match inherited {
        None => Weaver::new(Options::default(), "", errors).alone(function, options),
        Some(Inherited { path, defaults }) => {
            let options = options.or(&defaults);
            Weaver::new(defaults, &path, errors).inside_container(function, options);
        }
    }
}

/// Notes that `attribute` cannot weave `item`.
fn check_item(attribute: Attribute, item: &Item, errors: &mut Errors) {
    let attrs = match (attribute, item) {
        (_, Item::Mod(ItemMod { ident, content: None, .. })) => {
            return errors.at(
                ident.span(),
                format!("this module is in a file: write `omegi::instrument_modules! {{ mod {ident}; }}`"),
            );
        }
        (_, Item::Mod(ItemMod { attrs, .. })) => attrs,
        (Attribute::InstrumentCrate, _) => {
            return errors.at(
                first_word(item),
                "`#[instrument_crate]` stands on an inline module; for anything else write `#[traced]`",
            );
        }
        (Attribute::Traced, Item::Fn(ItemFn { attrs, sig, block, .. })) => {
            if let Some(reason) = rules::forbidden(attrs, sig, block).filter(|reason| reason.is_news()) {
                return errors.at(sig.ident.span(), format!("this function cannot be traced: {reason}"));
            }
            attrs
        }
        (Attribute::Traced, Item::Impl(ItemImpl { attrs, .. }) | Item::Trait(ItemTrait { attrs, .. })) => {
            attrs
        }
        (Attribute::Traced, Item::Verbatim(tokens)) if is_declaration(tokens) => {
            return errors
                .at(first_word(item), format!("this function cannot be traced: {}", Reason::NoBody));
        }
        (Attribute::Traced, _) => {
            return errors.at(
                first_word(item),
                "there is nothing to trace here: `#[traced]` stands on functions, impls, traits and inline modules",
            );
        }
    };
    if let Some(second) = attributes::traced(attrs) {
        errors.at(second.path().span(), "this item is traced twice: join the options in one attribute");
    }
}

/// Whether this is a trait's method without a body, which syn does not know as an item.
fn is_declaration(tokens: &TokenStream) -> bool {
    syn::parse2::<TraitItemFn>(tokens.clone()).is_ok()
}

/// Where an item begins, behind its attributes.
fn first_word(item: &Item) -> Span {
    let words = item.to_token_stream().into_iter().filter(|token| matches!(token, TokenTree::Ident(_)));
    words.map(|word| word.span()).next().unwrap_or_else(Span::call_site)
}

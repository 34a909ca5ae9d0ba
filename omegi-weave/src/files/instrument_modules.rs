//! Weaves modules in files, inside the compiler: `instrument_modules! { mod orders; }`.
//!
//! ```text
//! in:   src/lib.rs:12      /// The orders.
//!       src/lib.rs:13      mod orders;
//!
//! out:  ::core::include!("…/omegi-woven/shop-1f2e/0/src/lib.0.rs");
//!       const _: &[u8] = ::core::include_bytes!("/shop/src/orders.rs");      every original
//!
//! and   …/omegi-woven/shop-1f2e/0/src/   links to …             and files of its own
//!           lib.0.rs                                            lines 12 and 13, at their places
//!           orders.rs                                           woven
//!           prices.csv  ──▶              /shop/src/prices.csv
//! ```
//!
//! The included file declares the modules as the user did, from the folder of the mirror that
//! stands for the user's. The compiler then finds every file by its own rules, including the
//! modules of modules. (A `#[path]` would change these rules for its file.) The compiler reads the
//! originals as well, so that cargo compiles again when they change.
//!
//! Without a compiler or a writable folder the modules stay as the user wrote them: the program
//! compiles in any case.

use proc_macro2::{Span, TokenStream, fallback};
use quote::{ToTokens, quote, quote_spanned};
use syn::{File, Item, ItemMod};

use crate::files::compiler::Compiler;
use crate::files::module_statement::{DeclarationRun, ModuleRequest, ModuleStatement, WovenModules};
use crate::parse::diagnostics::Diagnostics;
use crate::plan::target::first_word;

/// Expands `instrument_modules! { items }`.
///
/// It is for a macro, inside the compiler. Each mistake becomes a `compile_error!` behind the
/// items, which are emitted unchanged. Tokens that are no items are returned unchanged: the
/// compiler reports them better.
#[must_use]
pub fn weave_modules(items: TokenStream) -> TokenStream {
    let parsed = match syn::parse2::<File>(items.clone()) {
        Ok(File { attrs, items, .. }) if attrs.is_empty() => items,
        _ => return items,
    };
    let mut diagnostics = Diagnostics::default();
    let modules: Vec<_> = parsed.into_iter().filter_map(|item| in_a_file(item, &mut diagnostics)).collect();
    if diagnostics.count() > 0 {
        let report = diagnostics.report();
        return quote!(#items #report);
    }
    let woven = Compiler::of_this_process().and_then(|compiler| weave(&compiler, &modules));
    woven.map_or(items, |woven| expanded(&modules, &woven))
}

/// Returns the item if it is `mod name;`, else notes the remedy.
fn in_a_file(item: Item, diagnostics: &mut Diagnostics) -> Option<ItemMod> {
    match item {
        Item::Mod(module) if module.content.is_none() => return Some(module),
        Item::Mod(module) => diagnostics.at(
            module.ident.span(),
            "cannot weave this module: it is not in a file; move it out of `instrument_modules!`, \
             and write `#[omegi::instrument_crate]` on it",
        ),
        item => diagnostics.at(
            first_word(&item),
            "cannot weave this: only modules in files, `mod name;`, belong here; \
             move it out of `instrument_modules!`",
        ),
    }
    None
}

fn weave(compiler: &Compiler, modules: &[ItemMod]) -> Option<WovenModules> {
    let requests =
        modules.iter().map(|module| ModuleRequest::new(compiler, module)).collect::<Option<Vec<_>>>()?;
    let outcome = FallbackSpans::within(|| ModuleStatement::read(requests)?.write(compiler));
    outcome.unwrap_or_else(|problem| {
        // A macro cannot warn, but cargo shows its stderr beside the compiler's warnings.
        eprintln!(
            "warning: omegi: cannot weave the files of `instrument_modules!`: {problem}; \
             they are compiled as they are"
        );
        None
    })
}

/// The mode of proc-macro2 without the compiler, whose tokens do not know their position in a text.
///
/// The switch is global for the library. That is sound: a compiler expands one macro after the
/// other, and the macro servers of editors never come this far. All tokens made here become text
/// before the mode ends. A mixture would panic in proc-macro2, not be undefined.
struct FallbackSpans;

impl FallbackSpans {
    fn within<T>(work: impl FnOnce() -> T) -> T {
        fallback::force();
        let _until_the_end = Self;
        work()
    }
}

impl Drop for FallbackSpans {
    fn drop(&mut self) {
        fallback::unforce();
    }
}

/// Writes the modules for the compiler. A path of `::core` has the macro's own span, where the user
/// cannot shadow it.
fn expanded(modules: &[ItemMod], woven: &WovenModules) -> TokenStream {
    let mut modules = modules.iter();
    let mut tokens = TokenStream::new();
    for DeclarationRun { count, listing } in &woven.runs {
        let run = modules.by_ref().take(*count);
        match listing {
            Some(path) => {
                run.for_each(drop);
                tokens.extend(quote_spanned!(Span::mixed_site()=> ::core::include!(#path);));
            }
            None => tokens.extend(run.map(ToTokens::to_token_stream)),
        }
    }
    for path in &woven.originals {
        tokens.extend(quote_spanned! {Span::mixed_site()=>
            const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
        });
    }
    tokens
}

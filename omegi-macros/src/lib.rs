//! The macros of omegi: a doorway to [`omegi-weave`](https://docs.rs/omegi-weave), where everything happens.
//!
//! Without the feature `enable` each macro returns its items untouched, and nothing of the engine is built.
//! Use them through the crate `omegi`, which re-exports them.

use proc_macro::TokenStream;

/// Opens a span for every call of a function, and records the error if it fails.
///
/// It stands on a function or method, on an `impl` (inherent or of a trait), on a trait (for its default methods) and
/// on an inline module, for everything in it:
///
/// ```ignore
/// #[omegi::traced(args(id), kind = "server")]
/// fn order(id: u64, card: &Card) -> Result<Receipt, OrderError> {
///     card.charge(price(id)?)
/// }
///
/// #[omegi::traced(ret)]
/// impl Cart {
///     fn total(&self) -> u64 {
///         self.prices().sum()
///     }
/// }
/// ```
///
/// | option | meaning | on |
/// |---|---|---|
/// | `name = "…"` | the span's name instead of the function's path | functions |
/// | `kind = "server"` | the span's role: `internal`, `server`, `client`, `producer`, `consumer` | anything |
/// | `args` | capture all arguments in every flow; `args = sampled`: in sampled flows; `args = off`: never | anything |
/// | `args(a, b)` | capture these arguments in every flow | functions |
/// | `skip(a, b)` | never capture these | functions |
/// | `skip_all` | capture none | anything |
/// | `fields(key = value, a.b = %value, c = ?value, d)` | attributes of the span; `%` by `Display`, `?` by `Debug` | functions |
/// | `ret` | capture the returned value; `ret = off`: never | anything |
/// | `err` | `None` is an error as well; `err(Debug)`: the message is the error's `Debug`; `err = off`: nothing is an error | anything |
/// | `spawns = off` | tasks, threads and jobs that are started begin flows of their own; `spawns = on`: they go on in this one | anything |
/// | `all` | weave impls of `Debug`, `Clone`, `Drop` and their like as well | impls, traits, modules |
/// | `crate = path` | where omegi is, if not at `::omegi` | anything |
///
/// Inside a woven container an attribute on a function adds to the container's options and overrides them, and
/// [`macro@untraced`] cancels them. What a container does not weave by itself, because it would say little (trivial bodies,
/// impls of `Debug`, `Clone`, `Drop` and their like), an attribute on the function weaves all the same.
#[proc_macro_attribute]
pub fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
    doorway::traced(options, item)
}

/// Opens a span for every call of every function in an inline module.
///
/// The same as [`macro@traced`] there, under the name that says what it is for: an application's modules.
///
/// ```ignore
/// #[omegi::instrument_crate(args = sampled)]
/// mod orders {
///     pub fn place(cart: &Cart) -> Result<Receipt, OrderError> {
///         cart.order()
///     }
///
///     #[omegi::untraced]
///     fn checksum(bytes: &[u8]) -> u32 {
///         bytes.iter().map(|byte| u32::from(*byte)).sum()
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn instrument_crate(options: TokenStream, item: TokenStream) -> TokenStream {
    doorway::instrument_crate(options, item)
}

/// Opens a span for every call of every function in modules that are in files.
///
/// The compiler lets no attribute of ours stand on `mod orders;`. This takes such declarations as they are, and weaves
/// everything in their files and in those of their modules, to any depth:
///
/// ```ignore
/// omegi::instrument_modules! {
///     mod orders;
///     pub mod stock;
///     #[cfg(unix)]
///     pub(crate) mod signals;
///     #[path = "old/prices.rs"]
///     mod prices;
/// }
/// ```
///
/// What an attribute inside such a file says holds there: `#[omegi::traced(…)]` for its options, [`macro@untraced`].
///
/// Woven copies are written beside what the compiler makes (`target/debug/deps/omegi-woven`), and compiled instead of
/// the files. Each line is the one that it was. What omegi records names the files that you wrote; `file!()`, a panic and the
/// compiler's messages name the copies, whose paths end in the same way. Cargo compiles again when one of your files
/// changes. Without the feature `enable`, in an editor and in rustdoc the modules are what is written here, and nothing else.
/// Where nothing can be written, too; a line on stderr says so.
///
/// Three things are so for modules in any macro's braces: `cargo fmt` does not find their files, `#[macro_export]`ed macros
/// in them are not found by a path (`crate::shout!`), and the file that declares them has to be the crate's root, a `mod.rs`,
/// or a file that is named like its module.
#[proc_macro]
pub fn instrument_modules(modules: TokenStream) -> TokenStream {
    doorway::instrument_modules(modules)
}

/// Leaves a function, `impl`, trait or module inside a woven container as it is.
#[proc_macro_attribute]
pub fn untraced(_options: TokenStream, item: TokenStream) -> TokenStream {
    item
}

#[cfg(feature = "enable")]
mod doorway {
    use omegi_weave::{Attribute, weave, weave_modules};
    use proc_macro::TokenStream;

    pub(crate) fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
        weave(Attribute::Traced, options.into(), item.into()).into()
    }

    pub(crate) fn instrument_crate(options: TokenStream, item: TokenStream) -> TokenStream {
        weave(Attribute::InstrumentCrate, options.into(), item.into()).into()
    }

    pub(crate) fn instrument_modules(modules: TokenStream) -> TokenStream {
        weave_modules(modules.into()).into()
    }
}

#[cfg(not(feature = "enable"))]
mod doorway {
    use proc_macro::TokenStream;

    pub(crate) fn traced(_options: TokenStream, item: TokenStream) -> TokenStream {
        item
    }

    pub(crate) fn instrument_crate(_options: TokenStream, item: TokenStream) -> TokenStream {
        item
    }

    pub(crate) fn instrument_modules(modules: TokenStream) -> TokenStream {
        modules
    }
}

//! The macros of omegi. The work is done by [`omegi-weave`](https://docs.rs/omegi-weave).
//!
//! Without the feature `enable` each macro returns its items unchanged, and the engine is not
//! built. Use them through the crate `omegi`, which re-exports them.

use proc_macro::TokenStream;

/// Opens a span for every call of a function, and records the error if it fails.
///
/// It stands on a function or method. On an `impl` (inherent or of a trait), on a trait (for its
/// default methods) and on an inline module it applies to everything inside:
///
/// ```
/// #[omegi::traced(args(id), kind = "server")]
/// fn order(id: u32, cart: &Cart) -> Result<u64, std::num::TryFromIntError> {
///     let limit = u8::try_from(id)?; // the line of an error's path
///     Ok(cart.total().min(limit.into()))
/// }
///
/// struct Cart(Vec<u64>);
///
/// #[omegi::traced(ret)]
/// impl Cart {
///     fn total(&self) -> u64 {
///         self.0.iter().sum()
///     }
/// }
///
/// assert_eq!(order(200, &Cart(vec![3, 4])), Ok(7));
/// assert!(order(300, &Cart(vec![3, 4])).is_err());
/// ```
///
/// Options for anything:
///
/// | option | meaning |
/// |---|---|
/// | `kind = "server"` | the role: `internal`, `server`, `client`, `producer`, `consumer` |
/// | `args` | capture all arguments in every flow |
/// | `args = sampled` | capture all arguments in sampled flows |
/// | `args = off`, `skip_all` | capture no argument |
/// | `ret` | capture the returned value |
/// | `ret = off` | never capture the returned value |
/// | `err` | count `None` as an error as well |
/// | `err(Debug)` | take the error's `Debug` form as its message |
/// | `err = ignore(NotFound)` | errors of these names do not keep a flow |
/// | `err = off` | count no value as an error |
/// | `spawns = off` | spawned tasks, threads and jobs begin flows of their own |
/// | `spawns = on` | spawned work continues the function's flow |
/// | `loops = off` | the turns of loops stay in the function's flow |
/// | `loops = on` | each turn of each outermost loop is a flow of its own |
/// | `crate = path` | the path of omegi, if not `::omegi` |
///
/// An error is described where it leaves a function, while the callers hold their locks. A
/// `Display` that takes one of these would wait for ever: `err(Debug)` calls the error's `Debug`
/// alone, and `err = off` neither.
///
/// Options for a function only:
///
/// | option | meaning |
/// |---|---|
/// | `name = "…"` | the span's name, instead of the function's path |
/// | `args(a, b)` | capture these arguments in every flow |
/// | `skip(a, b)` | never capture these arguments |
/// | `fields(key = value, a.b = %value, c = ?value)` | attributes (`%`: `Display`, `?`: `Debug`) |
///
/// An option for an `impl`, a trait or a module only: `all` weaves impls of `Debug`, `Clone`,
/// `Drop` and similar traits as well.
///
/// Inside a woven container an attribute on a function adds to the container's options and
/// overrides them, and [`macro@untraced`] cancels them. A container skips functions that would say
/// little: trivial bodies, and impls of `Debug`, `Clone`, `Drop` and similar traits. An attribute
/// on the function weaves it all the same.
#[proc_macro_attribute]
pub fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
    engine::traced(options, item)
}

/// Opens a span for every call of every function in an inline module.
///
/// It does the same as [`macro@traced`] there. The name says its purpose: an application's modules.
///
/// ```
/// #[omegi::instrument_crate(args = sampled)]
/// mod orders {
///     pub fn place(order: &str) -> Result<u32, std::num::ParseIntError> {
///         let (items, sum) = order.split_once(' ').unwrap_or((order, "0"));
///         Ok(number(items)? + number(sum)?)
///     }
///
///     fn number(text: &str) -> Result<u32, std::num::ParseIntError> {
///         text.parse()
///     }
/// }
///
/// assert_eq!(orders::place("3 4"), Ok(7));
/// assert!(orders::place("three").is_err()); // the flow has the path `number`, `place`
/// ```
#[proc_macro_attribute]
pub fn instrument_crate(options: TokenStream, item: TokenStream) -> TokenStream {
    engine::instrument_crate(options, item)
}

/// Opens a span for every call of every function in modules that are in files.
///
/// The compiler allows no attribute macro on `mod orders;`. This macro takes such declarations
/// unchanged, and weaves the files of the modules and of their modules, at any depth:
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
/// Attributes inside such a file apply: `#[omegi::traced(…)]` with its options, [`macro@untraced`].
///
/// The compiler reads woven copies instead of the files. They are beside its output, in
/// `target/debug/deps/omegi-woven`, and have the same lines. omegi records the names of your own
/// files. `file!()`, a panic and the compiler's messages name the copies, whose paths end in the
/// same way. Cargo compiles again when one of your files changes.
///
/// Without the feature `enable`, in an editor and in rustdoc the modules stay as they are written.
/// The same happens if the copies cannot be written; a line on stderr reports that.
///
/// Three limits apply to modules in the braces of any macro:
///
/// * `cargo fmt` does not find their files.
/// * `#[macro_export]`ed macros in them cannot be named by a path (`crate::shout!`).
/// * The file with the declarations has to be the crate's root, a `mod.rs`, or a file with the name
///   of its module.
#[proc_macro]
pub fn instrument_modules(modules: TokenStream) -> TokenStream {
    engine::instrument_modules(modules)
}

/// Excludes a function, `impl`, trait or module inside a woven container.
///
/// Its calls have no spans. The functions that it calls are recorded below its caller.
///
/// ```
/// #[omegi::instrument_crate]
/// mod orders {
///     pub fn seal(order: &[u8]) -> u32 {
///         order.iter().fold(0, |sum, byte| mix(sum, *byte))
///     }
///
///     /// Runs for each byte: a span each would be too much.
///     #[omegi::untraced]
///     fn mix(sum: u32, byte: u8) -> u32 {
///         sum.rotate_left(5) ^ u32::from(byte)
///     }
/// }
///
/// assert_eq!(orders::seal(&[1, 2]), 34);
/// ```
#[proc_macro_attribute]
pub fn untraced(options: TokenStream, item: TokenStream) -> TokenStream {
    engine::untraced(options, item)
}

#[cfg(feature = "enable")]
mod engine {
    use omegi_weave::{WeaveAttribute, leave, weave, weave_modules};
    use proc_macro::TokenStream;

    pub(crate) fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
        weave(WeaveAttribute::Traced, options.into(), item.into()).into()
    }

    pub(crate) fn instrument_crate(options: TokenStream, item: TokenStream) -> TokenStream {
        weave(WeaveAttribute::InstrumentCrate, options.into(), item.into()).into()
    }

    pub(crate) fn instrument_modules(modules: TokenStream) -> TokenStream {
        weave_modules(modules.into()).into()
    }

    pub(crate) fn untraced(options: TokenStream, item: TokenStream) -> TokenStream {
        leave(&options.into(), item.into()).into()
    }
}

#[cfg(not(feature = "enable"))]
mod engine {
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

    pub(crate) fn untraced(_options: TokenStream, item: TokenStream) -> TokenStream {
        item
    }
}

//! The values that options of an attribute can have.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Token, Type};

/// An item that carries the attribute: some options make sense on a function only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttributeTarget {
    /// A function or method.
    Function,
    /// An `impl`, a trait or a module.
    Container,
}

/// A span's role: the spelling in the attribute, and the variant of the runtime's `SpanKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KindOption {
    pub(crate) spelling: &'static str,
    pub(crate) variant: &'static str,
}

/// Every role that OpenTelemetry knows.
pub(crate) const KINDS: [KindOption; 5] = [
    KindOption { spelling: "internal", variant: "Internal" },
    KindOption { spelling: "server", variant: "Server" },
    KindOption { spelling: "client", variant: "Client" },
    KindOption { spelling: "producer", variant: "Producer" },
    KindOption { spelling: "consumer", variant: "Consumer" },
];

/// The arguments to capture, and the flows in which to capture them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArgsOption {
    /// `args`, `args = always`: all of them, in every flow.
    Always,
    /// `args = sampled`: all of them, in head-sampled flows.
    Sampled,
    /// `args = off`, `skip_all`: none, even if the environment asks for arguments.
    Off,
    /// `args(a, b)`: these, in every flow.
    Named(Vec<Ident>),
}

/// The values that count as errors, and the form of an error's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorOption {
    /// `err = ignore(…)`: the same as without the option.
    Plain,
    /// `err`, `err(Display)`: `None` counts as well; the message is the error's `Display` form.
    Display,
    /// `err(Debug)`: the message is the error's `Debug` form.
    Debug,
    /// `err = off`: no value counts.
    Off,
}

/// One attribute of the span: `shop.items = %cart.len()`.
#[derive(Clone)]
pub(crate) struct Field {
    /// The attribute's name.
    pub(crate) key: String,
    /// The trait that formats the value.
    pub(crate) form: FieldForm,
    /// The expression that computes the value.
    pub(crate) value: Expr,
}

/// The trait that formats a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldForm {
    /// `= value`: numbers, bools and strings as they are, other types by `Debug`.
    Natural,
    /// `= %value`.
    Display,
    /// `= ?value`.
    Debug,
}

/// A type around a function: a type parameter, `Self` where that can be a `Result`, or an
/// associated type with its value.
#[derive(Clone)]
pub(crate) struct ContextType {
    pub(crate) name: Ident,
    pub(crate) value: Option<Type>,
}

/// Reads `T` or `Error = io::Error`.
impl Parse for ContextType {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let value = input.parse::<Option<Token![=]>>()?.map(|_| input.parse()).transpose()?;
        Ok(Self { name, value })
    }
}

/// Writes the same.
impl ToTokens for ContextType {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (name, value) = (&self.name, self.value.iter());
        tokens.extend(quote!(#name #(= #value)*));
    }
}

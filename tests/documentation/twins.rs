//! The public items of `omegi-runtime` without the feature `enable`, and their twins with it.

use std::collections::BTreeMap;

use omegi_tests::sources::{self, root};
use quote::ToTokens as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Expr, ExprLit, File, FnArg, ImplItem, Item, Lit, Meta, Signature, TraitItemFn, Visibility,
};

/// Functions whose signature differs with the feature, and the reason.
const OTHER_SIGNATURES: &[(&str, &str)] = &[
    ("in_flow", "work becomes a part of a flow, which is another type"),
    ("in_trace", "work becomes a part of a flow, which is another type"),
];

/// The signature of a public item, and the first paragraph of its description.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    signature: String,
    summary: String,
}

/// Public items by their names, methods as `Builder::memory`.
type Items = BTreeMap<String, Described>;

/// Methods that a macro of `off.rs` makes.
struct Methods(Vec<TraitItemFn>);

impl Parse for Methods {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut methods = Vec::new();
        while !input.is_empty() {
            methods.push(input.parse()?);
        }
        Ok(Self(methods))
    }
}

/// Returns the differences between the items without the feature and those with it.
pub(crate) fn differences() -> Vec<String> {
    let (mut off, mut on) = (Items::new(), Items::new());
    for path in sources::files(|name| name.ends_with(".rs")) {
        if !path.starts_with("omegi-runtime/src") {
            continue;
        }
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let is_off = path.ends_with("off.rs");
        collect(&syn::parse_file(&text).unwrap(), if is_off { &mut off } else { &mut on });
    }
    let types = ["Builder", "Current", "TracingLayer"];
    let missing = on.keys().filter(|name| {
        name.split_once("::").is_some_and(|(owner, _)| types.contains(&owner)) && !off.contains_key(*name)
    });
    let mut found: Vec<_> = missing.map(|name| format!("{name} is missing without `enable`")).collect();
    for (name, off) in &off {
        let Some(on) = on.get(name) else {
            found.push(format!("{name} is missing with `enable`"));
            continue;
        };
        if off.summary != on.summary {
            found.push(format!("{name} is described as\n  {}\n  {}", off.summary, on.summary));
        }
        let may_differ = OTHER_SIGNATURES.iter().any(|(known, _)| known == name);
        if (off.signature == on.signature) == may_differ {
            found.push(format!("{name} has the signatures\n  {}\n  {}", off.signature, on.signature));
        }
    }
    found
}

fn collect(file: &File, items: &mut Items) {
    for item in &file.items {
        match item {
            Item::Fn(function) if is_public(&function.vis) => {
                insert(items, function.sig.ident.to_string(), &function.attrs, &function.sig);
            }
            Item::Struct(structure) if is_public(&structure.vis) => {
                let described = Described { signature: String::new(), summary: summary(&structure.attrs) };
                items.insert(structure.ident.to_string(), described);
            }
            Item::Impl(implementation) if implementation.trait_.is_none() => {
                let owner = implementation.self_ty.to_token_stream().to_string();
                for item in &implementation.items {
                    collect_methods(&owner, item, items);
                }
            }
            _ => {}
        }
    }
}

fn collect_methods(owner: &str, item: &ImplItem, items: &mut Items) {
    match item {
        ImplItem::Fn(method) if is_public(&method.vis) => {
            insert(items, format!("{owner}::{}", method.sig.ident), &method.attrs, &method.sig);
        }
        ImplItem::Macro(made) => {
            for method in made.mac.parse_body::<Methods>().map_or_else(|_| Vec::new(), |methods| methods.0) {
                let mut signature = method.sig;
                signature.output = syn::parse_quote!(-> Self);
                insert(items, format!("{owner}::{}", signature.ident), &method.attrs, &signature);
            }
        }
        _ => {}
    }
}

fn insert(items: &mut Items, name: String, attributes: &[Attribute], signature: &Signature) {
    items.insert(name, Described { signature: types(signature), summary: summary(attributes) });
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Returns a signature without the names of the parameters, and without paths.
fn types(signature: &Signature) -> String {
    let parameter = |parameter: &FnArg| match parameter {
        // `mut self` is `self` for callers.
        FnArg::Receiver(receiver) => receiver.to_token_stream().to_string().trim_start_matches("mut ").into(),
        FnArg::Typed(typed) => typed.ty.to_token_stream().to_string(),
    };
    let parameters: Vec<_> = signature.inputs.iter().map(parameter).collect();
    let (generics, output) = (&signature.generics, &signature.output);
    let text =
        format!("{}({}) {}", generics.to_token_stream(), parameters.join(", "), output.to_token_stream());
    text.replace("opentelemetry :: ", "")
}

/// Returns the first paragraph of a description, on one line.
fn summary(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

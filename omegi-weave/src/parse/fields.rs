//! Parses the fields of a span: `fields(a.b = %value, c)`.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Token, parse_quote};

use crate::parse::option_values::{Field, FieldForm};

/// Parses `a.b = %value`, or a variable alone, which names the field as well.
pub(crate) fn field(input: ParseStream<'_>) -> syn::Result<Field> {
    let start = input.span();
    let wrong = |_| {
        syn::Error::new(start, "expected `key = value`, `key = %value`, `key = ?value` or a variable's name")
    };
    let form = field_form(input)?;
    let key = Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)
        .map_err(wrong)?;
    let name = key.iter().map(|part| part.unraw().to_string()).collect::<Vec<_>>().join(".");
    if form == FieldForm::Natural && input.parse::<Option<Token![=]>>()?.is_some() {
        let (form, value) = (field_form(input)?, input.parse().map_err(wrong)?);
        return Ok(Field { key: name, form, value });
    }
    match (input.is_empty() || input.peek(Token![,]), key.first()) {
        (true, Some(variable)) if key.len() == 1 => {
            Ok(Field { key: name, form, value: parse_quote!(#variable) })
        }
        _ => Err(wrong(input.error(""))),
    }
}

fn field_form(input: ParseStream<'_>) -> syn::Result<FieldForm> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        Ok(FieldForm::Display)
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Ok(FieldForm::Debug)
    } else {
        Ok(FieldForm::Natural)
    }
}

//! One option as the source writes it: its key, and the value that its key allows.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{LitStr, Path, Token};

use crate::parse::detail::DetailOption;
use crate::parse::diagnostics::Diagnostics;
use crate::parse::option_table::{
    ALL, CONTEXT, INHERIT, KNOWN_OPTIONS, LATE, LOCATED, NAMES, PROFILED, RESULTS, known_keys,
};
use crate::parse::option_values::{ArgsOption, AttributeTarget, ErrorOption, KINDS, KindOption};
use crate::parse::suggest;

/// One option as it stands in the source.
pub(crate) struct OptionEntry {
    pub(crate) key: Ident,
    value: EntryValue,
}

/// The tokens behind an option's key.
enum EntryValue {
    Nothing,
    /// `= tokens`.
    Equals(TokenStream),
    /// `(tokens)`.
    List(TokenStream),
}

/// Splits the tokens of an attribute into options. Reports and skips a part without a key.
pub(crate) fn entries(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<OptionEntry> {
    let parts = split_at_commas(tokens);
    parts.into_iter().filter_map(|part| diagnostics.keep(OptionEntry::parse.parse2(part))).collect()
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let parts = tokens.split(is_comma).map(|part| part.iter().cloned().collect::<TokenStream>());
    parts.filter(|part| !part.is_empty()).collect()
}

impl OptionEntry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(syn::Ident::peek_any) {
            let known = suggest::quoted(known_keys());
            return Err(input.error(format!("expected an option: one of {known}")));
        }
        let key = Ident::parse_any(input)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            EntryValue::Equals(input.parse()?)
        } else {
            parenthesized(input)?
        };
        Ok(Self { key, value })
    }

    /// Returns this entry if its key is an option that makes sense on `target`.
    pub(crate) fn known(self, target: AttributeTarget) -> syn::Result<Self> {
        if [CONTEXT, INHERIT, LATE, LOCATED, NAMES, PROFILED, RESULTS].iter().any(|own| self.key == own) {
            return Ok(self);
        }
        let typed = self.key.to_string();
        let Some(known) = KNOWN_OPTIONS.iter().find(|known| known.key == typed) else {
            let suggestion = suggest::did_you_mean(&typed, known_keys());
            let expected = suggest::quoted(known_keys());
            return Err(
                self.error(format!("unknown option `{typed}`{suggestion} (the options are {expected})"))
            );
        };
        if target == AttributeTarget::Container && !known.on_containers {
            return Err(
                self.error(format!("`{typed}` belongs on a function: it cannot be a default for many"))
            );
        }
        if target == AttributeTarget::Function && typed == ALL {
            return Err(self.error(
                "`all` belongs on an impl, a trait or a module: a function with `#[traced]` is woven anyway",
            ));
        }
        Ok(self)
    }

    /// Parses `(element, …)` with at least one element.
    pub(crate) fn list<T>(&self, element: fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<Vec<T>> {
        let EntryValue::List(tokens) = &self.value else { return Err(self.wrong()) };
        if tokens.is_empty() {
            return Err(self.wrong());
        }
        let all = |input: ParseStream<'_>| Punctuated::<T, Token![,]>::parse_terminated_with(input, element);
        Ok(all.parse2(tokens.clone())?.into_iter().collect())
    }

    /// Returns `meaning` if the key stands alone.
    pub(crate) fn word<T>(&self, meaning: T) -> syn::Result<T> {
        match self.value {
            EntryValue::Nothing => Ok(meaning),
            _ => Err(self.wrong()),
        }
    }

    /// Parses `= "text"`, the span's name.
    pub(crate) fn name(&self) -> syn::Result<LitStr> {
        let text = self.equals(|input| input.parse::<LitStr>())?;
        if text.value().is_empty() {
            Err(syn::Error::new(text.span(), "a span's name cannot be empty"))
        } else {
            Ok(text)
        }
    }

    /// Parses `= "server"`.
    pub(crate) fn kind(&self) -> syn::Result<KindOption> {
        let text = self.equals(|input| input.parse::<LitStr>())?;
        KINDS.into_iter().find(|kind| kind.spelling == text.value()).ok_or_else(|| {
            let suggestion = suggest::did_you_mean(&text.value(), KINDS.iter().map(|kind| kind.spelling));
            syn::Error::new(text.span(), format!("{}{suggestion}", self.wrong()))
        })
    }

    /// Parses `= "errors"`.
    pub(crate) fn detail(&self) -> syn::Result<DetailOption> {
        let text = self.equals(|input| input.parse::<LitStr>())?;
        DetailOption::of_word(&text.value()).ok_or_else(|| {
            let suggestion = suggest::did_you_mean(&text.value(), DetailOption::WORDS);
            syn::Error::new(text.span(), format!("{}{suggestion}", self.wrong()))
        })
    }

    /// Parses the value of `args`.
    pub(crate) fn args(&self, target: AttributeTarget) -> syn::Result<ArgsOption> {
        let meanings =
            [("always", ArgsOption::Always), ("sampled", ArgsOption::Sampled), ("off", ArgsOption::Off)];
        match &self.value {
            EntryValue::Nothing => Ok(ArgsOption::Always),
            EntryValue::Equals(tokens) => self.one_of(tokens, &meanings),
            EntryValue::List(_) if target == AttributeTarget::Container => {
                Err(self
                    .error("`args(…)` names a function's arguments: only `args` can be a default for many"))
            }
            EntryValue::List(_) => self.list(Ident::parse_any).map(ArgsOption::Named),
        }
    }

    /// Parses the value of `err`, with the names of errors that do not keep a flow.
    pub(crate) fn err(&self) -> syn::Result<(ErrorOption, Vec<Ident>)> {
        match &self.value {
            EntryValue::Nothing => Ok((ErrorOption::Display, Vec::new())),
            EntryValue::Equals(tokens) => match self.ignored(tokens)? {
                Some(ignored) => Ok((ErrorOption::Plain, ignored)),
                None => Ok((self.one_of(tokens, &[("off", ErrorOption::Off)])?, Vec::new())),
            },
            EntryValue::List(tokens) => self.err_list(tokens),
        }
    }

    /// Parses `(Debug, ignore(…))`.
    fn err_list(&self, tokens: &TokenStream) -> syn::Result<(ErrorOption, Vec<Ident>)> {
        let (mut form, mut ignored) = (None, None);
        for part in split_at_commas(tokens.clone()) {
            match self.ignored(&part)? {
                Some(names) if ignored.is_none() => ignored = Some(names),
                None if form.is_none() => {
                    let forms = [("Display", ErrorOption::Display), ("Debug", ErrorOption::Debug)];
                    form = Some(self.one_of(&part, &forms)?);
                }
                _ => return Err(self.wrong()),
            }
        }
        if form.is_none() && ignored.is_none() {
            return Err(self.wrong());
        }
        Ok((form.unwrap_or(ErrorOption::Display), ignored.unwrap_or_default()))
    }

    /// Parses `ignore(NotFound, shop::Closed)` into the last name of each path; `None` for other
    /// tokens.
    fn ignored(&self, tokens: &TokenStream) -> syn::Result<Option<Vec<Ident>>> {
        let list = |input: ParseStream<'_>| {
            Ident::parse_any(input)?;
            let content;
            syn::parenthesized!(content in input);
            Punctuated::<Path, Token![,]>::parse_terminated_with(&content, Path::parse_mod_style)
        };
        if !matches!(tokens.clone().into_iter().next(), Some(TokenTree::Ident(word)) if word == "ignore") {
            return Ok(None);
        }
        let paths = list.parse2(tokens.clone()).map_err(|_| self.wrong())?;
        let names: Vec<_> = paths
            .into_iter()
            .filter_map(|path| path.segments.last().map(|last| last.ident.clone()))
            .collect();
        if names.is_empty() { Err(self.wrong()) } else { Ok(Some(names)) }
    }

    /// Parses the value of `ret`: whether the returned value is captured.
    pub(crate) fn ret(&self) -> syn::Result<bool> {
        match &self.value {
            EntryValue::Nothing => Ok(true),
            EntryValue::Equals(tokens) => self.one_of(tokens, &[("off", false)]),
            EntryValue::List(_) => Err(self.wrong()),
        }
    }

    /// Parses `= on` or `= off`.
    pub(crate) fn switch(&self) -> syn::Result<bool> {
        match &self.value {
            EntryValue::Equals(tokens) => self.one_of(tokens, &[("on", true), ("off", false)]),
            _ => Err(self.wrong()),
        }
    }

    /// Parses `= a::path`.
    pub(crate) fn path(&self) -> syn::Result<Path> {
        self.equals(Path::parse_mod_style)
    }

    /// Parses `(element, …)`, which may be empty.
    pub(crate) fn any_list<T>(&self, element: fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<Vec<T>> {
        match &self.value {
            EntryValue::List(tokens) if tokens.is_empty() => Ok(Vec::new()),
            _ => self.list(element),
        }
    }

    /// Parses `("total")`.
    pub(crate) fn text(&self) -> syn::Result<LitStr> {
        match &self.value {
            EntryValue::List(tokens) => syn::parse2(tokens.clone()),
            _ => Err(self.wrong()),
        }
    }

    /// Parses `("Cart", options…)`: the path of a container, and its options.
    pub(crate) fn inherited(&self) -> syn::Result<(LitStr, TokenStream)> {
        let EntryValue::List(tokens) = &self.value else { return Err(self.wrong()) };
        let split = |input: ParseStream<'_>| Ok((input.parse::<LitStr>()?, input.parse::<TokenStream>()?));
        split.parse2(tokens.clone())
    }

    fn equals<T>(&self, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
        match &self.value {
            EntryValue::Equals(tokens) => parse.parse2(tokens.clone()).map_err(|_| self.wrong()),
            _ => Err(self.wrong()),
        }
    }

    /// Returns the meaning of the one word in `tokens`.
    fn one_of<T>(&self, tokens: &TokenStream, meanings: &[(&'static str, T)]) -> syn::Result<T>
    where
        T: Clone,
    {
        let word: Ident = syn::parse2(tokens.clone()).map_err(|_| self.wrong())?;
        let known = meanings.iter().find(|(spelling, _)| word == spelling);
        known.map(|(_, meaning)| meaning.clone()).ok_or_else(|| {
            let suggestion =
                suggest::did_you_mean(&word.to_string(), meanings.iter().map(|(spelling, _)| *spelling));
            syn::Error::new(word.span(), format!("{}{suggestion}", self.wrong()))
        })
    }

    /// Returns an error at the key.
    fn error(&self, message: impl std::fmt::Display) -> syn::Error {
        syn::Error::new(self.key.span(), message)
    }

    /// Returns the error that the value is not one of this option.
    fn wrong(&self) -> syn::Error {
        let usage = KNOWN_OPTIONS.iter().find(|known| self.key == known.key).map_or("", |known| known.usage);
        syn::Error::new(self.value_span(), format!("expected {usage}"))
    }

    /// Returns the span of the value; of the key, if there is no value.
    fn value_span(&self) -> Span {
        match &self.value {
            EntryValue::Equals(tokens) | EntryValue::List(tokens) if !tokens.is_empty() => tokens.span(),
            _ => self.key.span(),
        }
    }
}

fn parenthesized(input: ParseStream<'_>) -> syn::Result<EntryValue> {
    input.step(|cursor| {
        if cursor.eof() {
            return Ok((EntryValue::Nothing, *cursor));
        }
        match cursor.group(Delimiter::Parenthesis) {
            Some((inside, _, rest)) => Ok((EntryValue::List(inside.token_stream()), rest)),
            None => Err(cursor.error("expected `,`, `=` or `(`")),
        }
    })
}

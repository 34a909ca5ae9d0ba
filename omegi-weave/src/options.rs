//! What the words in an attribute's parentheses say: read once, by one parser, from one table.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Expr, LitStr, Path, Token, parse_quote};

use crate::ctxt::Errors;
use crate::suggest;

/// What one attribute says; an option that was not written is absent.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// `crate = path`: where omegi is, if not at `::omegi`.
    pub(crate) krate: Option<Path>,
    /// `name = "…"`: the span's name.
    pub(crate) name: Option<LitStr>,
    /// `kind = "server"`: the span's role.
    pub(crate) kind: Option<Kind>,
    /// `args…`, `skip_all`: which arguments are captured, and when.
    pub(crate) args: Option<Args>,
    /// `skip(…)`: arguments that are never captured.
    pub(crate) skip: Vec<Ident>,
    /// `fields(…)`: attributes of the span, computed at entry.
    pub(crate) fields: Vec<Field>,
    /// `err…`: what counts as an error, and how it is said.
    pub(crate) err: Option<Failure>,
    /// `err = ignore(…)`: the names of errors that are no reason to keep a flow.
    pub(crate) ignored: Vec<Ident>,
    /// `ret`, `ret = off`: whether the returned value is captured.
    pub(crate) ret: Option<bool>,
    /// `spawns = on`, `spawns = off`: whether what a function starts elsewhere goes on in its flow.
    pub(crate) spawns: Option<bool>,
    /// `all`: whether impls of `Debug`, `Clone`, `Drop` and their like are woven as well.
    pub(crate) all: Option<bool>,
    /// `__results(…)`: the names of the crate's types that may be a `Result`, where whoever wove it knows them.
    pub(crate) results: Option<Vec<Ident>>,
    /// What a woven container hands on to an attribute inside it.
    pub(crate) inherited: Option<Box<Inherited>>,
    /// The words of the options that stand in this very attribute.
    said: Vec<Ident>,
}

/// What a woven container hands on to an attribute inside it: `__inherit("Cart", ret, …)`.
#[derive(Clone, Default)]
pub(crate) struct Inherited {
    /// The names of what is around the item, below its module, joined by `::`.
    pub(crate) path: String,
    /// The container's own options.
    pub(crate) defaults: Options,
}

/// A span's role: the spelling in the attribute, and the variant of the runtime's `SpanKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) spelling: &'static str,
    pub(crate) variant: &'static str,
}

const KINDS: [Kind; 5] = [
    Kind { spelling: "internal", variant: "Internal" },
    Kind { spelling: "server", variant: "Server" },
    Kind { spelling: "client", variant: "Client" },
    Kind { spelling: "producer", variant: "Producer" },
    Kind { spelling: "consumer", variant: "Consumer" },
];

/// Which arguments are captured, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// `args`, `args = always`: all of them, in every flow.
    Always,
    /// `args = sampled`: all of them, in head-sampled flows.
    Sampled,
    /// `args = off`, `skip_all`: none, whatever the environment asks for.
    Off,
    /// `args(a, b)`: these, in every flow.
    Named(Vec<Ident>),
}

/// What counts as an error, and how it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// `err = ignore(…)`: what does without an option.
    Plain,
    /// `err`, `err(Display)`: `None` counts as well; the message is what the error displays.
    Display,
    /// `err(Debug)`: the message is the error's `Debug` form.
    Debug,
    /// `err = off`: nothing.
    Off,
}

/// One attribute of the span: `shop.items = %cart.len()`.
#[derive(Clone)]
pub(crate) struct Field {
    /// The attribute's name.
    pub(crate) key: String,
    /// How the value is written.
    pub(crate) form: Form,
    /// Where the value comes from.
    pub(crate) value: Expr,
}

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `= value`: numbers, bools and strings as they are, other types by `Debug`.
    Natural,
    /// `= %value`.
    Display,
    /// `= ?value`.
    Debug,
}

/// What an attribute stands on: some options make sense on a function only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A function or method.
    Function,
    /// An `impl`, a trait or a module.
    Container,
}

/// One option: its word, how it is written, and whether it makes sense as a default of a container.
struct Known {
    key: &'static str,
    usage: &'static str,
    on_containers: bool,
}

const KNOWN: [Known; 11] = [
    Known { key: "name", usage: "`name = \"…\"`", on_containers: false },
    Known { key: "skip", usage: "`skip(argument, …)`", on_containers: false },
    Known { key: "skip_all", usage: "`skip_all`", on_containers: true },
    Known { key: "fields", usage: "`fields(key = value, …)`", on_containers: false },
    Known {
        key: "err",
        usage: "`err`, `err(Debug)`, `err(Display)`, `err = ignore(Error, …)` or `err = off`",
        on_containers: true,
    },
    Known { key: "ret", usage: "`ret` or `ret = off`", on_containers: true },
    Known {
        key: "args",
        usage: "`args`, `args(argument, …)` or `args = always`, `sampled`, `off`",
        on_containers: true,
    },
    Known {
        key: "kind",
        usage: "`kind = \"internal\"`, `\"server\"`, `\"client\"`, `\"producer\"` or `\"consumer\"`",
        on_containers: true,
    },
    Known { key: "spawns", usage: "`spawns = on` or `spawns = off`", on_containers: true },
    Known { key: ALL, usage: "`all`", on_containers: true },
    Known { key: "crate", usage: "`crate = path::to::omegi`", on_containers: true },
];

/// The one option that says nothing on a function: it is woven whatever it is an impl of.
const ALL: &str = "all";

/// The word under which a container hands its defaults on; nobody writes it by hand.
pub(crate) const INHERIT: &str = "__inherit";

/// The word under which a whole crate's weave says which of its types may be a `Result`.
pub(crate) const RESULTS: &str = "__results";

impl Options {
    /// Reads what stands in an attribute's parentheses, noting everything that is wrong with it.
    pub(crate) fn parse(tokens: TokenStream, place: Place, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for entry in entries(tokens, errors) {
            let Some(entry) = errors.keep(entry.known(place)) else { continue };
            if options.said.contains(&entry.key) {
                errors.at(entry.key.span(), format!("`{}` is given twice", entry.key));
                continue;
            }
            if let Err(error) = options.read(&entry, place, errors) {
                errors.push(error);
            }
            options.said.push(entry.key);
        }
        options
    }

    /// These options; where they say nothing, those of the container around.
    pub(crate) fn or(self, defaults: &Self) -> Self {
        Self {
            krate: self.krate.or_else(|| defaults.krate.clone()),
            kind: self.kind.or(defaults.kind),
            args: self.args.or_else(|| defaults.args.clone()),
            ignored: if self.err.is_some() { self.ignored } else { defaults.ignored.clone() },
            err: self.err.or(defaults.err),
            ret: self.ret.or(defaults.ret),
            spawns: self.spawns.or(defaults.spawns),
            all: self.all.or(defaults.all),
            results: self.results.or_else(|| defaults.results.clone()),
            ..self
        }
    }

    /// Where the option `key` stands in this attribute, if it does.
    pub(crate) fn span_of(&self, key: &str) -> Option<Span> {
        self.said.iter().find(|said| *said == key).map(Ident::span)
    }

    fn read(&mut self, entry: &Entry, place: Place, errors: &mut Errors) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "name" => self.name = Some(entry.text()?),
            "kind" => self.kind = Some(entry.kind()?),
            "fields" => self.fields = entry.list(field)?,
            "skip" => self.skip = entry.list(Ident::parse_any)?,
            "skip_all" => self.set_args(entry, entry.word(Args::Off)?, errors),
            "args" => self.set_args(entry, entry.args(place)?, errors),
            "err" => {
                let (failure, ignored) = entry.err()?;
                (self.err, self.ignored) = (Some(failure), ignored);
            }
            "ret" => self.ret = Some(entry.ret()?),
            "spawns" => self.spawns = Some(entry.spawns()?),
            ALL => self.all = Some(entry.word(true)?),
            "crate" => self.krate = Some(entry.path()?),
            RESULTS => self.results = Some(entry.names()?),
            INHERIT => self.inherited = Some(Box::new(entry.inherited(errors)?)),
            key => unreachable!("`{key}` is in the table of options and not read"),
        }
        self.agree(entry, errors);
        Ok(())
    }

    fn set_args(&mut self, entry: &Entry, args: Args, errors: &mut Errors) {
        if self.args.is_some() {
            errors.at(entry.key.span(), "`args` and `skip_all` contradict each other: keep one of them");
        }
        self.args = Some(args);
    }

    /// Notes that `entry`, just read, contradicts an earlier one.
    fn agree(&self, entry: &Entry, errors: &mut Errors) {
        if self.skip.is_empty() || !["skip", "skip_all", "args"].iter().any(|key| entry.key == key) {
            return;
        }
        let span = entry.key.span();
        match &self.args {
            Some(Args::Off) => {
                errors.at(span, "no argument is captured here, so that there is none to `skip`")
            }
            Some(Args::Named(_)) => {
                errors.at(span, "`args(…)` names what is captured, `skip(…)` what is not: keep one of them");
            }
            Some(Args::Always | Args::Sampled) | None => {}
        }
    }
}

/// Writes the options that a container can hand on, as they are written in an attribute.
impl ToTokens for Options {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(path) = &self.krate {
            tokens.extend(quote!(, crate = #path));
        }
        if let Some(Kind { spelling, .. }) = self.kind {
            tokens.extend(quote!(, kind = #spelling));
        }
        match &self.args {
            Some(Args::Always) => tokens.extend(quote!(, args)),
            Some(Args::Sampled) => tokens.extend(quote!(, args = sampled)),
            Some(Args::Off) => tokens.extend(quote!(, args = off)),
            Some(Args::Named(_)) | None => {}
        }
        let ignored = &self.ignored;
        match self.err {
            Some(Failure::Plain) => tokens.extend(quote!(, err = ignore(#(#ignored),*))),
            Some(Failure::Display) if ignored.is_empty() => tokens.extend(quote!(, err)),
            Some(Failure::Display) => tokens.extend(quote!(, err(Display, ignore(#(#ignored),*)))),
            Some(Failure::Debug) if ignored.is_empty() => tokens.extend(quote!(, err(Debug))),
            Some(Failure::Debug) => tokens.extend(quote!(, err(Debug, ignore(#(#ignored),*)))),
            Some(Failure::Off) => tokens.extend(quote!(, err = off)),
            None => {}
        }
        match self.ret {
            Some(true) => tokens.extend(quote!(, ret)),
            Some(false) => tokens.extend(quote!(, ret = off)),
            None => {}
        }
        match self.spawns {
            Some(true) => tokens.extend(quote!(, spawns = on)),
            Some(false) => tokens.extend(quote!(, spawns = off)),
            None => {}
        }
        if self.all == Some(true) {
            tokens.extend(quote!(, all));
        }
        if let Some(results) = &self.results {
            let word = Ident::new(RESULTS, Span::call_site());
            tokens.extend(quote!(, #word(#(#results),*)));
        }
    }
}

/// One option as it stands in the source, not yet understood.
struct Entry {
    key: Ident,
    value: Value,
}

/// What follows an option's word.
enum Value {
    Nothing,
    /// `= tokens`.
    Equals(TokenStream),
    /// `(tokens)`.
    List(TokenStream),
}

/// The parts between the commas. One that does not even begin with a word is noted and left out.
fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let parts = split_at_commas(tokens);
    parts.into_iter().filter_map(|part| errors.keep(Entry::parse.parse2(part))).collect()
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let parts = tokens.split(is_comma).map(|part| part.iter().cloned().collect::<TokenStream>());
    parts.filter(|part| !part.is_empty()).collect()
}

impl Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(syn::Ident::peek_any) {
            let known = suggest::quoted(KNOWN.iter().map(|known| known.key));
            return Err(input.error(format!("expected an option: one of {known}")));
        }
        let key = Ident::parse_any(input)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Value::Equals(input.parse()?)
        } else {
            parenthesized(input)?
        };
        Ok(Self { key, value })
    }

    /// This entry, if its word is an option that makes sense at `place`.
    fn known(self, place: Place) -> syn::Result<Self> {
        if self.key == INHERIT || self.key == RESULTS {
            return Ok(self);
        }
        let typed = self.key.to_string();
        let Some(known) = KNOWN.iter().find(|known| known.key == typed) else {
            let suggestion = suggest::did_you_mean(&typed, KNOWN.iter().map(|known| known.key));
            let expected = suggest::quoted(KNOWN.iter().map(|known| known.key));
            return Err(
                self.error(format!("unknown option `{typed}`{suggestion} (the options are {expected})"))
            );
        };
        if place == Place::Container && !known.on_containers {
            return Err(
                self.error(format!("`{typed}` belongs on a function: it cannot be a default for many"))
            );
        }
        if place == Place::Function && typed == ALL {
            return Err(self.error(
                "`all` belongs on an impl, a trait or a module: a function with `#[traced]` is woven anyway",
            ));
        }
        Ok(self)
    }

    fn error(&self, message: impl std::fmt::Display) -> syn::Error {
        syn::Error::new(self.key.span(), message)
    }

    /// The error that what follows the word is not what should follow it.
    fn wrong(&self) -> syn::Error {
        let usage = KNOWN.iter().find(|known| self.key == known.key).map_or("", |known| known.usage);
        syn::Error::new(self.value_span(), format!("expected {usage}"))
    }

    /// Where the value stands; the word, if there is none.
    fn value_span(&self) -> Span {
        match &self.value {
            Value::Equals(tokens) | Value::List(tokens) if !tokens.is_empty() => tokens.span(),
            _ => self.key.span(),
        }
    }

    fn equals<T>(&self, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
        match &self.value {
            Value::Equals(tokens) => parse.parse2(tokens.clone()).map_err(|_| self.wrong()),
            _ => Err(self.wrong()),
        }
    }

    fn list<T>(&self, element: fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<Vec<T>> {
        let Value::List(tokens) = &self.value else { return Err(self.wrong()) };
        if tokens.is_empty() {
            return Err(self.wrong());
        }
        let all = |input: ParseStream<'_>| Punctuated::<T, Token![,]>::parse_terminated_with(input, element);
        Ok(all.parse2(tokens.clone())?.into_iter().collect())
    }

    fn word<T>(&self, meaning: T) -> syn::Result<T> {
        match self.value {
            Value::Nothing => Ok(meaning),
            _ => Err(self.wrong()),
        }
    }

    /// The meaning of the one word after `=` or in parentheses.
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

    fn text(&self) -> syn::Result<LitStr> {
        let text = self.equals(|input| input.parse::<LitStr>())?;
        if text.value().is_empty() {
            Err(syn::Error::new(text.span(), "a span's name cannot be empty"))
        } else {
            Ok(text)
        }
    }

    fn kind(&self) -> syn::Result<Kind> {
        let text = self.equals(|input| input.parse::<LitStr>())?;
        KINDS.into_iter().find(|kind| kind.spelling == text.value()).ok_or_else(|| {
            let suggestion = suggest::did_you_mean(&text.value(), KINDS.iter().map(|kind| kind.spelling));
            syn::Error::new(text.span(), format!("{}{suggestion}", self.wrong()))
        })
    }

    fn args(&self, place: Place) -> syn::Result<Args> {
        let meanings = [("always", Args::Always), ("sampled", Args::Sampled), ("off", Args::Off)];
        match &self.value {
            Value::Nothing => Ok(Args::Always),
            Value::Equals(tokens) => self.one_of(tokens, &meanings),
            Value::List(_) if place == Place::Container => {
                Err(self
                    .error("`args(…)` names a function's arguments: only `args` can be a default for many"))
            }
            Value::List(_) => self.list(Ident::parse_any).map(Args::Named),
        }
    }

    /// What counts as an error, and the names of those that are no reason to keep a flow.
    fn err(&self) -> syn::Result<(Failure, Vec<Ident>)> {
        match &self.value {
            Value::Nothing => Ok((Failure::Display, Vec::new())),
            Value::Equals(tokens) => match self.ignored(tokens)? {
                Some(ignored) => Ok((Failure::Plain, ignored)),
                None => Ok((self.one_of(tokens, &[("off", Failure::Off)])?, Vec::new())),
            },
            Value::List(tokens) => self.err_list(tokens),
        }
    }

    /// `err(Debug, ignore(…))`.
    fn err_list(&self, tokens: &TokenStream) -> syn::Result<(Failure, Vec<Ident>)> {
        let (mut failure, mut ignored) = (None, None);
        for part in split_at_commas(tokens.clone()) {
            match self.ignored(&part)? {
                Some(names) if ignored.is_none() => ignored = Some(names),
                None if failure.is_none() => {
                    let forms = [("Display", Failure::Display), ("Debug", Failure::Debug)];
                    failure = Some(self.one_of(&part, &forms)?);
                }
                _ => return Err(self.wrong()),
            }
        }
        if failure.is_none() && ignored.is_none() {
            return Err(self.wrong());
        }
        Ok((failure.unwrap_or(Failure::Display), ignored.unwrap_or_default()))
    }

    /// The names in `ignore(NotFound, shop::Closed)`, each the last of its path, if that is what this is.
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

    fn ret(&self) -> syn::Result<bool> {
        match &self.value {
            Value::Nothing => Ok(true),
            Value::Equals(tokens) => self.one_of(tokens, &[("off", false)]),
            Value::List(_) => Err(self.wrong()),
        }
    }

    fn spawns(&self) -> syn::Result<bool> {
        match &self.value {
            Value::Equals(tokens) => self.one_of(tokens, &[("on", true), ("off", false)]),
            _ => Err(self.wrong()),
        }
    }

    /// Names in parentheses, or none.
    fn names(&self) -> syn::Result<Vec<Ident>> {
        match &self.value {
            Value::List(tokens) if tokens.is_empty() => Ok(Vec::new()),
            _ => self.list(Ident::parse_any),
        }
    }

    fn path(&self) -> syn::Result<Path> {
        self.equals(Path::parse_mod_style)
    }

    fn inherited(&self, errors: &mut Errors) -> syn::Result<Inherited> {
        let Value::List(tokens) = &self.value else { return Err(self.wrong()) };
        let split = |input: ParseStream<'_>| Ok((input.parse::<LitStr>()?, input.parse::<TokenStream>()?));
        let (path, defaults) = split.parse2(tokens.clone())?;
        Ok(Inherited { path: path.value(), defaults: Options::parse(defaults, Place::Container, errors) })
    }
}

fn parenthesized(input: ParseStream<'_>) -> syn::Result<Value> {
    input.step(|cursor| {
        if cursor.eof() {
            return Ok((Value::Nothing, *cursor));
        }
        match cursor.group(Delimiter::Parenthesis) {
            Some((inside, _, rest)) => Ok((Value::List(inside.token_stream()), rest)),
            None => Err(cursor.error("expected `,`, `=` or `(`")),
        }
    })
}

/// `a.b = %value`, or `value` alone, which is its own name.
fn field(input: ParseStream<'_>) -> syn::Result<Field> {
    let start = input.span();
    let wrong = |_| {
        syn::Error::new(start, "expected `key = value`, `key = %value`, `key = ?value` or a variable's name")
    };
    let form = field_form(input)?;
    let key = Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any)
        .map_err(wrong)?;
    let name = key.iter().map(|part| part.unraw().to_string()).collect::<Vec<_>>().join(".");
    if form == Form::Natural && input.parse::<Option<Token![=]>>()?.is_some() {
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

fn field_form(input: ParseStream<'_>) -> syn::Result<Form> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        Ok(Form::Display)
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Ok(Form::Debug)
    } else {
        Ok(Form::Natural)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, place: Place) -> (Options, Vec<String>) {
        let mut errors = Errors::default();
        let options = Options::parse(text.parse().unwrap(), place, &mut errors);
        let report = errors.report();
        let said = report.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => {
                Some(group.stream().to_string().trim_matches('"').replace("\\\"", "\""))
            }
            _ => None,
        });
        (options, said.collect())
    }

    fn read(text: &str) -> Options {
        let (options, errors) = parse(text, Place::Function);
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        options
    }

    #[track_caller]
    fn refused(text: &str, expected: &[&str]) {
        assert_eq!(parse(text, Place::Function).1, expected, "{text}");
    }

    #[test]
    fn every_option_is_read() {
        assert_eq!(read("name = \"a b\"").name.unwrap().value(), "a b");
        assert_eq!(read("kind = \"server\"").kind.unwrap().variant, "Server");
        assert_eq!(read("args").args, Some(Args::Always));
        assert_eq!(read("args = always,").args, Some(Args::Always));
        assert_eq!(read("args = sampled").args, Some(Args::Sampled));
        assert_eq!(read("args = off").args, Some(Args::Off));
        assert_eq!(read("skip_all").args, Some(Args::Off));
        assert!(matches!(read("args(a, self)").args, Some(Args::Named(names)) if names.len() == 2));
        assert_eq!(read("skip(a, r#type), args").skip.len(), 2);
        assert_eq!(read("err").err, Some(Failure::Display));
        assert_eq!(read("err(Debug)").err, Some(Failure::Debug));
        assert_eq!(read("err = off").err, Some(Failure::Off));
        for (written, failure) in [
            ("err = ignore(NotFound, shop::Closed)", Failure::Plain),
            ("err(Debug, ignore(NotFound, Closed))", Failure::Debug),
            ("err(ignore(NotFound, Closed,))", Failure::Display),
        ] {
            let options = read(written);
            assert_eq!(options.err, Some(failure));
            assert_eq!(options.ignored, ["NotFound", "Closed"]);
        }
        assert_eq!((read("ret").ret, read("ret = off").ret, read("").ret), (Some(true), Some(false), None));
        assert_eq!((read("spawns = on").spawns, read("spawns = off").spawns), (Some(true), Some(false)));
        assert!(read("crate = crate::re::omegi").krate.is_some());
    }

    #[test]
    fn fields_are_read() {
        let fields = read("fields(a = 1 + 2, b.c = %x.y(), d = ?f::<A, B>(), e, ?g, %h, r#type)").fields;
        let said: Vec<_> = fields.iter().map(|field| (field.key.as_str(), field.form)).collect();
        use Form::{Debug, Display, Natural};
        assert_eq!(
            said,
            [
                ("a", Natural),
                ("b.c", Display),
                ("d", Debug),
                ("e", Natural),
                ("g", Debug),
                ("h", Display),
                ("type", Natural)
            ]
        );
    }

    #[test]
    fn inherited_defaults_survive_the_way() {
        let (container, _) = parse(
            "crate = a::b, kind = \"client\", args = sampled, err(Debug, ignore(NotFound)), ret = off, spawns = off",
            Place::Container,
        );
        let inherited = read(&format!("{INHERIT}(\"Cart\" {}), ret", quote!(#container))).inherited.unwrap();
        assert_eq!(inherited.path, "Cart");
        assert_eq!(quote!(#container).to_string(), inherited.defaults.to_token_stream().to_string());
        let merged = read("ret").or(&inherited.defaults);
        assert_eq!(
            (merged.ret, merged.err, merged.args, merged.spawns),
            (Some(true), Some(Failure::Debug), Some(Args::Sampled), Some(false))
        );
        assert_eq!(merged.ignored, ["NotFound"]);
        assert!(read("err").or(&inherited.defaults).ignored.is_empty());
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let (_, errors) = parse("nmae = \"x\", ret, ret, kind = \"serve\"", Place::Function);
        assert_eq!(errors.len(), 3, "{errors:#?}");
        assert!(errors[0].contains("did you mean `name`?"), "{errors:#?}");
        assert_eq!(errors[1], "`ret` is given twice");
        assert!(errors[2].ends_with("did you mean `server`?"), "{errors:#?}");
    }

    #[test]
    fn wrong_values_say_what_was_expected() {
        refused("name", &["expected `name = \"…\"`"]);
        refused(
            "err = ignore",
            &["expected `err`, `err(Debug)`, `err(Display)`, `err = ignore(Error, …)` or `err = off`"],
        );
        refused(
            "err = ignore()",
            &["expected `err`, `err(Debug)`, `err(Display)`, `err = ignore(Error, …)` or `err = off`"],
        );
        refused(
            "err()",
            &["expected `err`, `err(Debug)`, `err(Display)`, `err = ignore(Error, …)` or `err = off`"],
        );
        refused("name = 3", &["expected `name = \"…\"`"]);
        refused("name = \"\"", &["a span's name cannot be empty"]);
        refused("ret = of", &["expected `ret` or `ret = off`; did you mean `off`?"]);
        refused("spawns", &["expected `spawns = on` or `spawns = off`"]);
        refused("spawns = of", &["expected `spawns = on` or `spawns = off`; did you mean `off`?"]);
        refused("skip", &["expected `skip(argument, …)`"]);
        refused("skip()", &["expected `skip(argument, …)`"]);
        refused("skip_all = 1", &["expected `skip_all`"]);
        refused("args = 5", &["expected `args`, `args(argument, …)` or `args = always`, `sampled`, `off`"]);
        refused("ret x", &["expected `,`, `=` or `(`"]);
    }

    #[test]
    fn contradictions_are_refused_in_either_order() {
        let both = "`args` and `skip_all` contradict each other: keep one of them";
        refused("skip_all, args(a)", &[both]);
        refused("args(a), skip_all", &[both]);
        refused("skip(a), skip_all", &["no argument is captured here, so that there is none to `skip`"]);
        let names = "`args(…)` names what is captured, `skip(…)` what is not: keep one of them";
        refused("args(a), skip(b)", &[names]);
    }

    #[test]
    fn containers_take_only_what_suits_many_functions() {
        for text in ["name = \"x\"", "skip(a)", "fields(a = 1)", "args(a)"] {
            assert_eq!(parse(text, Place::Container).1.len(), 1, "{text}");
        }
    }
}

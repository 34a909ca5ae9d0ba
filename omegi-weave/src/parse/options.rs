//! The options of one attribute: read from its tokens, merged with a container's, written back into
//! an attribute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::Parse as _;
use syn::{LitStr, Path};

use crate::parse::detail::{Detail, DetailOption};
use crate::parse::diagnostics::Diagnostics;
use crate::parse::fields::field;
use crate::parse::names::Name;
use crate::parse::option_entry::{OptionEntry, entries};
use crate::parse::option_table::{ALL, CONTEXT, INHERIT, LATE, LOCATED, NAMES, PROFILED, RESULTS};
use crate::parse::option_values::{ArgsOption, AttributeTarget, ContextType, ErrorOption, Field, KindOption};
use crate::parse::own_attributes::Restriction;

/// The options of one attribute; an option that is not written is absent.
#[derive(Clone, Default)]
pub(crate) struct AttributeOptions {
    /// `crate = path`: the path of omegi, if not `::omegi`.
    pub(crate) krate: Option<Path>,
    /// `name = "…"`: the span's name.
    pub(crate) name: Option<LitStr>,
    /// `kind = "server"`: the span's role.
    pub(crate) kind: Option<KindOption>,
    /// `args…`, `skip_all`: the arguments to capture, and when.
    pub(crate) args: Option<ArgsOption>,
    /// `skip(…)`: arguments that are never captured.
    pub(crate) skip: Vec<Ident>,
    /// `fields(…)`: attributes of the span, computed at entry.
    pub(crate) fields: Vec<Field>,
    /// `err…`: the values that count as errors, and the form of their messages.
    pub(crate) err: Option<ErrorOption>,
    /// `err = ignore(…)`: the names of errors that do not keep a flow.
    pub(crate) ignored: Vec<Ident>,
    /// `ret`, `ret = off`: whether the returned value is captured.
    pub(crate) ret: Option<bool>,
    /// `spawns = on`, `spawns = off`: whether spawned work continues the flow.
    pub(crate) spawns: Option<bool>,
    /// `loops = on`, `loops = off`: whether each turn of a loop is a flow of its own.
    pub(crate) loops: Option<bool>,
    /// `detail = "…"`: how much of a call is recorded.
    pub(crate) detail: Option<DetailOption>,
    /// `all`: whether impls of `Debug`, `Clone`, `Drop` and similar traits are woven as well.
    pub(crate) all: Option<bool>,
    /// `__results(…)`: the names of the crate's types that may be a `Result`, if known.
    pub(crate) results: Option<Vec<Ident>>,
    /// `__names(…)`: names around the item that decide about calls that spawn.
    pub(crate) names: Vec<Name>,
    /// `__located`: whether generated code has the place of its function.
    pub(crate) located: bool,
    /// `__profiled`: whether calls are counted and timed, and nothing else is woven.
    pub(crate) profiled: bool,
    /// `__late("total")`: the attribute was put below those of other libraries, on a function of
    /// this name and place.
    pub(crate) late: Option<LitStr>,
    /// `__context(…)`: the types around that function, if known.
    pub(crate) context: Option<Vec<ContextType>>,
    /// The options that a woven container hands on to this attribute.
    pub(crate) inherited: Option<Box<InheritedOptions>>,
    /// The keys of the options that stand in this very attribute.
    written: Vec<Ident>,
}

/// The options that a woven container hands on to an attribute inside it: `__inherit("Cart", ret,
/// …)`.
#[derive(Clone, Default)]
pub(crate) struct InheritedOptions {
    /// The names around the item, below its module, joined by `::`.
    pub(crate) path: String,
    /// The container's own options.
    pub(crate) defaults: AttributeOptions,
}

impl AttributeOptions {
    /// Reads the tokens in an attribute's parentheses; notes everything that is wrong with them.
    pub(crate) fn parse(tokens: TokenStream, target: AttributeTarget, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for entry in entries(tokens, diagnostics) {
            let Some(entry) = diagnostics.keep(entry.known(target)) else { continue };
            if options.written.contains(&entry.key) {
                diagnostics.at(entry.key.span(), format!("`{}` is given twice", entry.key));
                continue;
            }
            if let Err(error) = options.read(&entry, target, diagnostics) {
                diagnostics.push(error);
            }
            options.written.push(entry.key);
        }
        options
    }

    /// Fills absent options with those of the container around.
    pub(crate) fn or(self, defaults: &Self) -> Self {
        Self {
            krate: self.krate.or_else(|| defaults.krate.clone()),
            kind: self.kind.or(defaults.kind),
            args: self.args.or_else(|| defaults.args.clone()),
            ignored: if self.err.is_some() { self.ignored } else { defaults.ignored.clone() },
            err: self.err.or(defaults.err),
            ret: self.ret.or(defaults.ret),
            spawns: self.spawns.or(defaults.spawns),
            loops: self.loops.or(defaults.loops),
            detail: self.detail.or(defaults.detail),
            all: self.all.or(defaults.all),
            results: self.results.or_else(|| defaults.results.clone()),
            names: if self.names.is_empty() { defaults.names.clone() } else { self.names },
            located: self.located || defaults.located,
            profiled: self.profiled || defaults.profiled,
            ..self
        }
    }

    /// Returns the same with the names that `other` knows around the item.
    pub(crate) fn with_names(self, other: &Self) -> Self {
        Self { names: other.names.clone(), ..self }
    }

    /// Returns the options of a function under a restriction.
    pub(crate) fn restricted(mut self, restriction: Option<Restriction>) -> Self {
        if restriction.is_some() {
            (self.spawns, self.loops) = (Some(false), Some(false));
        }
        if restriction == Some(Restriction::SpanOnly) {
            (self.err, self.ret, self.args) = (Some(ErrorOption::Off), Some(false), Some(ArgsOption::Off));
            self.skip.clear();
            self.fields.clear();
        }
        self
    }

    /// Returns the options of a function of this detail: without a span, nothing is captured and no
    /// turn of a loop begins.
    pub(crate) fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = Some(DetailOption::Fixed(detail));
        if detail != Detail::Span {
            (self.loops, self.ret, self.args) = (Some(false), Some(false), Some(ArgsOption::Off));
            self.skip.clear();
            self.fields.clear();
        }
        self
    }

    /// Returns the options of a function whose measured calls ask for this detail: it stands in for
    /// a choice by the function's shape.
    pub(crate) fn measured(mut self, detail: Option<Detail>) -> Self {
        if self.detail == Some(DetailOption::Auto) {
            self.detail = detail.map(DetailOption::Fixed).or(self.detail);
        }
        self
    }

    /// Returns the options of a function whose calls are counted: nothing else is woven.
    pub(crate) fn profile_alone(self) -> Self {
        self.with_detail(Detail::Span).restricted(Some(Restriction::SpanOnly))
    }

    /// Returns the span of the key `key`, if this attribute has that option.
    pub(crate) fn span_of(&self, key: &str) -> Option<Span> {
        self.written.iter().find(|written| *written == key).map(Ident::span)
    }

    fn read(
        &mut self,
        entry: &OptionEntry,
        target: AttributeTarget,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "name" => self.name = Some(entry.name()?),
            "kind" => self.kind = Some(entry.kind()?),
            "fields" => self.fields = entry.list(field)?,
            "skip" => self.skip = entry.list(Ident::parse_any)?,
            "skip_all" => self.set_args(entry, entry.word(ArgsOption::Off)?, diagnostics),
            "args" => self.set_args(entry, entry.args(target)?, diagnostics),
            "err" => {
                let (err, ignored) = entry.err()?;
                (self.err, self.ignored) = (Some(err), ignored);
            }
            "ret" => self.ret = Some(entry.ret()?),
            "spawns" => self.spawns = Some(entry.switch()?),
            "loops" => self.loops = Some(entry.switch()?),
            "detail" => self.detail = Some(entry.detail()?),
            ALL => self.all = Some(entry.word(true)?),
            "crate" => self.krate = Some(entry.path()?),
            RESULTS => self.results = Some(entry.any_list(Ident::parse_any)?),
            LATE => self.late = Some(entry.text()?),
            CONTEXT => self.context = Some(entry.any_list(ContextType::parse)?),
            NAMES => self.names = entry.list(Name::parse)?,
            LOCATED => self.located = entry.word(true)?,
            PROFILED => self.profiled = entry.word(true)?,
            INHERIT => {
                let (path, defaults) = entry.inherited()?;
                let defaults = Self::parse(defaults, AttributeTarget::Container, diagnostics);
                self.inherited = Some(Box::new(InheritedOptions { path: path.value(), defaults }));
            }
            key => unreachable!("`{key}` is in the table of options and not read"),
        }
        self.check_skip(entry, diagnostics);
        Ok(())
    }

    fn set_args(&mut self, entry: &OptionEntry, args: ArgsOption, diagnostics: &mut Diagnostics) {
        if self.args.is_some() {
            diagnostics.at(entry.key.span(), "`args` and `skip_all` contradict each other: keep one of them");
        }
        self.args = Some(args);
    }

    /// Notes that `entry`, just read, contradicts `skip`, or `skip` an earlier option.
    fn check_skip(&self, entry: &OptionEntry, diagnostics: &mut Diagnostics) {
        if self.skip.is_empty() || !["skip", "skip_all", "args"].iter().any(|key| entry.key == key) {
            return;
        }
        let span = entry.key.span();
        match &self.args {
            Some(ArgsOption::Off) => {
                diagnostics.at(span, "`skip` has no effect: no argument is captured here; remove it");
            }
            Some(ArgsOption::Named(_)) => {
                diagnostics.at(
                    span,
                    "`args(…)` names arguments to capture, `skip(…)` others to leave out: keep one of them",
                );
            }
            Some(ArgsOption::Always | ArgsOption::Sampled) | None => {}
        }
    }
}

/// Writes the options that a container can hand on, in the syntax of an attribute.
impl ToTokens for AttributeOptions {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(path) = &self.krate {
            tokens.extend(quote!(, crate = #path));
        }
        if let Some(KindOption { spelling, .. }) = self.kind {
            tokens.extend(quote!(, kind = #spelling));
        }
        match &self.args {
            Some(ArgsOption::Always) => tokens.extend(quote!(, args)),
            Some(ArgsOption::Sampled) => tokens.extend(quote!(, args = sampled)),
            Some(ArgsOption::Off) => tokens.extend(quote!(, args = off)),
            Some(ArgsOption::Named(_)) | None => {}
        }
        let ignored = &self.ignored;
        match self.err {
            Some(ErrorOption::Plain) => tokens.extend(quote!(, err = ignore(#(#ignored),*))),
            Some(ErrorOption::Display) if ignored.is_empty() => tokens.extend(quote!(, err)),
            Some(ErrorOption::Display) => tokens.extend(quote!(, err(Display, ignore(#(#ignored),*)))),
            Some(ErrorOption::Debug) if ignored.is_empty() => tokens.extend(quote!(, err(Debug))),
            Some(ErrorOption::Debug) => tokens.extend(quote!(, err(Debug, ignore(#(#ignored),*)))),
            Some(ErrorOption::Off) => tokens.extend(quote!(, err = off)),
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
        match self.loops {
            Some(true) => tokens.extend(quote!(, loops = on)),
            Some(false) => tokens.extend(quote!(, loops = off)),
            None => {}
        }
        if let Some(detail) = self.detail.map(DetailOption::word) {
            tokens.extend(quote!(, detail = #detail));
        }
        if self.all == Some(true) {
            tokens.extend(quote!(, all));
        }
        if let Some(results) = &self.results {
            let key = Ident::new(RESULTS, Span::call_site());
            tokens.extend(quote!(, #key(#(#results),*)));
        }
        if !self.names.is_empty() {
            let (key, names) = (Ident::new(NAMES, Span::call_site()), &self.names);
            tokens.extend(quote!(, #key(#(#names),*)));
        }
        if self.located {
            let key = Ident::new(LOCATED, Span::call_site());
            tokens.extend(quote!(, #key));
        }
        if self.profiled {
            let key = Ident::new(PROFILED, Span::call_site());
            tokens.extend(quote!(, #key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::option_values::FieldForm;
    use proc_macro2::TokenTree;

    fn parse(text: &str, target: AttributeTarget) -> (AttributeOptions, Vec<String>) {
        let mut diagnostics = Diagnostics::default();
        let options = AttributeOptions::parse(text.parse().unwrap(), target, &mut diagnostics);
        let report = diagnostics.report();
        let messages = report.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => {
                Some(group.stream().to_string().trim_matches('"').replace("\\\"", "\""))
            }
            _ => None,
        });
        (options, messages.collect())
    }

    fn read(text: &str) -> AttributeOptions {
        let (options, errors) = parse(text, AttributeTarget::Function);
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        options
    }

    #[track_caller]
    fn refused(text: &str, expected: &[&str]) {
        assert_eq!(parse(text, AttributeTarget::Function).1, expected, "{text}");
    }

    #[test]
    fn every_option_is_read() {
        assert_eq!(read("name = \"a b\"").name.unwrap().value(), "a b");
        assert_eq!(read("kind = \"server\"").kind.unwrap().variant, "Server");
        assert_eq!(read("args").args, Some(ArgsOption::Always));
        assert_eq!(read("args = always,").args, Some(ArgsOption::Always));
        assert_eq!(read("args = sampled").args, Some(ArgsOption::Sampled));
        assert_eq!(read("args = off").args, Some(ArgsOption::Off));
        assert_eq!(read("skip_all").args, Some(ArgsOption::Off));
        assert!(matches!(read("args(a, self)").args, Some(ArgsOption::Named(names)) if names.len() == 2));
        assert_eq!(read("skip(a, r#type), args").skip.len(), 2);
        assert_eq!(read("err").err, Some(ErrorOption::Display));
        assert_eq!(read("err(Debug)").err, Some(ErrorOption::Debug));
        assert_eq!(read("err = off").err, Some(ErrorOption::Off));
        for (written, err) in [
            ("err = ignore(NotFound, shop::Closed)", ErrorOption::Plain),
            ("err(Debug, ignore(NotFound, Closed))", ErrorOption::Debug),
            ("err(ignore(NotFound, Closed,))", ErrorOption::Display),
        ] {
            let options = read(written);
            assert_eq!(options.err, Some(err));
            assert_eq!(options.ignored, ["NotFound", "Closed"]);
        }
        assert_eq!((read("ret").ret, read("ret = off").ret, read("").ret), (Some(true), Some(false), None));
        assert_eq!((read("spawns = on").spawns, read("spawns = off").spawns), (Some(true), Some(false)));
        assert_eq!((read("loops = on").loops, read("loops = off").loops), (Some(true), Some(false)));
        for word in DetailOption::WORDS {
            assert_eq!(read(&format!("detail = \"{word}\"")).detail.map(DetailOption::word), Some(word));
        }
        assert!(read("crate = crate::re::omegi").krate.is_some());
    }

    #[test]
    fn fields_are_read() {
        let fields = read("fields(a = 1 + 2, b.c = %x.y(), d = ?f::<A, B>(), e, ?g, %h, r#type)").fields;
        let found: Vec<_> = fields.iter().map(|field| (field.key.as_str(), field.form)).collect();
        use FieldForm::{Debug, Display, Natural};
        assert_eq!(
            found,
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
    fn written_defaults_are_read_back() {
        let (container, _) = parse(
            "crate = a::b, kind = \"client\", args = sampled, err(Debug, ignore(NotFound)), ret = off, \
             spawns = off, loops = on",
            AttributeTarget::Container,
        );
        let inherited = read(&format!("{INHERIT}(\"Cart\" {}), ret", quote!(#container))).inherited.unwrap();
        assert_eq!(inherited.path, "Cart");
        assert_eq!(quote!(#container).to_string(), inherited.defaults.to_token_stream().to_string());
        let merged = read("ret").or(&inherited.defaults);
        assert_eq!(
            (merged.ret, merged.err, merged.args, merged.spawns, merged.loops),
            (Some(true), Some(ErrorOption::Debug), Some(ArgsOption::Sampled), Some(false), Some(true))
        );
        assert_eq!(merged.ignored, ["NotFound"]);
        assert!(read("err").or(&inherited.defaults).ignored.is_empty());
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let (_, errors) = parse("nmae = \"x\", ret, ret, kind = \"serve\"", AttributeTarget::Function);
        assert_eq!(errors.len(), 3, "{errors:#?}");
        assert!(errors[0].contains("did you mean `name`?"), "{errors:#?}");
        assert_eq!(errors[1], "`ret` is given twice");
        assert!(errors[2].ends_with("did you mean `server`?"), "{errors:#?}");
    }

    #[test]
    fn a_wrong_value_reports_the_usage() {
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
        refused("loops", &["expected `loops = on` or `loops = off`"]);
        refused("loops = never", &["expected `loops = on` or `loops = off`"]);
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
        refused("skip(a), skip_all", &["`skip` has no effect: no argument is captured here; remove it"]);
        let names = "`args(…)` names arguments to capture, `skip(…)` others to leave out: keep one of them";
        refused("args(a), skip(b)", &[names]);
    }

    #[test]
    fn containers_refuse_options_of_one_function() {
        for text in ["name = \"x\"", "skip(a)", "fields(a = 1)", "args(a)"] {
            assert_eq!(parse(text, AttributeTarget::Container).1.len(), 1, "{text}");
        }
    }
}

//! Exports a secret in every way in which a program can, for the test `secrets`: the output must
//! not contain it.
//!
//! Its argument `--password hunter2` is one of the ways. The flows of the memory exporter go to
//! stderr.

#[path = "../../../omegi-runtime/src/collecting/scrubbing/forms.rs"]
mod forms;

use std::fmt;

use forms::{FORMS, SPOKEN};
use omegi::{Attribute, ExportError, Exporter, Flow, TraceContext};

/// The secret, which its name or place reveals.
const NAMED: &str = "hunter2";

#[derive(Debug)]
#[expect(dead_code, reason = "printed by its `Debug`")]
struct User {
    name: &'static str,
    password: &'static str,
    card: Card,
}

#[derive(Debug)]
struct Card {
    api_key: Option<&'static str>,
}

/// An error with all its details in its message.
#[derive(Debug)]
struct Refused {
    says: String,
    cause: Option<Box<Refused>>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// A login whose pattern renames its secrets.
struct Login {
    password: &'static str,
    card: Card,
}

#[omegi::instrument_crate]
mod shop {
    use super::{Attribute, Card, Login, NAMED, Refused, TraceContext, User};

    /// Carries a text in every place that takes one.
    #[omegi::traced(args = always, ret, fields(field = text, debugged = ?text))]
    pub(crate) fn carry(row: usize, text: &str) -> Result<String, Refused> {
        let attribute = || vec![Attribute::new("text", text.to_owned())];
        let other = TraceContext { sampled: true, ..TraceContext::default() };
        omegi::current()
            .name(format!("row {row}: {text}"))
            .attribute("attribute", text.to_owned())
            .attribute("url.full", format!("http://a/?{text}"))
            .tag("tag", text.to_owned())
            .event(text.to_owned(), attribute())
            .link_with(&other, attribute());
        self::refuse_with(text)?;
        Ok(text.to_owned())
    }

    pub(crate) fn refuse_with(text: &str) -> Result<(), Refused> {
        let cause = Refused { says: format!("{text:?}"), cause: None };
        Err(Refused { says: text.to_owned(), cause: Some(Box::new(cause)) })
    }

    #[omegi::traced(args = always, ret)]
    pub(crate) fn returned(text: &str) -> String {
        text.to_owned()
    }

    pub(crate) fn panics_with(text: &str) {
        panic!("{text}");
    }

    #[omegi::traced(args = always)]
    pub(crate) fn renamed(Login { password: pw, card: Card { api_key: card } }: Login) -> usize {
        pw.len() + card.map_or(0, str::len)
    }

    #[omegi::traced(
        args = always,
        ret,
        fields(api_key = NAMED, db = "postgres://me:hunter2@db/shop", who = ?super::shop::user()),
    )]
    pub(crate) fn login(password: &str, user: &User, url: &str, token: &str) -> User {
        let all = || vec![Attribute::new("secret", NAMED), Attribute::new("text", format!("token={NAMED}"))];
        let other = TraceContext { sampled: true, ..TraceContext::default() };
        omegi::current()
            .name(format!("GET /login?token={NAMED}"))
            .attribute("http.request.header.authorization", format!("Bearer {NAMED}"))
            .attribute("url.query", format!("a=1&api_key={NAMED}"))
            .attribute("sent", token.to_owned())
            .tag("password", NAMED)
            .tag("seen", format!("secret={NAMED}"))
            .event(format!("login token={NAMED}"), all())
            .link_with(&other, all());
        omegi::tag("credential", NAMED);
        let _ = (password, url, user.name.len());
        self::user()
    }

    pub(crate) fn user() -> User {
        User { name: "x", password: NAMED, card: Card { api_key: Some(NAMED) } }
    }

    pub(crate) fn refuse(token: &str) -> Result<(), Refused> {
        Err(refusal(token))?
    }

    pub(crate) fn refusal(token: &str) -> Refused {
        let cause =
            Refused { says: format!("{:?} by http://me:{NAMED}@host with {token}", user()), cause: None };
        Refused { says: format!("refused: password={NAMED}, {token}"), cause: Some(Box::new(cause)) }
    }

    pub(crate) fn meets(token: &str) {
        omegi::current().exception(&refusal(token));
    }

    pub(crate) fn fails(token: &str) {
        omegi::current().fail(&refusal(token));
    }

    pub(crate) fn panics(token: &str) {
        panic!("with {:?} and {token}", user());
    }
}

/// Prints the flows as a program sees them.
struct Debugging;

impl Exporter for Debugging {
    fn name(&self) -> &'static str {
        "debugging"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        for flow in flows {
            eprintln!("{flow:#?}\n{}", flow.outline());
        }
        Ok(())
    }
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let token = std::env::var("OMEGI_TOKEN").expect("the test sets it");
    let builder = omegi::builder()
        .resource("owner.password", NAMED)
        .resource("database", format!("postgres://me:{NAMED}@db/shop"));
    // Every export carries the resource: some of the forms are enough.
    let forms = FORMS.iter().enumerate().step_by(40);
    let builder =
        forms.fold(builder, |builder, (row, (text, _))| builder.resource(format!("row.{row}"), *text));
    let guard = builder.exporter(Debugging).init();
    let _ = shop::login(NAMED, &shop::user(), &format!("http://a/?token={NAMED}"), &token);
    let _ = shop::refuse(&token);
    shop::meets(&token);
    shop::fails(&token);
    let _ = std::panic::catch_unwind(|| shop::panics(&token));
    shop::renamed(Login { password: NAMED, card: Card { api_key: Some(NAMED) } });
    let rows = FORMS.iter().map(|(text, _)| text).chain(SPOKEN);
    for (row, text) in rows.enumerate() {
        let _ = shop::carry(row, text);
        shop::returned(text);
        let _ = std::panic::catch_unwind(|| shop::panics_with(text));
    }
    drop(guard);
}

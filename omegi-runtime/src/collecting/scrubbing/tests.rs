//! Texts with and without secrets.

use super::forms::{FORMS, SPOKEN};
use super::*;
use crate::settings::Masking;

fn scrubber(token: Option<&str>) -> Scrubber {
    let token = token.map(SecretText::new);
    Scrubber::new(Masking::default().into(), token.as_ref())
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let mut scrubber = scrubber(Some("tok-ein\"1 2"));
    for (text, clean) in cases {
        assert_eq!(scrubber.cleaned(text).as_deref().unwrap_or(text), *clean);
    }
}

#[test]
fn every_form_of_the_table() {
    let mut scrubber = scrubber(None);
    let mut wrong = Vec::new();
    let spoken = SPOKEN.iter().map(|text| (*text, *text));
    for (text, clean) in FORMS.iter().copied().chain(spoken) {
        let cleaned = scrubber.cleaned(text).unwrap_or(text.to_owned());
        if cleaned != clean {
            wrong.push(format!("{text:?}\n  is {cleaned:?}\n  not {clean:?}"));
        }
    }
    assert!(FORMS.len() >= 100 && FORMS.iter().all(|(text, _)| text.contains("hunter2")));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FORMS.len() + SPOKEN.len(), wrong.join("\n"));
}

#[test]
fn every_form_inside_of_another_text() {
    let mut scrubber = scrubber(None);
    let mut leaks = Vec::new();
    // Behind a word, a value without quotes ends at the next blank.
    let is_sentence = |text: &&str| !text.contains(" = a hunter2");
    let sentences = FORMS.iter().map(|(text, _)| *text).filter(is_sentence);
    let sentences = sentences.flat_map(|text| [format!("INFO {text}"), format!("it's {text}")]);
    for text in sentences.chain(FORMS.iter().map(|(text, _)| (*text).to_owned())) {
        for outer in [
            format!("{text:?}"),
            format!("Err(Refused {{ says: {text:?}, n: 1 }})"),
            format!("{:?}", format!("{text:?}")),
            format!("cannot log in: {text}"),
            format!("it failed\n{text}\nat last"),
            format!("a, {text}"),
            format!("a; {text}"),
            format!("[{text}]"),
            format!("'{text}'"),
            format!("`{text}`"),
            format!("{{\"n\": 1}} {text}"),
        ] {
            let clean = scrubber.cleaned(&outer).unwrap_or(outer.clone());
            if clean.contains("hunter2") {
                leaks.push(format!("{outer:?}\n  is {clean:?}"));
            }
        }
    }
    assert!(leaks.is_empty(), "{}:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn fields_by_their_name() {
    check(&[
        (
            r#"User { name: "x", password: "y", card: Card { api_key: Some("z"), cvc: 7 } }"#,
            r#"User { name: "x", password: ****, card: Card { api_key: ****, cvc: 7 } }"#,
        ),
        (
            concat!(
                "User {\n    name: \"x\",\n    password: \"y\",\n",
                "    card: Card {\n        api_key: Some(\n            \"z\",\n        ),\n    },\n}",
            ),
            concat!(
                "User {\n    name: \"x\",\n    password: ****,\n",
                "    card: Card {\n        api_key: ****,\n    },\n}",
            ),
        ),
        (r#"{"token": "a\"b, }", "n": 1}"#, r#"{"token": ****, "n": 1}"#),
        (r#"{"token":"a","n":[1]}"#, r#"{"token":****,"n":[1]}"#),
        (r#"{"token" : {"a": ["b", {"c": 1}]}, "n": 1}"#, r#"{"token" : ****, "n": 1}"#),
        (r#"A { password: Password { inner: "}" }, n: 1 }"#, r#"A { password: ****, n: 1 }"#),
        (r#"A { r#pass: 'x', n: 1 }"#, "A { r#pass: ****, n: 1 }"),
        (r#"A { note: "}}", password: "x" }"#, r#"A { note: "}}", password: **** }"#),
        (r#"A { pin_token: 1234 }"#, "A { pin_token: **** }"),
        (r#"("n", "x") Token("x")"#, r#"("n", "x") Token("x")"#),
        ("unexpected token: `)`", "unexpected token: `)`"),
        ("a::pass::b { }", "a::pass::b { }"),
    ]);
}

#[test]
fn a_secret_that_was_cut_off_is_masked_to_its_end() {
    check(&[
        (r#"User { password: "y"#, "User { password: ****"),
        (r#"User { password: Some("#, "User { password: ****"),
        ("User { password:", "User { password:"),
        ("a?token=", "a?token="),
    ]);
}

#[test]
fn json_inside_of_strings() {
    check(&[
        (r#"A { body: "{\"password\":\"a\",\"n\":1}" }"#, r#"A { body: "{\"password\":****,\"n\":1}" }"#),
        (
            r#"A { body: "{\"password\": \"a\\\"b\", \"n\": 1}" }"#,
            r#"A { body: "{\"password\": ****, \"n\": 1}" }"#,
        ),
        (r#"A { body: "{\"password\": \"cut" }"#, r#"A { body: "{\"password\": ****" }"#),
        (r#""A { password: \"a\" }""#, r#""A { password: **** }""#),
        (
            r#"B { a: "A { body: \"{\\\"password\\\":\\\"a\\\"}\" }" }"#,
            r#"B { a: "A { body: \"{\\\"password\\\":****}\" }" }"#,
        ),
    ]);
}

#[test]
fn words_by_their_name() {
    check(&[
        ("GET /a?n=1&token=x&m=2", "GET /a?n=1&token=****&m=2"),
        ("--password=x --n=1", "--password=**** --n=1"),
        ("host=h password=x user=u", "host=h password=**** user=u"),
        ("Authorization=Bearer abc def", "Authorization=**** def"),
        ("session_token=a; n=1", "session_token=****; n=1"),
        ("config(api_key=Some(\"x y\"), n=1)", "config(api_key=****, n=1)"),
        ("password = \"a b\" n = 1", "password = **** n = 1"),
        ("/a?%74oken=x&n=1", "/a?%74oken=****&n=1"),
        ("n=1 == 2", "n=1 == 2"),
        ("PASSWORD=x y\nB=2", "PASSWORD=****\nB=2"),
        ("password=x was refused\nat last", "password=**** was refused\nat last"),
        ("'password=x n=1'", "'password=**** n=1'"),
    ]);
}

#[test]
fn urls_and_the_token() {
    check(&[
        (
            "connecting to postgres://me:hunter2@db/shop failed",
            "connecting to postgres://****@db/shop failed",
        ),
        ("sent tok-ein\"1 2!", "sent ****!"),
        (r#"A { x: "tok-ein\"1 2" }"#, r#"A { x: "****" }"#),
        ("/tok-ein%221%202/", "/****/"),
        ("cut off: tok-ei", "cut off: ****"),
        ("tok", "tok"),
    ]);
    assert_eq!(scrubber(Some("abc")).cleaned("abc"), None, "too short to be looked for");
}

#[test]
fn attributes_by_their_name_and_by_their_text() {
    let mut attributes = vec![
        Attribute::new("omegi.arg.password", 7),
        Attribute::new("omegi.tag.api_key", "x"),
        Attribute::new("omegi.arg.pw@user@password", "x"),
        Attribute::new("omegi.arg.pw@user".to_owned(), "x"),
        Attribute::new("http.request.header.cookie", "x"),
        Attribute::new("a@password", "x"),
        Attribute::new("pass%77ord", "x"),
        Attribute::new("pass\u{200b}word", "x"),
        Attribute::new("http.request.header.authorization", "x"),
        Attribute::new("code.function.name", "shop::token::find"),
        Attribute::new("url.full", "http://a:b@c/?token=x"),
        Attribute::new("n", 1),
    ];
    scrubber(None).attributes(&mut attributes);
    let shown: Vec<_> = attributes.iter().map(|it| it.value.to_string()).collect();
    let keys: Vec<_> = attributes[2..4].iter().map(|it| &*it.key).collect();
    assert_eq!(keys, ["omegi.arg.pw", "omegi.arg.pw"]);
    assert_eq!(
        shown,
        [
            "****",
            "****",
            "****",
            "x",
            "****",
            "****",
            "****",
            "****",
            "****",
            "shop::token::find",
            "http://****@c/?token=****",
            "1"
        ]
    );
}

/// Pieces with a meaning for the scrubber.
const PIECES: [&str; 64] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\\",
    "\\\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    ":",
    ": ",
    "=",
    " = ",
    "=>",
    "://",
    "@",
    ",",
    ", ",
    ";",
    " ",
    "\n",
    "\r\n",
    "\\n",
    "\t",
    "&",
    "?",
    "é",
    "“",
    "”",
    "name",
    "password",
    "token",
    "key",
    "Some(",
    "😀",
    "tok-ein",
    "%",
    "%77",
    "%3D",
    "\\u0077",
    "\u{200b}",
    "\u{1b}[1m",
    "<",
    "</",
    ">",
    "/>",
    "<password>",
    "</password>",
    "--",
    "-",
    "VALUES (",
    "IN (",
    "IDENTIFIED BY ",
    "Bearer ",
    "Digest ",
    "form-data; name=",
    "|",
    "- ",
    "r#",
    "-----BEGIN ",
];

/// The number of random texts.
const ROUNDS: usize = 2_000;

/// Returns a function that draws numbers below another one.
fn random() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    }
}

#[test]
fn no_text_panics_and_no_named_secret_stays() {
    let mut draw = random();
    let mut scrubber = scrubber(Some("tok-ein\"1 2"));
    for _ in 0..ROUNDS {
        let before: String = (0..draw(24)).map(|_| PIECES[draw(PIECES.len())]).collect();
        let after: String = (0..draw(24)).map(|_| PIECES[draw(PIECES.len())]).collect();
        for planted in [
            ", {\"password\": \"hunter2\"",
            " password=hunter2",
            " { x_token: hunter2",
            " x://a:hunter2@h",
            "\npassword: hunter2",
            " --password hunter2",
        ] {
            let text = format!("{before}{planted}{after}");
            let clean = scrubber.cleaned(&text).unwrap_or(text.clone());
            assert!(!clean.contains("hunter2"), "{text:?} became {clean:?}");
            assert!(clean.len() <= text.len() * MASK.len(), "{text:?} became {clean:?}");
        }
    }
}

#[test]
fn a_masked_text_stays_as_it_is() {
    let mut scrubber = scrubber(None);
    for (text, clean) in FORMS {
        assert_eq!(scrubber.cleaned(clean).as_deref().unwrap_or(clean), *clean, "{text:?}");
    }
}

#[test]
fn the_bytes_read_are_linear_in_the_length_of_a_text() {
    let mut scrubber = scrubber(Some("tok-ein\"1 2"));
    let mut read = |piece: &str, length: usize| {
        let text = piece.repeat(length / piece.len());
        let _ = reading::steps::take();
        let _ = scrubber.cleaned(&text);
        reading::steps::take()
    };
    let forms = FORMS.iter().map(|(text, _)| (*text).to_owned());
    let forms = forms.chain(["<e key=\"password\"><![CDATA[x".to_owned()]);
    let mut draw = random();
    let mut drawn = || (0..4).map(|_| PIECES[draw(PIECES.len())]).collect::<String>();
    let drawn: Vec<String> = (0..ROUNDS / 10).map(|_| drawn()).collect();
    for piece in PIECES.map(str::to_owned).into_iter().chain(forms).chain(drawn) {
        let (short, long) = (read(&piece, 2_000), read(&piece, 8_000));
        assert!(long <= 5 * short + 20_000, "{piece:?}: {short}, {long}");
    }
}

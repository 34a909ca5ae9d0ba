//! Texts with and without secrets.

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
        (r#"("password", "x") Password("x")"#, r#"("password", "x") Password("x")"#),
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
        Attribute::new("http.request.header.authorization", "x"),
        Attribute::new("code.function.name", "shop::token::find"),
        Attribute::new("url.full", "http://a:b@c/?token=x"),
        Attribute::new("n", 1),
    ];
    scrubber(None).attributes(&mut attributes);
    let shown: Vec<_> = attributes.iter().map(|it| it.value.to_string()).collect();
    assert_eq!(shown, ["****", "****", "****", "shop::token::find", "http://****@c/?token=****", "1"]);
}

/// Random texts of characters with a meaning for the scrubber.
#[test]
fn no_text_panics_and_no_named_secret_stays() {
    const PIECES: [&str; 28] = [
        "{", "}", "(", ")", "[", "]", "\"", "\\", "\\\"", "'", ":", ": ", "=", "://", "@", ",", ", ", " ",
        "\n", "&", "?", "é", "name", "password", "Some(", "😀", "tok-ein", "%",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut scrubber = scrubber(Some("tok-ein\"1 2"));
    for _ in 0..20_000 {
        let before: String = (0..draw(24)).map(|_| PIECES[draw(PIECES.len())]).collect();
        let after: String = (0..draw(24)).map(|_| PIECES[draw(PIECES.len())]).collect();
        for planted in
            [", {\"password\": \"hunter2\"", " password=hunter2", " { x_token: hunter2", " x://a:hunter2@h"]
        {
            let text = format!("{before}{planted}{after}");
            let clean = scrubber.cleaned(&text).unwrap_or(text.clone());
            assert!(!clean.contains("hunter2"), "{text:?} became {clean:?}");
        }
    }
}

#[test]
fn the_time_for_a_text_is_linear_in_its_length() {
    let mut scrubber = scrubber(Some("tok-ein\"1 2"));
    for piece in ["{password:", "\"password\":", "a=", "://a:b", "\\\"", "{", "password=("] {
        let text = piece.repeat(100_000 / piece.len());
        let started = std::time::Instant::now();
        let _ = scrubber.cleaned(&text);
        assert!(
            started.elapsed() < std::time::Duration::from_secs(5),
            "{piece} took {:?}",
            started.elapsed()
        );
    }
}

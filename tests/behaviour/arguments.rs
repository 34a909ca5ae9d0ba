//! Arguments, returns and fields: they are recorded on request only, and never with secrets.

use omegi::Secret;
use omegi_tests::{flows_of, outline_of};

pub(crate) struct Opaque;

#[derive(Debug)]
pub(crate) struct Point {
    x: i32,
    y: i32,
}

pub(crate) struct Login {
    user: &'static str,
    password: &'static str,
    keys: (usize, String),
}

pub(crate) struct Token(&'static str);

pub(crate) struct Panics;

impl std::fmt::Debug for Panics {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("in Debug")
    }
}

#[omegi::instrument_crate]
mod shop {
    use super::{Login, Opaque, Panics, Point, Secret, Token};

    #[omegi::traced(args)]
    pub(crate) fn plain(
        count: u8,
        big: u64,
        share: f32,
        yes: bool,
        letter: char,
        text: &str,
        owned: String,
    ) -> usize {
        let _ = (share, letter);
        text.len() + owned.len() + usize::from(count) + usize::from(yes) + usize::from(big > 1)
    }

    #[omegi::traced(args)]
    pub(crate) fn shown(point: &Point, list: &[u8], opaque: Opaque, panics: Panics) -> i32 {
        let _ = (opaque, panics);
        point.x + point.y + list.iter().map(|it| i32::from(*it)).sum::<i32>()
    }

    #[omegi::traced(args)]
    pub(crate) fn generic<T, D: std::fmt::Debug>(unknown: T, known: D) -> usize {
        drop((unknown, known));
        0
    }

    #[omegi::traced(args(b), ret)]
    pub(crate) fn some_of(a: u32, b: u32) -> Result<u32, String> {
        Ok(a.wrapping_add(b))
    }

    #[omegi::traced(args, skip(b))]
    pub(crate) fn but_for(a: u32, b: u32) -> u32 {
        a.max(b)
    }

    #[omegi::traced(fields(sum = a + b, text = %a, debugged = ?b, a))]
    pub(crate) fn fields(a: u32, b: u32) -> u32 {
        a.max(b)
    }

    #[omegi::traced(args)]
    pub(crate) fn secret(user: &str, password: &str, api_key: &str, pin: Secret<u32>) -> usize {
        user.len() + password.len() + api_key.len() + (*pin.expose() as usize)
    }

    #[omegi::traced(args)]
    pub(crate) fn hidden(Login { user, password: pw, keys: (key, _) }: Login, &Token(text): &Token) -> usize {
        user.len() + pw.len() + key + text.len()
    }

    pub(crate) fn without_request(a: u32) -> u32 {
        a.pow(2)
    }

    #[omegi::traced(args)]
    pub(crate) fn patterns((a, b): (u32, u32), Point { x, y: renamed }: Point, mut owned: Vec<u8>) -> usize {
        owned.push(0);
        (a + b) as usize + owned.len() + (x + renamed) as usize
    }
}

#[test]
fn plain_values_are_written_as_they_are() {
    let flows = flows_of(|| {
        shop::plain(7, u64::MAX, 0.5, true, 'ñ', "text", "owned".to_owned());
    });
    let shown: Vec<_> = ["count", "big", "share", "yes", "letter", "text", "owned"]
        .iter()
        .map(|name| format!("{:?}", flows[0].spans[0].attribute(&format!("omegi.arg.{name}")).unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            "I64(7)",
            "Str(\"18446744073709551615\")",
            "F64(0.5)",
            "Bool(true)",
            "Str(\"ñ\")",
            "Str(\"text\")",
            "Str(\"owned\")"
        ]
    );
}

#[test]
fn other_values_are_debugged_or_named_and_never_hurt() {
    let outline = outline_of(|| {
        shop::shown(&Point { x: 1, y: 2 }, &[1, 2], Opaque, Panics);
        shop::generic(Opaque, Some(1));
    });
    assert_eq!(
        outline,
        "\
arguments::shop::shown(point=Point { x: 1, y: 2 }, list=[1, 2], \
         opaque=behaviour::arguments::Opaque, panics=<its Debug panicked>)
arguments::shop::generic(unknown=behaviour::arguments::Opaque, known=Some(1))
"
    );
}

#[test]
fn only_requested_arguments_are_captured() {
    let outline = outline_of(|| {
        let _ = shop::some_of(1, 2);
        shop::but_for(1, 2);
        shop::fields(1, 2);
        shop::without_request(3);
        shop::patterns((1, 2), Point { x: 3, y: 4 }, vec![5]);
    });
    assert_eq!(
        outline,
        "\
arguments::shop::some_of(b=2) -> Ok(3)
arguments::shop::but_for(a=1)
arguments::shop::fields(sum=3, text=1, debugged=2, a=1)
arguments::shop::without_request
arguments::shop::patterns(a=1, b=2, x=3, renamed=4, owned=[5])
"
    );
}

#[test]
fn secrets_do_not_leave() {
    let outline = outline_of(|| {
        shop::secret("me", "hunter2", "k-123", Secret::new(4711));
    });
    assert_eq!(outline, "arguments::shop::secret(user=me, password=****, api_key=****, pin=****)\n");
}

#[test]
fn a_pattern_does_not_hide_the_name_of_a_secret() {
    let outline = outline_of(|| {
        let login = Login { user: "me", password: "hunter2", keys: (7, String::new()) };
        shop::hidden(login, &Token("hunter2"));
    });
    assert_eq!(outline, "arguments::shop::hidden(user=me, pw=****, key=****, text=****)\n");
}

#[test]
fn long_texts_are_cut() {
    let flows = flows_of(|| {
        let _ = shop::generic((), "ñ".repeat(10_000));
    });
    let text = flows[0].spans[0].attribute("omegi.arg.known").unwrap().to_string();
    assert_eq!(text.chars().count(), 2048);
}

//! Functions below attributes of other libraries that rewrite their bodies.

use omegi_tests::{error_paths, flows_of, outline_of};

#[omegi::instrument_crate(ret)]
mod shop {
    use std::num::ParseIntError;

    #[culpa::try_fn]
    pub(crate) fn tried(text: &str) -> Result<i32, ParseIntError> {
        let number = text.parse::<i32>()?;
        number + 1
    }

    #[culpa::throws(ParseIntError)]
    pub(crate) fn thrown(text: &str) -> i32 {
        let number = text.parse::<i32>()?;
        number + 1
    }

    #[maybe_async::maybe_async]
    pub(crate) async fn fetched(number: i32) -> i32 {
        inner(number).await + 1
    }

    #[maybe_async::maybe_async]
    async fn inner(number: i32) -> i32 {
        number.pow(2)
    }

    pub(crate) struct Cart<T>(pub(crate) T);

    impl<T: ToString> Cart<T> {
        #[culpa::throws(ParseIntError)]
        #[cfg_attr(test, must_use = "it is a sum")]
        pub(crate) fn total(&self) -> i32 {
            thrown(&self.0.to_string())?
        }
    }

    #[maybe_async::maybe_async]
    pub(crate) trait Store {
        async fn put(&self) -> i32;

        async fn put_twice(&self) -> i32 {
            self.put().await + self.put().await
        }
    }

    #[maybe_async::maybe_async]
    impl Store for Cart<i32> {
        async fn put(&self) -> i32 {
            inner(self.0).await
        }
    }

    #[omegi::traced(args(text))]
    #[culpa::throws(ParseIntError)]
    pub(crate) fn by_an_attribute_of_its_own(text: &str) -> i32 {
        thrown(text)?
    }
}

#[omegi::traced(name = "alone")]
#[culpa::throws(String)]
fn alone(text: &str) -> usize {
    if text.is_empty() {
        culpa::throw!("empty".to_owned());
    }
    shop::tried("1").map_err(|error| error.to_string())?;
    text.len()
}

#[test]
fn functions_are_woven_as_the_other_macro_has_made_them() {
    let outline = outline_of(|| {
        assert_eq!(shop::tried("1"), Ok(2));
        assert_eq!(shop::thrown("1"), Ok(2));
        assert_eq!(shop::fetched(3), 10);
        assert_eq!(shop::Cart(4).total(), Ok(5));
        assert_eq!(shop::Store::put_twice(&shop::Cart(3)), 18);
        assert_eq!(shop::by_an_attribute_of_its_own("7"), Ok(8));
        assert_eq!(alone("ab"), Ok(2));
    });
    let expected = "\
attributes::shop::tried -> Ok(2)
attributes::shop::thrown -> Ok(2)
attributes::shop::fetched -> 10
  attributes::shop::inner -> 9
attributes::shop::Cart::total -> Ok(5)
  attributes::shop::thrown -> Ok(5)
attributes::shop::Store::put_twice -> 18
  attributes::shop::Cart::put -> 9
    attributes::shop::inner -> 9
  attributes::shop::Cart::put -> 9
    attributes::shop::inner -> 9
attributes::shop::by_an_attribute_of_its_own(text=7) -> Ok(8)
  attributes::shop::thrown -> Ok(8)
alone
  attributes::shop::tried -> Ok(2)
";
    assert_eq!(outline, expected);
}

#[test]
fn errors_are_found_with_their_lines() {
    let flows = flows_of(|| {
        assert!(shop::Cart("x").total().is_err());
        assert!(alone("").is_err());
    });
    let paths = error_paths(&flows);
    let names: Vec<Vec<_>> =
        paths.iter().map(|path| path.iter().map(|(name, _)| name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["thrown", "total"], vec!["alone"]]);
    assert!(paths[0].iter().all(|(_, line)| line.is_some()), "{paths:?}");
}

#[test]
fn the_line_is_that_of_the_function() {
    let flows = flows_of(|| assert_eq!(shop::thrown("1"), Ok(2)));
    let text = include_str!("attributes.rs");
    let line = text.lines().position(|line| line.contains("pub(crate) fn thrown")).unwrap() + 1;
    let recorded = flows[0].spans[0].attribute("code.line.number").unwrap().to_string();
    assert_eq!(recorded, line.to_string());
}

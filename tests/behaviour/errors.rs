//! The origins, paths and messages of errors.

use std::error::Error;
use std::fmt;
use std::task::Poll;

use omegi::{Flow, Status};
use omegi_tests::{error_paths, flows_of, outline_of};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NoItem(u32);

impl fmt::Display for NoItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no item {}", self.0)
    }
}

impl Error for NoItem {}

#[derive(Debug)]
pub(crate) struct OrderFailed(NoItem);

impl fmt::Display for OrderFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order failed")
    }
}

impl Error for OrderFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl From<NoItem> for OrderFailed {
    fn from(error: NoItem) -> Self {
        Self(error)
    }
}

/// An error whose own code panics.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Display")
    }
}

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("in source")
    }
}

pub(crate) type Alias<T> = Result<T, NoItem>;
pub(crate) type Fallible = std::io::Result<()>;

/// Macros of other crates.
macro_rules! bail {
    ($error:expr) => {
        return Err($error)
    };
}

#[omegi::instrument_crate]
mod shop {
    use super::{Alias, Error, Fallible, NoItem, OrderFailed, Poll};

    #[omegi::traced]
    pub(crate) fn find(item: u32) -> Alias<u32> {
        if item > 9 {
            bail!(NoItem(item));
        }
        Ok(item)
    }

    pub(crate) fn passed(item: u32) -> Alias<u32> {
        let found = find(item)?;
        Ok(found + find(1)?)
    }

    pub(crate) fn in_tail_position(item: u32) -> Alias<u32> {
        find(item)
    }

    pub(crate) fn converted(item: u32) -> Result<u32, OrderFailed> {
        Ok(passed(item)?)
    }

    pub(crate) fn boxed(item: u32) -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(converted(item)?)
    }

    pub(crate) fn mapped(item: u32) -> Result<u32, String> {
        find(item).map_err(|_| "nothing there".to_owned())
    }

    pub(crate) fn handled(item: u32) -> u32 {
        find(item).unwrap_or_default()
    }

    pub(crate) fn handled_then_failed(item: u32) -> Result<u32, std::num::ParseIntError> {
        let found = find(item).unwrap_or_default();
        let fine = find(found).unwrap_or_default();
        let parsed: u32 = format!("x{fine}").parse()?;
        Ok(parsed)
    }

    pub(crate) fn retried(item: u32) -> Alias<u32> {
        find(item).or_else(|_| find(item + 1)).or_else(|_| find(item + 2))
    }

    #[omegi::traced]
    pub(crate) fn io() -> Fallible {
        Err(std::io::Error::other("disk full"))
    }

    #[omegi::traced]
    pub(crate) fn polled() -> Poll<Option<Result<u32, NoItem>>> {
        Poll::Ready(Some(Err(NoItem(1))))
    }

    #[omegi::traced]
    pub(crate) fn optional(item: u32) -> Option<u32> {
        find(item).ok()
    }

    #[omegi::traced(err)]
    pub(crate) fn required(item: u32) -> Option<u32> {
        find(item).ok()
    }

    #[omegi::traced(err(Debug))]
    pub(crate) fn debugged(item: u32) -> Alias<u32> {
        Err(NoItem(item))
    }

    #[omegi::traced(err = off)]
    pub(crate) fn expected(item: u32) -> Alias<u32> {
        find(item)
    }

    pub(crate) struct Opaque;

    #[omegi::traced]
    pub(crate) fn opaque() -> Result<u32, Opaque> {
        Err(Opaque)
    }

    #[omegi::traced]
    pub(crate) fn broken() -> Result<u32, super::Broken> {
        Err(super::Broken)
    }

    pub(crate) fn all_of(items: &[u32]) -> Alias<Vec<u32>> {
        items.iter().map(|item| find(*item)).collect()
    }
}

fn statuses(flows: &[Flow]) -> Vec<(bool, usize)> {
    let error = |status: &Status| matches!(status, Status::Error { .. });
    flows[0].spans.iter().map(|span| (error(&span.status), span.events.len())).collect()
}

#[test]
fn an_error_is_reported_once_and_marked_on_its_path() {
    let flows = flows_of(|| assert!(shop::converted(12).is_err()));
    assert_eq!(
        flows[0].outline(),
        "\
errors::shop::converted ! behaviour::errors::OrderFailed: the order failed
  errors::shop::passed ! behaviour::errors::NoItem: no item 12
    errors::shop::find ! behaviour::errors::NoItem: no item 12 (origin)
"
    );
    assert_eq!(statuses(&flows), [(true, 0), (true, 0), (true, 1)]);
    let exception = &flows[0].spans[2].events[0];
    let value = |key: &str| exception.attributes.iter().find(|it| it.key == key).unwrap().value.to_string();
    assert_eq!(exception.name, "exception");
    assert_eq!(value("exception.type"), "behaviour::errors::NoItem");
    assert_eq!(value("exception.message"), "no item 12");
    assert!(value("exception.stacktrace").contains("errors::shop::find"));
}

#[test]
fn the_path_knows_the_line_of_every_question_mark() {
    let flows = flows_of(|| assert!(shop::converted(12).is_err()));
    let lines: Vec<_> = error_paths(&flows)[0].iter().map(|(_, line)| *line).collect();
    assert_eq!(lines, [Some(75), Some(81), Some(90)]);
}

#[test]
fn the_second_question_mark_is_not_the_first() {
    let flows = flows_of(|| assert!(shop::all_of(&[1, 2, 30]).is_err()));
    assert_eq!(error_paths(&flows), [[("find".to_owned(), Some(75)), ("all_of".to_owned(), None)]]);
}

#[test]
fn the_errors_that_it_became_are_in_its_path_with_their_causes() {
    let flows = flows_of(|| assert!(shop::boxed(12).is_err()));
    let error = &flows[0].errors[0];
    assert_eq!(error.message, "no item 12");
    let became: Vec<_> =
        error.path.iter().map(|step| step.became.as_ref().map(|text| text.message.as_str())).collect();
    assert_eq!(became, [None, None, Some("the order failed"), Some("the order failed")]);
}

#[test]
fn errors_are_seen_however_a_function_ends() {
    let outline = outline_of(|| {
        let _ = shop::in_tail_position(12);
        let _ = shop::mapped(12);
        let _ = shop::io();
        let _ = shop::polled();
    });
    assert_eq!(
        outline,
        "\
errors::shop::in_tail_position ! behaviour::errors::NoItem: no item 12
  errors::shop::find ! behaviour::errors::NoItem: no item 12 (origin)
errors::shop::mapped ! alloc::string::String: nothing there
  errors::shop::find ! behaviour::errors::NoItem: no item 12 (origin)
errors::shop::io ! std::io::error::Error: disk full (origin)
errors::shop::polled ! behaviour::errors::NoItem: no item 1 (origin)
"
    );
}

#[test]
fn a_handled_error_stays_where_it_was() {
    let flows = flows_of(|| assert_eq!(shop::handled(12), 0));
    assert_eq!(statuses(&flows), [(false, 0), (true, 1)]);
    assert!(flows[0].has_error());
}

#[test]
fn an_error_after_a_handled_one_is_another() {
    let flows = flows_of(|| assert!(shop::handled_then_failed(12).is_err()));
    let expected = [vec![("find".to_owned(), Some(75))], vec![("handled_then_failed".to_owned(), Some(108))]];
    assert_eq!(error_paths(&flows), expected);
}

#[test]
fn of_several_tries_the_last_ones_error_goes_on() {
    let flows = flows_of(|| assert_eq!(shop::retried(12), Err(NoItem(14))));
    let messages: Vec<_> =
        flows[0].errors.iter().map(|error| (error.message.as_str(), error.path.len())).collect();
    assert_eq!(messages, [("no item 12", 1), ("no item 13", 1), ("no item 14", 2)]);
}

#[test]
fn a_none_counts_as_an_error_on_request() {
    let outline = outline_of(|| {
        shop::optional(12);
        shop::required(12);
        shop::required(1);
    });
    let find = "  errors::shop::find ! behaviour::errors::NoItem: no item 12 (origin)\n";
    assert_eq!(
        outline,
        format!(
            "errors::shop::optional\n{find}\
             errors::shop::required ! core::option::Option<u32>: returned None\n{find}\
             errors::shop::required\n  errors::shop::find\n"
        )
    );
}

#[test]
fn options_choose_the_text_of_an_error() {
    let outline = outline_of(|| {
        let _ = shop::debugged(1);
        let _ = shop::expected(12);
        let _ = shop::opaque();
    });
    assert_eq!(
        outline,
        "\
errors::shop::debugged ! behaviour::errors::NoItem: NoItem(1) (origin)
errors::shop::expected
  errors::shop::find ! behaviour::errors::NoItem: no item 12 (origin)
errors::shop::opaque ! behaviour::errors::shop::Opaque: <neither Display nor Debug> (origin)
"
    );
}

#[test]
fn an_error_whose_display_panics_does_no_harm() {
    let outline = outline_of(|| assert!(shop::broken().is_err()));
    assert_eq!(
        outline,
        "errors::shop::broken ! behaviour::errors::Broken: <its Display panicked> (origin)\n"
    );
}

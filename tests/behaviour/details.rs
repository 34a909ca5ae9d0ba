//! Functions without a span: the paths of their errors are those of spans.

use std::fmt;

use omegi::{Flow, Value};
use omegi_tests::{error_paths, flows_of, outline_of};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Missing(u32);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no item {}", self.0)
    }
}

impl std::error::Error for Missing {}

#[derive(Debug)]
pub(crate) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed: {}", self.0)
    }
}

impl std::error::Error for Failed {}

impl From<Missing> for Failed {
    fn from(missing: Missing) -> Self {
        Self(missing.to_string())
    }
}

macro_rules! bail {
    ($error:expr) => {
        return Err($error)
    };
}

/// The same functions with one detail or another, below functions with a span.
macro_rules! shops {
    ($($module:ident $detail:literal,)*) => {$(
        #[omegi::instrument_crate(detail = $detail)]
        mod $module {
            use super::{Failed, Missing};

            fn find(item: u32) -> Result<u32, Missing> {
                if item > 9 {
                    return Err(Missing(item));
                }
                Ok(item.wrapping_add(1))
            }

            fn hidden(item: u32) -> Result<u32, Missing> {
                if item > 9 {
                    bail!(Missing(item));
                }
                Ok(find(item)?.wrapping_add(1))
            }

            fn handed_on(item: u32) -> Result<u32, Missing> {
                find(item)
            }

            fn converted(item: u32) -> Result<u32, Failed> {
                let found = handed_on(item)?;
                Ok(found.wrapping_add(1))
            }

            fn mapped(item: u32) -> Result<u32, Failed> {
                converted(item).map_err(|_| Failed("quite".to_owned()))
            }

            fn recursive(depth: u32) -> Result<u32, Missing> {
                if depth == 0 { find(10) } else { Ok(recursive(depth - 1)?.wrapping_add(1)) }
            }

            #[track_caller]
            fn tracked(item: u32) -> Result<u32, Missing> {
                Ok(find(item)?.wrapping_add(1))
            }

            async fn later(item: u32) -> Result<u32, Missing> {
                std::future::ready(()).await;
                Ok(find(item)?.wrapping_add(1))
            }

            async fn later_still(item: u32) -> Result<u32, Failed> {
                let found = later(item).await?;
                let more = format!("{found}");
                Ok(found.wrapping_add(more.len() as u32))
            }

            #[omegi::traced]
            pub(crate) fn all_fail() {
                assert!(hidden(11).is_err());
                assert!(find(10).is_err());
                assert!(handed_on(12).is_err());
                assert!(converted(13).is_err());
                assert!(mapped(14).is_err());
                assert!(recursive(3).is_err());
                assert!(tracked(15).is_err());
                assert!(futures::executor::block_on(later_still(16)).is_err());
            }

            #[omegi::traced]
            pub(crate) fn returned(item: u32) -> Result<u32, Failed> {
                Ok(mapped(item)?.wrapping_add(converted(item)?))
            }

            #[omegi::traced]
            pub(crate) fn succeed() {
                assert!(recursive(0).is_err());
                assert_eq!(converted(1).unwrap(), 3);
                assert_eq!(futures::executor::block_on(later_still(1)).unwrap(), 4);
            }
        }
    )*};
}

shops! {
    spans "span",
    errors "errors",
}

fn names(flows: &[Flow]) -> Vec<Vec<String>> {
    let name = |(name, _): (String, Option<u32>)| name;
    error_paths(flows).into_iter().map(|path| path.into_iter().map(name).collect()).collect()
}

#[test]
fn every_error_has_the_path_that_spans_give_it() {
    let (of_spans, of_errors) = (flows_of(spans::all_fail), flows_of(errors::all_fail));
    let expected = names(&of_spans);
    assert_eq!(expected.len(), 8, "{expected:?}");
    assert_eq!(names(&of_errors), expected);
    let exact = |flows: &[Flow]| {
        let lines = error_paths(flows).into_iter().flatten();
        lines.map(|(_, line)| line.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(exact(&of_errors), exact(&of_spans));
    assert_eq!((of_spans[0].spans.len(), of_errors[0].spans.len()), (22, 1));
}

#[test]
fn an_error_goes_on_through_the_span_around() {
    let paths = [
        names(&flows_of(|| assert!(spans::returned(10).is_err()))),
        names(&flows_of(|| assert!(errors::returned(10).is_err()))),
    ];
    assert_eq!(paths[0], [["find", "handed_on", "converted", "mapped", "returned"]]);
    assert_eq!(paths[1], paths[0]);
}

#[test]
fn the_texts_of_an_error_are_those_that_spans_give_it() {
    let texts = |flows: Vec<Flow>| {
        let of_report = |error: &omegi::ErrorReport| {
            let became = error.path.iter().filter_map(|step| step.became.as_ref());
            let became: Vec<_> =
                became.map(|text| (text.error_type.to_string(), text.message.clone())).collect();
            (error.error_type.to_string(), error.message.clone(), error.causes.clone(), became)
        };
        flows.iter().flat_map(|flow| &flow.errors).map(of_report).collect::<Vec<_>>()
    };
    assert_eq!(texts(flows_of(errors::all_fail)), texts(flows_of(spans::all_fail)));
}

#[test]
fn an_error_of_a_call_without_a_span_is_an_event_of_the_span_around() {
    let of_spans = flows_of(spans::succeed);
    assert!(of_spans[0].spans[0].events.is_empty());
    let flows = flows_of(errors::succeed);
    let root = flows[0].root().unwrap();
    assert_eq!(root.status, omegi::Status::Unset);
    let event = root.events.iter().find(|event| event.name == "exception").unwrap();
    let of = |key: &str| event.attributes.iter().find(|attribute| attribute.key == key).map(|it| &it.value);
    let function = of("code.function.name").map(Value::to_string).unwrap_or_default();
    assert!(function.ends_with("details::errors::find"), "{function}");
    assert!(of("code.file.path").is_some() && of("code.line.number").is_some());
    assert!((root.start_ns..=root.end_ns).contains(&event.time_ns));
}

#[omegi::traced(detail = "errors")]
fn alone() -> Result<(), Missing> {
    Err(Missing(1))
}

#[test]
fn an_error_outside_of_all_flows_begins_one() {
    let paths = error_paths(&flows_of(|| assert!(alone().is_err())));
    assert_eq!(paths, [[("alone".to_owned(), Some(line!() - 6))]]);
    let outline = outline_of(|| assert!(alone().is_err()));
    assert_eq!(outline, "details::alone ! behaviour::details::Missing: no item 1 (origin)\n");
}

#[omegi::instrument_crate(detail = "errors")]
mod swallowing {
    use super::Missing;

    fn attempt(item: u32) -> Result<u32, Missing> {
        if item > 0 { Err(Missing(item)) } else { Ok(item.wrapping_add(1)) }
    }

    #[omegi::traced]
    pub(crate) fn parse(times: u32) -> u32 {
        (0..times).map(|item| attempt(item).unwrap_or(0)).sum()
    }
}

#[test]
fn errors_that_are_swallowed_by_the_thousand_take_bounded_work() {
    let flows = flows_of(|| _ = swallowing::parse(100_000));
    assert!((1..1000).contains(&flows[0].errors.len()), "{}", flows[0].errors.len());
}

//! Names, attributes, events and decisions that a program sets by itself.

use omegi::{Attribute, Event, Span, Status, Value};
use omegi_tests::{flows_of, outline_of};

#[derive(Debug)]
struct Unpaid(u32);

impl std::fmt::Display for Unpaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "order {} is unpaid", self.0)
    }
}

impl std::error::Error for Unpaid {}

#[omegi::instrument_crate]
mod shop {
    use super::Unpaid;

    pub(crate) fn ships_unpaid_orders() {
        check(7);
    }

    fn check(order: u32) -> u32 {
        omegi::current().fail(&Unpaid(order));
        order.wrapping_add(1)
    }

    pub(crate) fn tells_and_returns() -> Result<u32, Unpaid> {
        let error = find().unwrap_err();
        omegi::current().fail(&error);
        Err(error)
    }

    fn find() -> Result<u32, Unpaid> {
        Err(Unpaid(std::hint::black_box(8)))
    }

    pub(crate) fn is_content() -> Result<u32, Unpaid> {
        omegi::current().ok();
        find()
    }

    pub(crate) fn meets() {
        let _ = find().inspect_err(|error| {
            omegi::current().exception(error);
        });
    }

    pub(crate) fn tags() {
        omegi::current().tag("city", "Berlin").tag("city", "Hamburg").tag("city", "Berlin").tag("open", true);
        tags_the_flow();
    }

    fn tags_the_flow() {
        omegi::tag("customer", 4711);
        omegi::current().tag("x".repeat(60), "y".repeat(80));
    }

    pub(crate) fn branches() {
        let job = omegi::in_flow(|| omegi::tag("carried.in", "a branch"));
        std::thread::spawn(job).join().unwrap();
    }

    pub(crate) fn says_too_much() {
        for nth in 0..200_i64 {
            omegi::current()
                .attribute(format!("a{nth}"), nth)
                .event(format!("e{nth}"), [])
                .link(&omegi::TraceContext::default());
        }
        omegi::current().attribute("a0", "again").fail(&Unpaid(9));
    }
}

/// Returns the first flow's span of this name.
fn span(program: impl FnOnce() + Send + 'static, name: &str) -> Span {
    let mut flows = flows_of(program);
    let mut spans = flows.remove(0).spans.into_iter();
    spans.find(|span| span.name == name).unwrap_or_else(|| panic!("no span is called {name}"))
}

#[test]
fn an_error_that_is_not_returned_counts_if_the_program_reports_it() {
    let outline = outline_of(shop::ships_unpaid_orders);
    assert!(
        outline.contains("  saying::shop::check ! behaviour::saying::Unpaid: order 7 is unpaid (origin)\n"),
        "{outline}"
    );
    assert!(outline.starts_with("saying::shop::ships_unpaid_orders\n"), "{outline}");
}

#[test]
fn an_error_that_is_set_and_returned_is_one_error() {
    let flows = flows_of(|| drop(shop::tells_and_returns()));
    assert_eq!(flows[0].errors.len(), 1, "{}", flows[0].outline());
    let path: Vec<_> = flows[0].errors[0].path.iter().map(|step| &*step.function).collect();
    assert_eq!(path, ["behaviour::saying::shop::find", "behaviour::saying::shop::tells_and_returns"]);
}

#[test]
fn a_span_that_the_program_sets_ok_stays_ok() {
    let root = span(|| drop(shop::is_content()), "saying::shop::is_content");
    assert_eq!(root.status, Status::Ok);
}

#[test]
fn an_error_that_is_met_is_an_event_and_no_failure() {
    let root = span(shop::meets, "saying::shop::meets");
    let [Event { name, attributes, .. }] = &root.events[..] else { panic!("{root:?}") };
    assert_eq!(name, "exception");
    let expected =
        [("exception.type", "behaviour::saying::Unpaid"), ("exception.message", "order 8 is unpaid")];
    assert_eq!(*attributes, expected.map(|(key, value)| Attribute::new(key, value)));
    assert_eq!(root.status, Status::Unset);
}

#[test]
fn tags_accumulate_and_those_of_the_flow_stand_on_its_root() {
    let flow = flows_of(shop::tags).remove(0);
    let root = flow.root().unwrap();
    let tag = |key: &str| root.attribute(&format!("omegi.tag.{key}")).map(Value::to_string);
    assert_eq!(tag("city").as_deref(), Some("Berlin, Hamburg"));
    assert_eq!(tag("open").as_deref(), Some("true"));
    assert_eq!(tag("customer").as_deref(), Some("4711"));
    let long = flow.spans[1].attribute(&format!("omegi.tag.{}", "x".repeat(50)));
    assert_eq!(long, Some(&Value::from("y".repeat(70))));
    assert!(omegi::health().tags_shortened > 0);
}

#[test]
fn a_part_tags_the_whole_flow_too() {
    let root = span(shop::branches, "saying::shop::branches");
    assert_eq!(root.attribute("omegi.tag.carried.in"), Some(&Value::from("a branch")));
}

#[test]
fn updates_beyond_the_limits_are_counted_and_the_error_stays() {
    let root = span(shop::says_too_much, "saying::shop::says_too_much");
    assert_eq!((root.attributes.len(), root.events.len(), root.links.len()), (128, 128, 128));
    assert_eq!(root.attribute("a0"), Some(&Value::from("again")));
    assert!(root.attribute("error.type").is_some());
    assert_eq!(root.events.last().unwrap().name, "exception");
    let own = u32::try_from(root.attributes.iter().filter(|it| !it.key.starts_with('a')).count()).unwrap();
    assert_eq!(root.dropped_attributes, 200 + own - 128);
    assert_eq!((root.dropped_events, root.dropped_links), (73, 72));
}

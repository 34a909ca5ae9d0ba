//! Events.

use std::num::ParseIntError;

use omegi::{Flow, Status};
use tracing::subscriber::with_default;
use tracing::{debug, error, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use crate::shop::{call, leaf};
use crate::{flows_of, outline_of};

#[test]
fn the_active_span_has_its_events_in_their_order() {
    let outline = outline_of(|| {
        call(|| {
            info!("begun");
            let request = info_span!("request");
            request.in_scope(|| {
                warn!(left = 3, "few {}", "items");
                call(|| debug!(target: "stock", "counting"));
                info!(parent: &request, "half way");
            });
            info!(items = 2);
            info!(parent: &request, "late");
        });
    });
    let placed = "omegi.target=tracing::events";
    let unnamed = outline.lines().find(|line| line.ends_with("items=2)")).expect("it is there").to_owned();
    assert!(unnamed.starts_with("  * event tests/tracing/events.rs:"), "{unnamed}");
    assert_eq!(
        outline,
        format!(
            "\
shop::call
  * begun(omegi.level=INFO, {placed})
{unnamed}
  request
    * few items(omegi.level=WARN, {placed}, left=3)
    * half way(omegi.level=INFO, {placed})
    * late(omegi.level=INFO, {placed})
    shop::call
      * counting(omegi.level=DEBUG, omegi.target=stock)
"
        )
    );
}

#[test]
fn an_event_outside_of_all_flows_is_dropped() {
    let outline = outline_of(|| {
        info!("without a layer");
        call(|| info!(parent: None, "nor this"));
        leaf();
    });
    assert_eq!(outline, "shop::call\nshop::leaf\n");
}

#[derive(Debug)]
struct Refused(ParseIntError);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the order was refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> Refused {
    Refused("x".parse::<u32>().unwrap_err())
}

#[test]
fn an_error_is_an_exception_and_does_not_fail_the_flow() {
    let flows = flows_of(|| {
        call(|| {
            let refused = refused();
            error!(error = &refused as &(dyn std::error::Error + 'static), "trying again");
            error!(error = %refused);
        });
    });
    assert!(!flows[0].has_error());
    let events = &flows[0].spans[0].events;
    let texts = |event: &omegi::Event| -> Vec<_> {
        event.attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect()
    };
    assert!(events.iter().all(|event| event.name == "exception"), "{events:?}");
    assert_eq!(
        texts(&events[0])[2..],
        [
            "message=trying again",
            "exception.stacktrace=the order was refused\ncaused by: invalid digit found in string",
            "exception.message=the order was refused",
        ]
    );
    assert_eq!(texts(&events[1])[2..], ["exception.message=the order was refused"]);
}

#[test]
fn events_of_the_level_error_fail_the_span_on_request() {
    let flows = omegi_tests::flows_of(|| {
        let layer = omegi::tracing_layer().fail_on_error_events(true);
        with_default(registry().with(layer), || {
            call(|| info_span!("request").in_scope(|| error!("broken")));
            call(|| warn!("careful"));
        });
    });
    assert_eq!(flows.iter().map(Flow::has_error).collect::<Vec<_>>(), [true, false]);
    assert!(matches!(&flows[0].spans[1].status, Status::Error { description } if description == "broken"));
}

#[test]
fn a_field_that_traces_is_read_in_peace() {
    struct Traces;
    impl std::fmt::Debug for Traces {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            info_span!("inside").in_scope(|| info!("also"));
            leaf();
            f.write_str("Traces")
        }
    }
    struct Panics;
    impl std::fmt::Debug for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no")
        }
    }
    let outline = outline_of(|| {
        call(|| {
            let span = info_span!("request", it = ?Traces, other = tracing::field::Empty);
            span.record("other", tracing::field::debug(Panics));
        });
    });
    assert_eq!(outline, "shop::call\n  request(it=Traces, other=<its Debug panicked>)\n");
}

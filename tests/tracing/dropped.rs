//! Flows of `tracing`'s spans in a process that keeps only failed ones. It is a process of its own,
//! because omegi is started once in each.

use std::thread;
use std::time::Duration;

use omegi::{Flow, MemoryExporter};
use tracing::dispatcher::{self, Dispatch};
use tracing::field::Empty;
use tracing::{error, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

#[omegi::traced]
fn leaf() {}

/// Makes a span on another thread, which fails if `fails`, inside one that does not.
fn order(fails: bool) {
    let order = info_span!("order");
    let _entered = order.enter();
    leaf();
    let job = info_span!("job", otel.status_code = Empty);
    let dispatch = dispatcher::get_default(Dispatch::clone);
    thread::scope(|scope| {
        scope.spawn(|| {
            dispatcher::with_default(&dispatch, || {
                job.in_scope(|| {
                    leaf();
                    error!("logged, and dealt with");
                    if fails {
                        job.record("otel.status_code", "ERROR");
                    }
                });
            });
        });
    });
}

#[test]
fn only_flows_with_an_error_are_kept_and_they_are_whole() {
    let memory = MemoryExporter::bounded(1000);
    let _omegi = omegi::builder().flow_rate(0).exporter(memory.clone()).init();
    let subscriber = registry().with(omegi::tracing_layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..50).for_each(|_| order(false));
        order(true);
        (0..50).for_each(|_| order(false));
    });
    assert!(omegi::flush(Duration::from_secs(60)), "the worker did not answer");
    let kept: Vec<_> = memory.flows().iter().map(Flow::outline).collect();
    let expected = "\
order(flow.times=sparse)
  leaf
  job ! 
    * logged, and dealt with(omegi.level=ERROR, omegi.target=tracing_dropped)
    leaf
";
    assert_eq!(kept, [expected]);
}

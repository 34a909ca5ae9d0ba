//! Runs a number of flows of one kind, so that `instructions.sh` can count their instructions:
//! `instructions kept 1000`.

use std::hint::black_box;

use omegi::{ExportError, Exporter, Flow};

fn main() {
    let mut words = std::env::args().skip(1);
    let (kind, flows) = (words.next().unwrap_or_default(), words.next().and_then(|n| n.parse().ok()));
    let (Some(flows), Some(run)) = (flows, kind_of(&kind)) else {
        eprintln!(
            "usage: instructions <kind> <flows>, with plain, off, dropped, exact, fallible, kept, large, \
             beyond, async-dropped or async-kept as kind"
        );
        std::process::exit(2);
    };
    run(flows);
}

/// Starts omegi for that kind, and runs the flows.
fn kind_of(kind: &str) -> Option<fn(u32)> {
    fn start(builder: omegi::Builder, flows: u32, flow: fn()) {
        let _omegi = builder.exporter(Nowhere).init();
        (0..flows).for_each(|_| flow());
    }
    Some(match kind {
        "plain" => |flows| (0..flows).for_each(|_| plain::root()),
        // The script sets OMEGI_SWITCH_OFF.
        "off" => |flows| start(omegi::builder(), flows, traced::root),
        "dropped" => |flows| start(omegi::builder().flow_rate(0), flows, traced::root),
        "exact" => {
            |flows| start(omegi::builder().flow_rate(0).clock(omegi::ClockMode::Exact), flows, traced::root)
        }
        "fallible" => |flows| start(omegi::builder().flow_rate(0), flows, traced::fallible_root),
        "kept" => |flows| start(omegi::builder().flow_rate(1), flows, traced::root),
        // As many spans, in flows of a hundred times the size.
        "large" => |flows| start(omegi::builder().flow_rate(0), flows / 100, traced::large),
        // As many calls, all in one flow, whose limit its first span has reached.
        "beyond" => |flows| {
            let _omegi = omegi::builder().exporter(Nowhere).flow_rate(0).spans_per_flow(1).init();
            traced::beyond(flows);
        },
        "async-dropped" => |flows| start(omegi::builder().flow_rate(0), flows, traced::root_of_futures),
        "async-kept" => |flows| start(omegi::builder().flow_rate(1), flows, traced::root_of_futures),
        _ => return None,
    })
}

struct Nowhere;

impl Exporter for Nowhere {
    fn name(&self) -> &'static str {
        "nowhere"
    }

    fn export(&mut self, flows: &[Flow]) -> Result<(), ExportError> {
        black_box(flows);
        Ok(())
    }
}

mod plain {
    use super::black_box;

    #[inline(never)]
    pub(crate) fn root() {
        for n in 0..100 {
            black_box(child(n));
        }
    }

    #[inline(never)]
    fn child(n: u64) -> u64 {
        black_box(n) >> 7
    }
}

mod traced {
    use super::black_box;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[omegi::traced]
    #[inline(never)]
    pub(crate) fn root() {
        for n in 0..100 {
            black_box(child(n));
        }
    }

    #[omegi::traced]
    #[inline(never)]
    fn child(n: u64) -> u64 {
        black_box(n) >> 7
    }

    #[omegi::traced]
    #[inline(never)]
    pub(crate) fn large() {
        (0..100).for_each(|_| root());
    }

    #[omegi::traced]
    #[inline(never)]
    pub(crate) fn fallible_root() {
        for n in 0..100 {
            let _ = black_box(fallible(n));
        }
    }

    #[omegi::traced]
    #[inline(never)]
    fn fallible(n: u64) -> Result<u64, String> {
        let n = even(n)?;
        if n == u64::MAX { Err("too many".to_owned()) } else { Ok(n) }
    }

    #[inline(never)]
    fn even(n: u64) -> Result<u64, String> {
        Ok(black_box(n) & !1)
    }

    /// Calls two functions by turns, as most loops call more than one.
    #[omegi::traced]
    #[inline(never)]
    pub(crate) fn beyond(flows: u32) {
        for _ in 0..flows {
            for n in 0..50 {
                black_box(child(n) + other_child(n));
            }
            black_box(child(0));
        }
    }

    #[omegi::traced]
    #[inline(never)]
    fn other_child(n: u64) -> u64 {
        black_box(n) >> 9
    }

    #[omegi::traced]
    #[inline(never)]
    pub(crate) fn root_of_futures() {
        let mut all = pin!(async {
            for n in 0..100 {
                black_box(future(n).await);
            }
        });
        let poll = all.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll, Poll::Ready(()));
    }

    #[omegi::traced]
    async fn future(n: u64) -> u64 {
        black_box(n) >> 7
    }
}

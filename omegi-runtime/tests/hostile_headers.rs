//! Headers that nobody should send, a million of them: nothing panics, no memory stays, and little
//! is ever taken.
//!
//! `ROUNDS=10000000 cargo test -p omegi-runtime --features enable --test hostile_headers --release`
//! for longer.

#![expect(unsafe_code, reason = "an allocator that counts has to be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use omegi_runtime::propagation::{self, Headers};
use omegi_runtime::{Propagator, TraceContext};

mod random;
use random::Random;

/// The most bytes that one request's headers may take for a while: its lists, joined; its baggage,
/// decoded.
const MOST_BYTES: usize = 40 * 1024;

const ALL: [Propagator; 5] =
    [Propagator::TraceContext, Propagator::Baggage, Propagator::B3, Propagator::B3Multi, Propagator::Jaeger];

/// Headers as they are meant to be.
const VALID: &[&(&str, &str)] = &[
    &("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    &("tracestate", "rojo=00f067aa0ba902b7,tenant@congo=t61rcWkgMzE"),
    &("baggage", "userId=alice,serverNode=DF%2028;ttl=30;private,city=Z%C3%BCrich"),
    &("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1-05e3ac9a4f6e3b90"),
    &("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736"),
    &("x-b3-spanid", "00f067aa0ba902b7"),
    &("x-b3-sampled", "1"),
    &("x-b3-flags", "1"),
    &("uber-trace-id", "4bf92f3577b34da6a3ce929d0e0e4736%3A00f067aa0ba902b7%3A0%3A1"),
    &("server-timing", "db;dur=53, trace;desc=\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\""),
    &("traceresponse", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
];

/// What is repeated without end.
const PIECES: &[&str] =
    &[",", "a=1,", "=", ";", "a;", "%", "%FF", "\"", "\\\"", "-", ":", "0", "k=%FF,", "trace;desc=,"];

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts what each thread holds.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came; counting neither allocates nor
// panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|live| live.wrapping_add(layout.size()));
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(|live| live.wrapping_sub(layout.size()));
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Memory that another thread gives back makes the number wrap, and wrap back: only differences are
/// looked at.
fn count(change: impl Fn(usize) -> usize) {
    let _ = LIVE.try_with(|live| {
        live.set(change(live.get()));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

/// What `work` returns, the most that it held at a time, and what it still holds.
fn measured<R>(work: impl FnOnce() -> R) -> (R, usize, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before, LIVE.get() - before)
}

/// Headers of any bytes.
struct Request(Vec<(&'static str, Vec<u8>)>);

impl Headers for Request {
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(known, _)| *known == name).for_each(|(_, value)| visit(value));
    }
}

impl Request {
    fn hostile(random: &mut Random) -> Self {
        let number = if random.below(100) == 0 { random.below(300) } else { random.below(5) };
        Self((0..number).map(|_| header(random)).collect())
    }
}

fn header(random: &mut Random) -> (&'static str, Vec<u8>) {
    let (name, value) = *random.pick(VALID);
    let value = match random.below(50) {
        0 => random.pick(PIECES).repeat(random.below(30_000)).into_bytes(),
        1 => [value, ","].concat().repeat(random.below(200)).into_bytes(),
        2..10 => (0..random.below(200)).map(|_| random.number() as u8).collect(),
        10..15 => random.text("-:,;=%\"\\ 0afAF\t", 300).into_bytes(),
        15..20 => value.into(),
        _ => random.mutated(value.as_bytes(), b"-:,;=%\"\\@ 0afAFz\t\r\n\0\x7f\xc3\xff"),
    };
    (name, value)
}

/// Whoever reads what omegi passes on reads what omegi read.
fn check_passing_on(context: &TraceContext) {
    assert!(context.is_valid() || !context.baggage.is_empty());
    assert!(context.state.as_str().len() <= 512 && context.baggage.to_string().len() <= 8192);
    let mut headers = Vec::new();
    let w3c = [Propagator::TraceContext, Propagator::Baggage];
    propagation::inject_with(&w3c, context, &mut headers);
    assert_eq!(propagation::extract_with(&w3c, &headers).as_ref(), Some(context));
}

#[test]
fn hostile_headers_cost_little_and_leave_nothing() {
    let rounds =
        std::env::var("ROUNDS").map_or(300_000, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let mut random = Random::seeded(7);
    let (mut taken, mut most) = (0_u64, 0);
    for round in 0..rounds {
        let request = Request::hostile(&mut random);
        let ((), peak, left) = measured(|| {
            let context = propagation::extract_with(&ALL, &request);
            let _ = propagation::says_kept(&request);
            taken += u64::from(context.is_some());
        });
        assert_eq!(left, 0, "round {round}: memory stays");
        assert!(peak <= MOST_BYTES, "round {round}: {peak} bytes for {} headers", request.0.len());
        most = most.max(peak);
        if round % 10 == 0 {
            propagation::extract_with(&ALL, &request).iter().for_each(check_passing_on);
        }
    }
    let ignored = omegi_runtime::health().headers_ignored;
    println!("{rounds} requests: {taken} understood, {ignored} headers ignored, at most {most} bytes held");
    assert!(
        taken > rounds / 100 && ignored > rounds / 2,
        "{taken} and {ignored} of {rounds}: hostile in one way only"
    );
}

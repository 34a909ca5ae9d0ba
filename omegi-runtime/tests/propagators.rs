//! What omegi reads and writes, held against OpenTelemetry's own propagators.
//!
//! Valid headers mean the same to both. Of mutated ones, what omegi takes means the same to both;
//! omegi takes less, because the specifications allow less. There is no propagator of Jaeger's for
//! this version of the SDK.

#![expect(deprecated, reason = "Zipkin's exporter is, and its propagator is in the same crate")]

use std::collections::HashMap;

use omegi_runtime::{BaggageEntry, Propagator, TraceContext, propagation};
use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_zipkin::{B3Encoding, Propagator as B3Propagator};

mod random;
use random::Random;

const VALID: u64 = 10_000;
const MUTATED: u64 = 20_000;

/// What stands in headers, and what does not.
const SPOILERS: &[u8] = b"-:,;=@ \t0123456789abcdefABCDEFgz_*/!\"\\~";

type Carrier = HashMap<String, String>;

fn carrier(headers: &[(&str, &str)]) -> Carrier {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The ids and the decision that omegi reads.
fn ours(propagator: Propagator, carrier: &Carrier) -> Option<(u128, u64, bool)> {
    let context = propagation::extract_with(&[propagator], carrier)?;
    Some((context.trace_id.to_u128(), context.span_id.to_u64(), context.sampled))
}

/// The ids and the decision that the SDK reads.
fn theirs(propagator: &dyn TextMapPropagator, carrier: &Carrier) -> Option<(u128, u64, bool)> {
    let context = propagator.extract_with_context(&Context::new(), carrier);
    let span = context.span().span_context().clone();
    let ids =
        || (u128::from_be_bytes(span.trace_id().to_bytes()), u64::from_be_bytes(span.span_id().to_bytes()));
    span.is_valid().then(|| (ids().0, ids().1, span.is_sampled()))
}

fn traceparent(random: &mut Random) -> String {
    let version = random.pick(&["00", "00", "00", "01", "cc"]);
    let end = if version == "00" { "" } else { random.pick(&["", "-", "-more"]) };
    let (high, low, span) = (random.number(), random.number(), random.number());
    format!("{version}-{high:016x}{low:016x}-{span:016x}-{:02x}{end}", random.below(256))
}

fn tracestate(random: &mut Random) -> String {
    let member = |index: usize, random: &mut Random| {
        let value = random.text("abcXYZ019 _-!;:\"~", 20);
        format!("k{index}{}={}x", random.text("abc09_-*/", 8), value)
    };
    let members: Vec<_> = (0..random.below(12)).map(|index| member(index, random)).collect();
    members.join(random.pick(&[",", ", ", " ,\t", ",,"]))
}

fn baggage(random: &mut Random) -> String {
    let member = |index: usize, random: &mut Random| {
        let key = random.text("abcXYZ019_-*!#$&'+.^`|~", 12);
        let value = random.text("abcXYZ019_-*!#$&'+.^`|~()/:<>?@[]{}", 30);
        format!(
            "k{index}{key}{}={value}{}",
            random.pick(&["", " "]),
            random.pick(&["", "%20x", "%C3%A9", ";p", " ; p=1;q"])
        )
    };
    let members: Vec<_> = (0..random.below(20)).map(|index| member(index, random)).collect();
    members.join(random.pick(&[",", " , "]))
}

fn mutated(text: &str, random: &mut Random) -> String {
    String::from_utf8(random.mutated(text.as_bytes(), SPOILERS)).expect("nothing but ASCII")
}

#[test]
fn traceparents_mean_the_same() {
    let (sdk, mut random) = (TraceContextPropagator::new(), Random::seeded(1));
    for round in 0..VALID {
        let carrier = carrier(&[("traceparent", &traceparent(&mut random))]);
        let read = ours(Propagator::TraceContext, &carrier);
        assert!(read.is_some() && read == theirs(&sdk, &carrier), "{round}: {carrier:?}");
    }
    let mut taken = 0;
    for round in 0..MUTATED {
        let carrier = carrier(&[("traceparent", &mutated(&traceparent(&mut random), &mut random))]);
        if let Some(read) = ours(Propagator::TraceContext, &carrier) {
            assert_eq!(Some(read), theirs(&sdk, &carrier), "{round}: {carrier:?}");
            taken += 1;
        }
    }
    assert!(taken > MUTATED / 20, "only {taken} mutated headers are valid: nothing is compared");
}

#[test]
fn tracestates_mean_the_same() {
    let (sdk, mut random) = (TraceContextPropagator::new(), Random::seeded(2));
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let read = |state: &str| {
        let carrier = carrier(&[("traceparent", parent), ("tracestate", state)]);
        let ours = propagation::extract_with(&[Propagator::TraceContext], &carrier)
            .expect("the caller is valid")
            .state;
        let theirs =
            sdk.extract_with_context(&Context::new(), &carrier).span().span_context().trace_state().clone();
        (ours, theirs)
    };
    for round in 0..VALID {
        let state = tracestate(&mut random);
        let (ours, theirs) = read(&state);
        assert_eq!(ours.as_str(), theirs.header(), "{round}: {state}");
    }
    for round in 0..MUTATED {
        let state = mutated(&tracestate(&mut random), &mut random);
        // Level 2 of the specification allows an @ anywhere in a key; the SDK still reads it as
        // level 1 does, and counts members of nothing.
        if state.contains('@') || state.split(',').count() > 32 {
            continue;
        }
        let (ours, theirs) = read(&state);
        for (key, value) in ours.as_str().split(',').filter_map(|member| member.split_once('=')) {
            assert_eq!(Some(value), theirs.get(key), "{round}: {state}");
        }
    }
}

/// Holds an entry against the SDK's of the same key.
#[track_caller]
fn assert_same(entry: &BaggageEntry, theirs: &Baggage, header: &str) {
    // The SDK decodes keys, leaves out what is not UTF-8, and cuts a value off at a second `=`.
    if entry.key().contains('%') || entry.value().contains(['\u{fffd}', '=']) {
        return;
    }
    let (value, metadata) = theirs.get_with_metadata(entry.key()).expect(header);
    // The SDK takes encoded blanks away, too.
    assert_eq!(entry.value().trim(), value.as_str(), "{header}");
    // The SDK decodes properties, and keeps those of nothing.
    if !entry.metadata().contains('%') {
        let properties = metadata.as_str().split(';').filter(|property| !property.is_empty());
        assert_eq!(entry.metadata(), properties.collect::<Vec<_>>().join(";"), "{header}");
    }
}

#[test]
fn baggage_means_the_same() {
    let (sdk, mut random) = (BaggagePropagator::new(), Random::seeded(3));
    let read = |header: &str| {
        let carrier = carrier(&[("baggage", header)]);
        let ours = propagation::extract_with(&[Propagator::Baggage], &carrier).unwrap_or_default().baggage;
        (ours, sdk.extract_with_context(&Context::new(), &carrier))
    };
    let compare = |header: &str, same_number: bool| {
        let (ours, theirs) = read(header);
        assert!(!same_number || ours.len() == theirs.baggage().len(), "{header}");
        ours.iter().for_each(|entry| assert_same(entry, theirs.baggage(), header));
    };
    for _ in 0..VALID {
        compare(&baggage(&mut random), true);
    }
    for _ in 0..MUTATED {
        let header = mutated(&baggage(&mut random), &mut random);
        // The SDK reads 64 members.
        if header.split(',').count() <= 64 {
            compare(&header, false);
        }
    }
}

#[test]
fn b3_means_the_same() {
    let single = B3Propagator::with_encoding(B3Encoding::SingleHeader);
    let multi = B3Propagator::with_encoding(B3Encoding::MultipleHeader);
    let mut random = Random::seeded(4);
    let ids = |random: &mut Random| {
        let low = format!("{:016x}", random.number());
        let trace = if random.below(2) == 0 { low } else { format!("{:016x}{low}", random.number()) };
        (trace, format!("{:016x}", random.number()))
    };
    for round in 0..VALID {
        let (trace, span) = ids(&mut random);
        let text = format!("{trace}-{span}{}", random.pick(&["", "-0", "-1", "-1-05e3ac9a4f6e3b90"]));
        let carrier = carrier(&[("b3", &text)]);
        let read = ours(Propagator::B3, &carrier);
        assert!(read.is_some() && read == theirs(&single, &carrier), "{round}: {carrier:?}");
    }
    for round in 0..VALID {
        let (trace, span) = ids(&mut random);
        let decision = random.pick(&["0", "1", "true", "false"]);
        let carrier =
            carrier(&[("x-b3-traceid", &trace), ("x-b3-spanid", &span), ("x-b3-sampled", decision)]);
        let read = ours(Propagator::B3Multi, &carrier);
        assert!(read.is_some() && read == theirs(&multi, &carrier), "{round}: {carrier:?}");
    }
    for round in 0..MUTATED {
        let (trace, span) = ids(&mut random);
        let text = mutated(&format!("{trace}-{span}-1"), &mut random);
        // The SDK does not take white space away.
        let carrier = carrier(&[("b3", text.trim())]);
        // The SDK knows debug, but does not take it for a decision to keep.
        if let Some(read) = ours(Propagator::B3, &carrier).filter(|_| !text.ends_with("-d")) {
            assert_eq!(Some(read), theirs(&single, &carrier), "{round}: {carrier:?}");
        }
    }
}

#[test]
fn what_omegi_writes_is_what_the_sdk_writes() {
    let mut random = Random::seeded(5);
    for _ in 0..VALID {
        let flags = TraceFlags::new(u8::from(random.below(2) == 1));
        let (trace, span) = (u128::from(random.number()) << 64 | 1, random.number() | 1);
        let state = tracestate(&mut random).parse().expect("valid");
        let remote = SpanContext::new(TraceId::from(trace), SpanId::from(span), flags, true, state);
        let context = TraceContext {
            trace_id: omegi_runtime::TraceId::from_u128(trace),
            span_id: omegi_runtime::SpanId::from_u64(span),
            sampled: remote.is_sampled(),
            state: omegi_runtime::TraceState::parse(&remote.trace_state().header()),
            ..TraceContext::default()
        };
        let sdk: [(&dyn TextMapPropagator, Propagator); 3] = [
            (&TraceContextPropagator::new(), Propagator::TraceContext),
            (&B3Propagator::with_encoding(B3Encoding::SingleHeader), Propagator::B3),
            (&B3Propagator::with_encoding(B3Encoding::MultipleHeader), Propagator::B3Multi),
        ];
        for (theirs, ours) in sdk {
            let (mut written, mut expected) = (Carrier::new(), Carrier::new());
            propagation::inject_with(&[ours], &context, &mut written);
            theirs.inject_context(&Context::new().with_remote_span_context(remote.clone()), &mut expected);
            // The SDK writes a `tracestate` of nothing, which the specification advises against;
            // and of B3 always both.
            let fields = propagation::fields(&[ours]);
            expected.retain(|name, value| !value.is_empty() && fields.contains(&name.as_str()));
            assert_eq!(written, expected);
        }
    }
}

#[test]
fn baggage_of_each_is_read_by_the_other() {
    let (sdk, mut random) = (BaggagePropagator::new(), Random::seeded(6));
    for _ in 0..VALID {
        let value = format!("x{}x", random.text("aé漢😀 ,;=\"\\&+\t\n", 20));
        let mut written = TraceContext::default();
        assert!(written.baggage.insert("key", &value, "p=1;q"));
        let mut carrier = Carrier::new();
        propagation::inject_with(&[Propagator::Baggage], &written, &mut carrier);
        let theirs = sdk.extract_with_context(&Context::new(), &carrier);
        let (read, metadata) = theirs.baggage().get_with_metadata("key").expect("it is there");
        assert_eq!((read.as_str(), metadata.as_str()), (&*value, "p=1;q"));

        let entry = KeyValueMetadata::new("key", value.clone(), "p=1;q");
        sdk.inject_context(&Context::new().with_baggage([entry]), &mut carrier);
        assert_eq!(propagation::extract_with(&[Propagator::Baggage], &carrier), Some(written), "{value:?}");
    }
}

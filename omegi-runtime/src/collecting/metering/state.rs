//! The values read last, and the data points made of them.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::exporting::{Metric, Point};
use crate::settings::Temporality;
use crate::vocabulary::{Attribute, Health};

use super::components::Components;
use super::instrument::{Instrument, InstrumentKind};
use super::instruments::INSTRUMENTS;
use super::measurement::Measurement;
use super::source::MetricSource;

/// The latest read values and the latest delivered ones.
#[derive(Debug)]
pub(super) struct MetricState {
    temporality: Temporality,
    components: Components,
    begun_ns: u64,
    /// The latest measurements of each instrument.
    read: Vec<Vec<Measurement>>,
    read_ns: u64,
    /// The latest delivered measurements of each instrument.
    delivered: Vec<Vec<Measurement>>,
    delivered_ns: u64,
}

impl MetricState {
    /// Starts counting now.
    pub(super) fn new(temporality: Temporality, components: Components) -> Self {
        let now = unix_ns();
        let nothing = || vec![Vec::new(); INSTRUMENTS.len()];
        Self {
            temporality,
            components,
            begun_ns: now,
            read: nothing(),
            read_ns: now,
            delivered: nothing(),
            delivered_ns: now,
        }
    }

    /// Reads all metrics.
    ///
    /// Counters are read one after the other while the program runs, and some are differences of
    /// others: a value may be smaller than before. A metric of kind `Counter` then keeps the
    /// greatest value, because a backend takes a smaller one for the start of a new program.
    pub(super) fn read(&mut self, health: &Health) -> Vec<Metric> {
        let source = MetricSource { health, components: &self.components };
        self.read_ns = unix_ns().max(self.read_ns);
        for (instrument, last) in INSTRUMENTS.iter().zip(&mut self.read) {
            let mut measurements = (instrument.read)(&source);
            if instrument.kind == InstrumentKind::Counter {
                measurements.iter_mut().for_each(|measurement| {
                    measurement.value = measurement.value.max(value_of(last, measurement))
                });
            }
            *last = measurements;
        }
        (0..INSTRUMENTS.len()).map(|nth| self.metric(nth)).collect()
    }

    /// Notes that the latest values were delivered.
    pub(super) fn delivered(&mut self) {
        self.delivered.clone_from(&self.read);
        self.delivered_ns = self.read_ns;
    }

    fn metric(&self, nth: usize) -> Metric {
        let Instrument { name, description, unit, kind, .. } = INSTRUMENTS[nth];
        let temporality = self.temporality_of(kind);
        let points = self.read[nth]
            .iter()
            .map(|measurement| self.point(measurement, temporality, &self.delivered[nth]));
        let points = points.collect();
        Metric { name, description, unit, is_monotonic: kind == InstrumentKind::Counter, temporality, points }
    }

    /// An up-down counter is cumulative even where deltas are preferred, as the specification
    /// demands.
    const fn temporality_of(&self, kind: InstrumentKind) -> Temporality {
        match kind {
            InstrumentKind::Counter => self.temporality,
            InstrumentKind::UpDownCounter => Temporality::Cumulative,
        }
    }

    fn point(&self, measurement: &Measurement, temporality: Temporality, delivered: &[Measurement]) -> Point {
        let (start_ns, before) = match temporality {
            Temporality::Cumulative => (self.begun_ns, 0),
            Temporality::Delta => (self.delivered_ns, value_of(delivered, measurement)),
        };
        let attributes: Vec<Attribute> = measurement.attributes.clone();
        Point { attributes, start_ns, time_ns: self.read_ns, value: measurement.value.saturating_sub(before) }
    }
}

/// The value of the measurement with the same attributes; zero if there is none.
fn value_of(measurements: &[Measurement], like: &Measurement) -> u64 {
    measurements.iter().find(|known| known.attributes == like.attributes).map_or(0, |known| known.value)
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(temporality: Temporality) -> MetricState {
        MetricState::new(temporality, Components { otlp_spans: "otlp_http_span_exporter", metrics: "m" })
    }

    fn health(flows: u64, failed_flows: u64, waiting_bytes: u64) -> Health {
        Health { flows, failed_flows, waiting_bytes, ..Health::default() }
    }

    fn metric<'m>(metrics: &'m [Metric], name: &str) -> &'m Metric {
        metrics.iter().find(|metric| metric.name == name).unwrap()
    }

    /// The number of flows kept for an error, and of flows dropped.
    fn failed_and_dropped(metrics: &[Metric]) -> [u64; 2] {
        let points = &metric(metrics, "omegi.flows").points;
        [points[0].value, points[points.len() - 1].value]
    }

    #[test]
    fn cumulative_values_count_from_the_start_delivered_or_not() {
        let mut state = state(Temporality::Cumulative);
        let first = state.read(&health(10, 1, 5));
        state.delivered();
        let second = state.read(&health(30, 2, 3));
        assert_eq!([failed_and_dropped(&first), failed_and_dropped(&second)], [[1, 9], [2, 28]]);
        let (first, second) =
            (&metric(&first, "omegi.flows").points[0], &metric(&second, "omegi.flows").points[0]);
        assert_eq!(first.start_ns, second.start_ns);
        assert!(first.start_ns <= first.time_ns && first.time_ns <= second.time_ns);
    }

    #[test]
    fn deltas_count_from_the_latest_delivery_and_up_down_counters_are_cumulative() {
        let mut state = state(Temporality::Delta);
        let first = state.read(&health(10, 1, 5));
        let again = state.read(&health(20, 1, 5));
        state.delivered();
        let third = state.read(&health(21, 2, 3));
        assert_eq!(
            [&first, &again, &third].map(|metrics| failed_and_dropped(metrics)),
            [[1, 9], [1, 19], [1, 0]]
        );
        let flows = |metrics: &[Metric]| metric(metrics, "omegi.flows").points[0].clone();
        assert_eq!(flows(&first).start_ns, flows(&again).start_ns, "nothing had arrived");
        assert_eq!(flows(&third).start_ns, flows(&again).time_ns, "without a gap");
        let waiting = metric(&third, "omegi.waiting.bytes");
        assert_eq!((waiting.points[0].value, waiting.temporality), (3, Temporality::Cumulative));
        assert!(!waiting.is_monotonic);
    }

    #[test]
    fn a_counter_never_goes_back() {
        let mut state = state(Temporality::Cumulative);
        state.read(&health(10, 1, 5));
        assert_eq!(failed_and_dropped(&state.read(&health(10, 2, 5))), [2, 9]);
        assert_eq!(failed_and_dropped(&state.read(&health(12, 2, 5))), [2, 10]);
    }
}

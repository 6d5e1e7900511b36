//! Counters and durations, free when nobody receives them.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

/// Bounds of duration histograms in seconds: from what a broker on the same machine needs to what
/// a patient action takes.
const BOUNDS_S: [f64; 16] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];

/// Makes the instruments of a process. Make each once, at start, and keep it.
///
/// Names are `weir.<noun>.<what>` in lower case, singular, without the unit
/// (<https://opentelemetry.io/docs/specs/semconv/general/naming/>).
#[derive(Clone, Debug, Default)]
pub struct Metrics(Option<Meter>);

impl Metrics {
    /// Instruments that record nothing.
    pub fn off() -> Self {
        Self::default()
    }

    pub(super) fn new(meter: Option<Meter>) -> Self {
        Self(meter)
    }

    /// Counts occurrences of `unit`, a UCUM annotation such as `{message}`.
    pub fn counter(
        &self,
        name: &'static str,
        unit: &'static str,
        description: &'static str,
    ) -> Counter {
        let instrument = |meter: &Meter| {
            let builder = meter.u64_counter(name).with_unit(unit);
            builder.with_description(description).build()
        };
        Counter(self.0.as_ref().map(instrument))
    }

    /// A histogram of durations, in seconds.
    pub fn durations(&self, name: &'static str, description: &'static str) -> Durations {
        let instrument = |meter: &Meter| {
            let builder = meter.f64_histogram(name).with_unit("s");
            let builder = builder.with_boundaries(BOUNDS_S.to_vec());
            builder.with_description(description).build()
        };
        Durations(self.0.as_ref().map(instrument))
    }
}

/// Attributes of one measurement. Values must come from a small closed set, never an id: every
/// combination is kept in memory.
pub type Attributes<'a> = &'a [(&'static str, &'static str)];

/// A number that only grows.
#[derive(Clone, Debug)]
pub struct Counter(Option<opentelemetry::metrics::Counter<u64>>);

impl Counter {
    /// Adds `count`.
    pub fn add(&self, count: u64, attributes: Attributes<'_>) {
        if let Some(counter) = &self.0 {
            counter.add(count, &key_values(attributes));
        }
    }
}

/// How long something took, again and again.
#[derive(Clone, Debug)]
pub struct Durations(Option<opentelemetry::metrics::Histogram<f64>>);

impl Durations {
    /// Adds one measurement.
    pub fn record(&self, duration: Duration, attributes: Attributes<'_>) {
        if let Some(histogram) = &self.0 {
            histogram.record(duration.as_secs_f64(), &key_values(attributes));
        }
    }
}

fn key_values(attributes: Attributes<'_>) -> Vec<KeyValue> {
    let pairs = attributes.iter();
    pairs
        .map(|(key, value)| KeyValue::new(*key, *value))
        .collect()
}

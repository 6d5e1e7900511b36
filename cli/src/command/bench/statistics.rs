//! Percentiles.

use std::time::Duration;

use serde_json::{Value, json};

/// What was measured, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(Vec<f64>);

impl Samples {
    pub fn add(&mut self, sample: Duration) {
        self.0.push(sample.as_secs_f64() * 1000.0);
    }

    pub fn add_ms(&mut self, sample_ms: f64) {
        self.0.push(sample_ms);
    }

    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Median, 99th percentile and maximum.
    pub fn summary(mut self) -> Value {
        self.0.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
            self.0.get(index).copied().map(round)
        };
        json!({"p50": at(50), "p99": at(99), "max": at(100)})
    }
}

/// To a hundredth.
pub(super) fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// `count` per unit of `of`, to a hundredth.
pub(super) fn per(count: f64, of: f64) -> f64 {
    if of > 0.0 { round(count / of) } else { 0.0 }
}

/// A count as a number to calculate with.
pub(super) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let mut samples = Samples::default();
        for ms in (1..=200).rev() {
            samples.add(Duration::from_millis(ms));
        }
        assert_eq!(
            samples.summary(),
            json!({"p50": 100.0, "p99": 198.0, "max": 200.0})
        );
        assert_eq!(Samples::default().summary()["p50"], Value::Null);
    }
}

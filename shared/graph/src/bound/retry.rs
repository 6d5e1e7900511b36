//! The time between attempts.

use crate::{Backoff, Limits, Retry};

use super::interval_ms;

/// All delays of a policy, with the worst jitter.
pub(crate) fn delays_ms(retry: &Retry, limits: &Limits) -> u64 {
    let count = retry.attempts_max;
    let delay_ms = interval_ms(&retry.delay, limits);
    let growing_ms = delay_ms.saturating_mul(factors(retry.backoff, count));
    let jitter_ms = retry.jitter.as_ref().map_or(0, |(from, to)| {
        interval_ms(from, limits).max(interval_ms(to, limits))
    });
    growing_ms.saturating_add(jitter_ms.saturating_mul(count))
}

/// The sum of the factors by which the first `count` delays grow.
fn factors(backoff: Backoff, count: u64) -> u64 {
    match backoff {
        Backoff::Constant => count,
        // One of two neighbours is even, so halving loses nothing; unless it saturated.
        Backoff::Linear => match count.checked_mul(count.saturating_add(1)) {
            Some(product) => product / 2,
            None => u64::MAX,
        },
        Backoff::Exponential => {
            match u32::try_from(count).ok().and_then(|n| 2_u64.checked_pow(n)) {
                Some(power) => power - 1,
                None => u64::MAX,
            }
        }
    }
}

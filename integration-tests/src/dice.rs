//! Chance that can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

/// Set to repeat a run.
const VARIABLE: &str = "WEIR_SEED";

/// Random numbers from a seed (splitmix64).
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    /// From the seed in `WEIR_SEED`, else from the clock.
    pub fn new() -> Self {
        let given = std::env::var(VARIABLE).ok();
        let seed = given.map_or_else(now, |seed| seed.parse().expect("WEIR_SEED is a number"));
        Self { seed, state: seed }
    }

    /// What to set `WEIR_SEED` to, to have the same chance again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Less than `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// In another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::new()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

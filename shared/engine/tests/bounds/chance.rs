//! Draws from a seed.

pub struct Chance {
    seed: u64,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// From 0 to `limit`, not included. (splitmix64)
    pub fn below(&mut self, limit: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let place = self.below(u64::try_from(of.len()).unwrap());
        of[usize::try_from(place).unwrap()].clone()
    }
}

//! What goes wrong, and until when.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{chance::Chance, time::Time};

/// How long the weather lasts.
const FAULTS_MS: u64 = 90_000;

/// By how much a clock may be wrong, either way: an hour.
const CLOCK_WRONG_MS_MAX: u64 = 3_600_000;

/// The faults of a run, drawn from its seed.
pub struct Weather {
    time: Time,
    chance: Mutex<Chance>,
    odds: Odds,
    /// Milliseconds after the begin at which all faults end.
    pub until_ms: u64,
}

/// How likely each fault is: one in so many; 0 for never.
#[derive(Clone, Debug, Default)]
struct Odds {
    crash: u64,
    standstill: u64,
    delay: u64,
    lost: u64,
    acknowledgement_lost: u64,
    repeated: u64,
    overtaken: u64,
    clock_wrong: u64,
    clock_jumps: u64,
}

/// What happens to a service at a call to a port.
pub enum Crossing {
    /// Nothing.
    Clear,
    /// It takes this long.
    Delay(u64),
    /// The service stands still this long.
    Standstill(u64),
    /// The service dies.
    Crash,
}

/// What happens to something that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// It does not arrive.
    Lost,
    /// It arrives, but the sender does not hear of it.
    AcknowledgementLost,
}

impl Weather {
    /// The weather of a seed. Every eighth has none.
    pub fn new(time: Time, seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x5745_4952);
        let calm = seed.is_multiple_of(8);
        let mut odds = Odds::default();
        if !calm {
            let mut draw = |often: &[u64]| chance.pick(often);
            odds = Odds {
                crash: draw(&[0, 40, 150, 600]),
                standstill: draw(&[0, 60, 300]),
                delay: draw(&[0, 3, 20]),
                lost: draw(&[0, 10, 50]),
                acknowledgement_lost: draw(&[0, 10, 50]),
                repeated: draw(&[0, 5, 30]),
                overtaken: draw(&[0, 5, 30]),
                clock_wrong: draw(&[0, 0, 2]),
                clock_jumps: draw(&[0, 0, 100]),
            };
        }
        Self {
            time,
            chance: Mutex::new(chance),
            odds,
            until_ms: if calm { 0 } else { FAULTS_MS },
        }
    }

    /// Draws from the seed, for whatever needs it.
    pub fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens at a call to a port.
    pub fn crossing(&self) -> Crossing {
        if self.strikes(self.odds.crash) {
            Crossing::Crash
        } else if self.strikes(self.odds.standstill) {
            Crossing::Standstill(self.lasting(100, 70_000))
        } else if self.strikes(self.odds.delay) {
            Crossing::Delay(self.lasting(1, 400))
        } else {
            Crossing::Clear
        }
    }

    /// What happens to something that is sent.
    pub fn fate(&self) -> Fate {
        if self.strikes(self.odds.lost) {
            Fate::Lost
        } else if self.strikes(self.odds.acknowledgement_lost) {
            Fate::AcknowledgementLost
        } else {
            Fate::Arrives
        }
    }

    /// Whether a message comes once more, and after how long; the broker may have forgotten it.
    pub fn repeated(&self) -> Option<u64> {
        self.strikes(self.odds.repeated)
            .then(|| self.chance().below(150_000))
    }

    /// Whether others overtake a delivery, and how long it takes to be delivered again.
    pub fn overtaken(&self) -> Option<u64> {
        self.strikes(self.odds.overtaken)
            .then(|| self.lasting(1, 3_000))
    }

    /// By how much the clock of a new process is wrong.
    pub fn clock_wrong_ms(&self) -> i64 {
        if self.strikes(self.odds.clock_wrong) {
            self.skew_ms()
        } else {
            0
        }
    }

    /// Whether a clock jumps, and by how much it is wrong then.
    pub fn clock_jumps_ms(&self) -> Option<i64> {
        self.strikes(self.odds.clock_jumps).then(|| self.skew_ms())
    }

    /// Whether it is over.
    pub fn is_clear(&self) -> bool {
        self.time.passed_ms() >= self.until_ms
    }

    fn skew_ms(&self) -> i64 {
        let mut chance = self.chance();
        let most_ms = chance.pick(&[1_000, 60_000, CLOCK_WRONG_MS_MAX]);
        let ms = chance.below(2 * most_ms + 1);
        i64::try_from(ms).unwrap() - i64::try_from(most_ms).unwrap()
    }

    /// How long a service that died is away.
    pub fn downtime_ms(&self) -> u64 {
        self.lasting(10, 20_000)
    }

    fn strikes(&self, one_in: u64) -> bool {
        one_in > 0 && !self.is_clear() && self.chance().one_in(one_in)
    }

    /// A time, mostly short, that ends with the weather.
    fn lasting(&self, least_ms: u64, most_ms: u64) -> u64 {
        let mut chance = self.chance();
        let most_ms = if chance.one_in(3) {
            most_ms
        } else {
            least_ms + most_ms / 20
        };
        let ms = least_ms + chance.below(most_ms - least_ms + 1);
        ms.min(self.until_ms.saturating_sub(self.time.passed_ms()))
    }
}

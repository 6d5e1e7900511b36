//! The static bound of a workflow: what it can cost at most.

mod circle;
mod cost;
mod count;
pub(crate) mod formula;
mod own;
mod race;
mod retry;

use std::collections::BTreeMap;

pub(crate) use self::cost::Cost;
pub(crate) use self::count::{Count, Next, Reach, Sizes};
pub(crate) use self::race::is_certain;
pub(crate) use self::retry::delays_ms as retry_delays_ms;
use crate::cycle::Cycle;
use crate::{Deadline, Flow, Interval, Limits, Program, TaskIndex};

/// About how many bytes an event takes in the journal, beside the values and references in it.
pub const EVENT_BYTES: u64 = 120;

/// The most that one instance can do, whatever its input, the outcomes and the timing.
///
/// All numbers saturate; a value of `u64::MAX` reads "more than can be counted" and is refused by
/// the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Tasks started (each activation counts: iterations and retries too).
    pub steps: u64,
    /// Actions requested of executors (`call`, `run`).
    pub actions: u64,
    /// CloudEvents published (`emit`).
    pub emits: u64,
    /// Events in the journal. A decision that is too large for one record is recorded in parts;
    /// each pause between two adds three events, which are not counted here.
    pub events: u64,
    /// Values in the journal: inputs, outputs, contexts, requests, events consumed or published.
    pub values: u64,
    /// Bytes in the journal without the values: see [`Bound::journal_bytes`].
    pub bytes: u64,
    /// Most leaf tasks in progress at the same time.
    pub branches: u64,
    /// Longest wall-clock time, in milliseconds.
    pub duration_ms: u64,
}

/// One number of a [`Bound`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// [`Bound::steps`]
    Steps,
    /// [`Bound::actions`]
    Actions,
    /// [`Bound::emits`]
    Emits,
    /// [`Bound::events`]
    Events,
    /// [`Bound::values`]
    Values,
    /// [`Bound::bytes`]
    Bytes,
    /// [`Bound::branches`]
    Branches,
    /// [`Bound::duration_ms`]
    Duration,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Steps,
        Self::Actions,
        Self::Emits,
        Self::Events,
        Self::Values,
        Self::Bytes,
        Self::Branches,
        Self::Duration,
    ];

    /// For people and tables: `steps`, `actions`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Actions => "actions",
            Self::Emits => "emitted events",
            Self::Events => "journal events",
            Self::Values => "journal values",
            Self::Bytes => "journal bytes, without values",
            Self::Branches => "concurrent branches",
            Self::Duration => "duration",
        }
    }

    /// Its key in JSON: `steps`, `durationMs`, …
    pub fn key(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Actions => "actions",
            Self::Emits => "emits",
            Self::Events => "events",
            Self::Values => "values",
            Self::Bytes => "bytes",
            Self::Branches => "branches",
            Self::Duration => "durationMs",
        }
    }
}

impl Bound {
    /// One of its numbers.
    pub fn get(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Steps => self.steps,
            Measure::Actions => self.actions,
            Measure::Emits => self.emits,
            Measure::Events => self.events,
            Measure::Values => self.values,
            Measure::Bytes => self.bytes,
            Measure::Branches => self.branches,
            Measure::Duration => self.duration_ms,
        }
    }

    /// A bound of these numbers.
    pub(crate) fn from_fn(number: impl Fn(Measure) -> u64) -> Self {
        Self {
            steps: number(Measure::Steps),
            actions: number(Measure::Actions),
            emits: number(Measure::Emits),
            events: number(Measure::Events),
            values: number(Measure::Values),
            bytes: number(Measure::Bytes),
            branches: number(Measure::Branches),
            duration_ms: number(Measure::Duration),
        }
    }

    /// Bytes in the journal, by the engine's account, if no value has more than `value_bytes_max`.
    pub fn journal_bytes(&self, value_bytes_max: u64) -> u64 {
        let values = self.values.saturating_mul(value_bytes_max);
        self.bytes.saturating_add(values)
    }
}

/// The bounds of a program and of each of its tasks.
pub(crate) struct Bounds<C> {
    pub total: C,
    /// What one activation of each task can cost, with all that is in it.
    pub tasks: BTreeMap<TaskIndex, C>,
    /// Where the costliest way leads from a task, for each measure, by its number.
    pub next: BTreeMap<TaskIndex, Next>,
    /// The ways by which each task can be left; not those that what is in it never lets it take.
    pub ways: BTreeMap<TaskIndex, Vec<Flow>>,
}

/// Computes the bounds.
///
/// # Errors
/// The cycles, if there are any: then there is no bound.
pub(crate) fn bounds<C: Cost>(
    program: &Program,
    sizes: &Sizes<'_>,
) -> Result<Bounds<C>, Vec<Cycle>> {
    let mut count = Count::new(program, sizes)?;
    let tasks = count.list(program.root).any;
    let mut total = C::of(own::workflow(program)).then(&tasks);
    if let Some(cap_ms) = deadline_ms(&program.deadline, &program.limits) {
        total = total.within(cap_ms);
    }
    Ok(Bounds {
        total,
        tasks: count.tasks,
        next: count.next,
        ways: count.ways,
    })
}

pub(crate) fn interval_ms(interval: &Interval, limits: &Limits) -> u64 {
    match interval {
        Interval::Literal(ms) => *ms,
        Interval::Computed(_) => limits.wait_ms_max,
    }
}

pub(crate) fn deadline_ms(deadline: &Deadline, limits: &Limits) -> Option<u64> {
    match deadline {
        Deadline::Own(interval) => Some(interval_ms(interval, limits)),
        Deadline::Default(ms) => Some(*ms),
        Deadline::Inherited => None,
    }
}

//! All timers, in memory: which are due.
//!
//! | a timer is | and becomes | when |
//! |---|---|---|
//! | – | waiting | it is armed |
//! | waiting | fired | it is due |
//! | waiting, fired | waiting | another one is armed for the instance |
//! | waiting, fired | – | it is disarmed |
//!
//! A fired timer stays fired if the same revision arms it once more: that is the scheduler repeating
//! itself. A lower revision arms nothing: its message was overtaken.

mod fire;
mod origin;
mod table;
mod trace;

use std::{cmp::Reverse, collections::BinaryHeap, mem};

use self::{
    origin::Origins,
    table::{Slot, Table},
};
use crate::Input;

pub use self::{
    fire::Fire,
    origin::{Origin, Scheduled},
    trace::Trace,
};

/// The timers of all instances: about 100 bytes each.
#[derive(Debug, Default)]
pub struct Timers {
    table: Table,
    /// When to look at which slot. Superseded timers leave their entry behind: what counts is what
    /// the slot says.
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    origins: Origins,
    caught_up: bool,
    /// What fired last is not stored yet. One batch at a time keeps the order, and a bus that is
    /// away from being flooded when it is back.
    in_flight: bool,
}

impl Timers {
    /// How many fire at once, at most.
    pub const BATCH_MAX: usize = 256;

    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of `input` at the time `now_ms` (milliseconds since the Unix epoch), and returns
    /// what fires, the longest overdue first. If that is anything, nothing else fires before
    /// [`Input::Stored`].
    pub fn step(&mut self, input: Input, now_ms: u64) -> Vec<Fire> {
        match input {
            Input::Armed {
                instance,
                due,
                revision,
                sequence,
                origin,
                trace,
            } => {
                let origin = self.origins.shared(origin);
                self.arm(Slot {
                    instance,
                    due,
                    revision,
                    sequence,
                    origin,
                    trace,
                    fired: false,
                });
            }
            Input::Disarmed { instance } => self.table.remove(instance),
            Input::CaughtUp => self.caught_up = true,
            Input::Stored => self.in_flight = false,
            Input::Tick => {}
        }
        self.fire(now_ms)
    }

    /// When [`Timers::step`] has something to fire, if nothing else happens until then.
    pub fn next_due(&mut self) -> Option<u64> {
        if !self.may_fire() {
            return None;
        }
        self.next().map(|(due, _)| due)
    }

    /// How many instances have a timer.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no instance has a timer.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn may_fire(&self) -> bool {
        self.caught_up && !self.in_flight
    }

    fn arm(&mut self, timer: Slot) {
        let due = timer.due;
        let known = self.table.of(timer.instance);
        if known.is_some_and(|known| !known.gives_way_to(&timer)) {
            return;
        }
        let slot = self.table.put(timer);
        self.queue.push(Reverse((due, slot)));
        if self.queue.len() > 2 * self.table.len() + 1024 {
            self.tidy();
        }
    }

    fn fire(&mut self, now_ms: u64) -> Vec<Fire> {
        let mut fires = Vec::new();
        if !self.may_fire() {
            return fires;
        }
        while fires.len() < Self::BATCH_MAX
            && let Some((due, slot)) = self.next()
            && due <= now_ms
        {
            self.queue.pop();
            fires.extend(self.table.fire(slot).map(|timer| Fire::of(timer, now_ms)));
        }
        self.in_flight = !fires.is_empty();
        fires
    }

    /// The first entry of the queue that is not out of date.
    fn next(&mut self) -> Option<(u64, usize)> {
        while let Some(Reverse((due, slot))) = self.queue.peek().copied() {
            if self.table.waits(slot, due) {
                return Some((due, slot));
            }
            self.queue.pop();
        }
        None
    }

    /// Drops the entries of the queue that are out of date.
    fn tidy(&mut self) {
        let mut entries = mem::take(&mut self.queue).into_vec();
        entries.retain(|Reverse((due, slot))| self.table.waits(*slot, *due));
        entries.sort_unstable();
        entries.dedup();
        self.queue = entries.into();
    }
}

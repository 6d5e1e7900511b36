//! One slot per instance, found by its id.

use std::{hash::BuildHasher, sync::Arc};

use hashbrown::{DefaultHashBuilder, HashTable};
use weir_engine::InstanceId;

use super::{Origin, Trace};

/// The timer of an instance.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub instance: InstanceId,
    pub due: u64,
    pub revision: u64,
    pub sequence: u64,
    pub origin: Arc<Origin>,
    pub trace: Option<Trace>,
    pub fired: bool,
}

impl Slot {
    /// Whether `other`, of the same instance, takes its place. It does not if it is the same once
    /// more, or if its message was overtaken.
    pub fn gives_way_to(&self, other: &Self) -> bool {
        let known = (self.revision, self.due);
        other.revision >= self.revision && (other.revision, other.due) != known
    }
}

/// Slots and where they are. A slot keeps its number for as long as the instance has a timer; a
/// map from id to timer would need twice the memory.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    index: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl Table {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn of(&self, instance: InstanceId) -> Option<&Slot> {
        let found = self
            .index
            .find(self.hash(instance), |slot| self.is(*slot, instance))?;
        self.slots.get(*found)?.as_ref()
    }

    /// Makes `timer` the one of its instance, and returns the number of its slot.
    pub fn put(&mut self, timer: Slot) -> usize {
        let (instance, hash) = (timer.instance, self.hash(timer.instance));
        if let Some(&slot) = self.index.find(hash, |slot| self.is(*slot, instance)) {
            self.slots[slot] = Some(timer);
            return slot;
        }
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot] = Some(timer);
            slot
        } else {
            self.slots.push(Some(timer));
            self.slots.len() - 1
        };
        let Self {
            slots,
            index,
            hasher,
            ..
        } = self;
        index.insert_unique(hash, slot, |slot| {
            slots[*slot]
                .as_ref()
                .map_or(0, |timer| hasher.hash_one(timer.instance))
        });
        slot
    }

    pub fn remove(&mut self, instance: InstanceId) {
        let hash = self.hash(instance);
        let Self { slots, index, .. } = self;
        let is = |slot: &usize| {
            slots[*slot]
                .as_ref()
                .is_some_and(|s| s.instance == instance)
        };
        if let Ok(entry) = index.find_entry(hash, is) {
            let (slot, _) = entry.remove();
            slots[slot] = None;
            self.free.push(slot);
        }
    }

    /// Whether the timer in `slot` waits to fire at `due`.
    pub fn waits(&self, slot: usize, due: u64) -> bool {
        let timer = self.slots.get(slot).and_then(Option::as_ref);
        timer.is_some_and(|timer| timer.due == due && !timer.fired)
    }

    /// Marks the timer in `slot` as fired.
    pub fn fire(&mut self, slot: usize) -> Option<&Slot> {
        let timer = self.slots.get_mut(slot)?.as_mut()?;
        timer.fired = true;
        Some(timer)
    }

    fn is(&self, slot: usize, instance: InstanceId) -> bool {
        self.slots[slot]
            .as_ref()
            .is_some_and(|timer| timer.instance == instance)
    }

    fn hash(&self, instance: InstanceId) -> u64 {
        self.hasher.hash_one(instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_small() {
        assert_eq!(size_of::<Option<Slot>>(), 80);
    }
}

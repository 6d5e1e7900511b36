//! Instances in memory, the least recently used dropped first. Disposable: the journal has all.

use std::collections::{HashMap, VecDeque};

use weir_engine::InstanceId;

use crate::Instance;

pub(crate) struct Cache {
    instances: HashMap<InstanceId, (u64, Instance)>,
    /// Every use, oldest first; a use is stale if the instance was used again since.
    uses: VecDeque<(u64, InstanceId)>,
    use_count: u64,
    instances_max: usize,
}

impl Cache {
    pub(crate) fn new(instances_max: usize) -> Self {
        Self {
            instances: HashMap::new(),
            uses: VecDeque::new(),
            use_count: 0,
            instances_max,
        }
    }

    pub(crate) fn take(&mut self, id: InstanceId) -> Option<Instance> {
        self.instances.remove(&id).map(|(_, instance)| instance)
    }

    pub(crate) fn put(&mut self, id: InstanceId, instance: Instance) {
        self.use_count += 1;
        self.instances.insert(id, (self.use_count, instance));
        self.uses.push_back((self.use_count, id));
        while self.instances.len() > self.instances_max {
            let Some((used, id)) = self.uses.pop_front() else {
                break;
            };
            if self
                .instances
                .get(&id)
                .is_some_and(|(last, _)| *last == used)
            {
                self.instances.remove(&id);
            }
        }
        if self.uses.len() > 2 * self.instances_max {
            let current = |(used, id): &(u64, InstanceId)| {
                self.instances.get(id).is_some_and(|(last, _)| last == used)
            };
            self.uses.retain(current);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> InstanceId {
        InstanceId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn the_least_recently_used_is_dropped() {
        let mut cache = Cache::new(2);
        for number in [1, 2] {
            cache.put(id(number), Instance::new(id(number)));
        }
        let first = cache.take(id(1)).unwrap();
        cache.put(id(1), first);
        cache.put(id(3), Instance::new(id(3)));
        assert!(cache.take(id(2)).is_none());
        assert!(cache.take(id(1)).is_some());
        assert!(cache.take(id(3)).is_some());
    }

    #[test]
    fn uses_stay_bounded() {
        let mut cache = Cache::new(4);
        for round in 0..1000 {
            cache.put(id(round % 3), Instance::new(id(round % 3)));
            assert!(cache.uses.len() <= 9);
        }
        assert_eq!(cache.instances.len(), 3);
    }
}

//! Instances that were started through this replica: they can be asked for before their start was
//! processed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use weir_graph::WorkflowRef;
use weir_protocol::InstanceId;

/// Remembered at most.
const INSTANCES_MAX: usize = 10_000;

/// The last instances that were started.
#[derive(Default)]
pub(crate) struct Started(Mutex<State>);

#[derive(Default)]
struct State {
    workflows: BTreeMap<InstanceId, WorkflowRef>,
    oldest_first: VecDeque<InstanceId>,
}

impl Started {
    /// Remembers an instance.
    pub fn add(&self, id: InstanceId, workflow: &WorkflowRef) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.workflows.insert(id, workflow.clone()).is_none() {
            state.oldest_first.push_back(id);
        }
        if state.oldest_first.len() > INSTANCES_MAX
            && let Some(oldest) = state.oldest_first.pop_front()
        {
            state.workflows.remove(&oldest);
        }
    }

    /// What an instance was started to run, if it is remembered.
    pub fn workflow(&self, id: InstanceId) -> Option<WorkflowRef> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.workflows.get(&id).cloned()
    }
}

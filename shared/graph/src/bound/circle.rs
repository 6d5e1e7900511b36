//! Circles of jumps whose number of returns is bounded.

use std::collections::BTreeMap;

use super::cost::Times;
use super::count::most;
use super::{Cost, Reach, own};
use crate::{Task, TaskIndex};

/// Adds to what can come from each task of a circle that it may lead back to `task` so often: once
/// more is an error. `backs` is what each costs until it leads back.
pub(super) fn lead_back<C: Cost>(
    task: &Task,
    returns_max: u64,
    backs: BTreeMap<TaskIndex, Option<C>>,
    reaches: &mut BTreeMap<TaskIndex, Reach<C>>,
) {
    let Some(Some(lap)) = backs.get(&task.index).cloned() else {
        return;
    };
    let laps = |count: u64| lap.times(Times::exactly(count));
    let refused = laps(returns_max.saturating_add(1)).then(&C::of(own::refused(task)));
    if let Some(reach) = reaches.get_mut(&task.index) {
        reach.any = laps(returns_max).then(&reach.any).or(&refused);
        let through = reach.through.take();
        reach.through = through.map(|through| laps(returns_max).then(&through));
    }
    let Some(whole) = reaches.get(&task.index).cloned() else {
        return;
    };
    for (index, back) in backs {
        let (Some(back), Some(reach)) = (back, reaches.get_mut(&index)) else {
            continue;
        };
        if index != task.index {
            reach.any = reach.any.or(&back.then(&whole.any));
            let through = whole.through.as_ref().map(|through| back.then(through));
            reach.through = most(reach.through.take(), through);
        }
    }
}

//! `schedule.after`: the end of an instance sets the time at which the next one starts.

use weir_bus::{Bus, BusError, Outgoing};
use weir_engine::State;
use weir_graph::{Program, Schedule};
use weir_protocol::{
    InstanceId, Stream, Subject,
    v1::{Format, Timer},
};

/// Sets the schedule's timer, if it waits for the end of this instance; repeating it is harmless.
/// Instances that were started otherwise set nothing.
pub(crate) async fn ended(
    bus: &dyn Bus,
    program: &Program,
    state: &State,
    now_ms: u64,
) -> Result<(), BusError> {
    if !state.status.is_final() || !matches!(program.schedule, Some(Schedule::After { .. })) {
        return Ok(());
    }
    let workflow = &state.workflow;
    let schedule = InstanceId::for_schedule(&workflow.namespace, &workflow.name);
    let subject = Subject::timer(schedule);
    loop {
        let Some(last) = bus.last(Stream::Timers, &subject).await? else {
            return Ok(());
        };
        let timer = Timer::decode(&last.payload).ok();
        let Some(next) = timer.and_then(|timer| timer.next_after_end(state.instance, now_ms))
        else {
            return Ok(());
        };
        let message = Outgoing::new(subject.clone(), next.encode()).expecting(last.sequence);
        match bus.publish(message).await {
            // Look at what is there now.
            Err(BusError::Conflict(_)) => {}
            outcome => return outcome.map(drop),
        }
    }
}

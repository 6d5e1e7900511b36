//! The one timer message of an instance, fenced: a scheduler that was paused must not put an old
//! deadline over a newer, earlier one.

use weir_bus::{Bus, BusError, Outgoing};
use weir_engine::InstanceId;
use weir_protocol::{
    Stream, Subject,
    v1::{Format, Timer},
};

/// Publishes `timer` of the record `revision`, unless a newer record's is there. `known` is the
/// sequence of the instance's last timer message, if known; returns the sequence of the new last
/// one.
pub(crate) async fn publish(
    bus: &dyn Bus,
    instance: InstanceId,
    timer: &Outgoing,
    revision: u64,
    known: Option<u64>,
) -> Result<u64, BusError> {
    let mut expected = known;
    loop {
        let sequence = match expected.take() {
            Some(sequence) => sequence,
            None => match bus.last(Stream::Timers, &Subject::timer(instance)).await? {
                Some(last) if is_newer(&last.payload, revision) => return Ok(last.sequence),
                Some(last) => last.sequence,
                None => 0,
            },
        };
        let mut message = timer.clone();
        message.expected_sequence = Some(sequence);
        match bus.publish(message).await {
            Ok(published) => return Ok(published.sequence),
            // Look at what is there, then try once more on top of it.
            Err(BusError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether the stored timer is of this record or a later one. Nothing follows an ended timer.
fn is_newer(payload: &[u8], revision: u64) -> bool {
    payload.is_empty() || Timer::decode(payload).is_ok_and(|timer| timer.revision >= revision)
}

//! Dead letters: messages that could not be processed, kept with the reason.

use weir_protocol::{Subject, header};

use crate::{Delivery, Outgoing};

/// The dead letter for `delivery`. Publish it, then acknowledge the delivery: so a message that
/// cannot be processed neither blocks its neighbours nor disappears.
pub fn dead_letter(delivery: &Delivery, reason: &str) -> Outgoing {
    let message = &delivery.message;
    let mut letter = Outgoing::new(Subject::dead(message.stream), message.payload.clone())
        .with_id(format!("dead/{}/{}", message.stream, message.sequence));
    let own = |name: &str| name.to_ascii_lowercase().starts_with("nats-");
    letter.headers = message
        .headers
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // Header values are one line.
    let reason = reason.replace(['\r', '\n'], " ");
    letter
        .with_header(header::DEAD_REASON, reason)
        .with_header(header::DEAD_SUBJECT, message.subject.clone())
        .with_header(header::DEAD_ATTEMPTS, delivery.attempt.to_string())
}

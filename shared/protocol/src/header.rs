//! Names of message headers.

/// The broker drops a message whose id it saw within its window.
pub const MESSAGE_ID: &str = "Nats-Msg-Id";
/// Removes earlier messages of the subject when set to `sub`.
pub const ROLLUP: &str = "Nats-Rollup";
/// How long a message is kept: a Go duration, or `never`.
pub const TTL: &str = "Nats-TTL";
/// The append is refused unless the subject's last sequence is this.
pub const EXPECTED_LAST_SUBJECT_SEQUENCE: &str = "Nats-Expected-Last-Subject-Sequence";
/// W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// Media type of the payload.
pub const CONTENT_TYPE: &str = "content-type";
/// Why a message is among the dead letters.
pub const DEAD_REASON: &str = "Weir-Reason";
/// The subject a dead letter came from.
pub const DEAD_SUBJECT: &str = "Weir-Subject";
/// How often a dead letter was delivered before.
pub const DEAD_ATTEMPTS: &str = "Weir-Attempts";

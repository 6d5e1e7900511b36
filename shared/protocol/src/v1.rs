//! Version 1 of everything that is stored or sent, as JSON.
//!
//! A field once written is never renamed, and never changes its meaning; new ones are optional.
//! What cannot be said that way becomes a version of its own beside this one.

mod action;
mod data;
mod definition;
mod event;
mod inbox;
mod record;
mod subscription;
mod timer;

pub use action::{
    ActionRequest, Arguments, Credentials, Deferred, DeferredExpression, HttpOutput, HttpRequest,
    Request, Return, ShellRequest, WorkerRequest, WorkflowRequest,
};
pub use definition::{Bound, Callee, Definition, Limits};
pub use event::{Activity, Carried, Event, EventConsumer, Read, Subscription};
pub use inbox::{Cancel, EventReceived, Outcome, Parent, Start, Timeout};
pub use record::{Cause, Record, WorkflowError, WorkflowRef};
pub use subscription::{Listener, OpenSubscription};
pub use timer::{Schedule, Timer};

use serde::{Serialize, de::DeserializeOwned};

/// Bytes that are not what they should be.
#[derive(Debug, thiserror::Error)]
#[error("unreadable {what}: {source}")]
pub struct FormatError {
    what: &'static str,
    source: serde_json::Error,
}

/// A stored or sent form.
pub trait Format: Serialize + DeserializeOwned {
    /// What it is called in messages to people.
    const NAME: &'static str;

    /// As JSON.
    fn encode(&self) -> Vec<u8> {
        // Writing to memory fails only for maps with keys that are no strings: there are none.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// From JSON.
    ///
    /// # Errors
    /// Says where the bytes go wrong.
    fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        serde_json::from_slice(bytes).map_err(|source| FormatError {
            what: Self::NAME,
            source,
        })
    }
}

//! From messages to inputs.

use weir_bus::Stored;
use weir_engine::InstanceId;
use weir_protocol::{
    Subject, Token, TokenError,
    v1::{Format, FormatError, Timer},
};

use crate::timers::{Origin, Scheduled, Trace};

/// What happens to [`crate::Timers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The timer of an instance is this one, unless a later revision has set another.
    Armed {
        /// Whose.
        instance: InstanceId,
        /// When it fires: milliseconds since the Unix epoch.
        due: u64,
        /// Revision of the record that set it.
        revision: u64,
        /// Of its message, in the stream.
        sequence: u64,
        /// What it is the deadline of.
        origin: Origin,
        /// The instance's trace.
        trace: Option<Trace>,
    },
    /// An instance has no timer.
    Disarmed {
        /// Which.
        instance: InstanceId,
    },
    /// All timers that there were at the start are known: from now on they may fire.
    CaughtUp,
    /// All that fired last is stored.
    Stored,
    /// Time has passed.
    Tick,
}

/// A message on the stream of timers that is no timer.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not `weir.timers.<instance>`.
    #[error("`{0}` is not the subject of an instance's timer")]
    Subject(String),
    /// The body is no timer.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It cannot be answered.
    #[error("the workflow has no inbox: {0}")]
    Workflow(#[from] TokenError),
}

impl Input {
    /// Reads a message of the stream of timers.
    ///
    /// # Errors
    /// It is none.
    pub fn read(message: &Stored) -> Result<Self, Unreadable> {
        let instance = Subject::instance_of_timer(&message.subject)
            .ok_or_else(|| Unreadable::Subject(message.subject.clone()))?;
        if message.payload.is_empty() {
            return Ok(Self::Disarmed { instance });
        }
        let timer = Timer::decode(&message.payload)?;
        Ok(Self::Armed {
            instance,
            due: timer.due,
            revision: timer.revision,
            sequence: message.sequence,
            origin: Origin {
                namespace: Token::new(&timer.workflow.namespace)?,
                workflow: Token::new(&timer.workflow.name)?,
                reference: timer.reference.into(),
                scheduled: timer.schedule.map(|schedule| Scheduled {
                    version: timer.workflow.version,
                    schedule,
                }),
            },
            trace: timer.traceparent.as_deref().and_then(Trace::parse),
        })
    }
}

//! What the timer's tests share.

use uuid::Uuid;
use weir_engine::InstanceId;
use weir_protocol::Token;
use weir_timer::{Fire, Input, Origin, Trace};

pub const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub fn instance(number: u64) -> InstanceId {
    InstanceId(Uuid::from_u128(u128::from(number) + 1))
}

pub fn origin(reference: &str) -> Origin {
    Origin {
        namespace: Token::new("shop").unwrap(),
        workflow: Token::new("order").unwrap(),
        reference: reference.into(),
        scheduled: None,
    }
}

/// By the first revision.
pub fn armed(number: u64, due: u64) -> Input {
    armed_by(1, number, due)
}

pub fn armed_by(revision: u64, number: u64, due: u64) -> Input {
    armed_at(revision, revision, number, due)
}

/// By the message with the given sequence.
pub fn armed_at(sequence: u64, revision: u64, number: u64, due: u64) -> Input {
    Input::Armed {
        instance: instance(number),
        due,
        revision,
        sequence,
        origin: origin("/do/0/wait"),
        trace: Trace::parse(TRACEPARENT),
    }
}

pub fn disarmed(number: u64) -> Input {
    Input::Disarmed {
        instance: instance(number),
    }
}

pub fn number_of(fire: &Fire) -> u64 {
    u64::try_from(fire.instance.0.as_u128()).unwrap() - 1
}

//! What to do with a message on `weir.actions.<function>`, and what to answer.

use weir_bus::{Outgoing, Stored};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::Data;
use weir_protocol::{
    InboxKind, InboxSubject, Subject, header,
    v1::{ActionRequest, Format, Outcome},
};

/// Details of errors are for people: longer ones are cut.
const DETAIL_BYTES_MAX: usize = 4096;

/// What a message turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Triage {
    /// An action to do.
    Do(Box<Job>),
    /// An action whose instance waits no more.
    Expired {
        /// Its id.
        id: String,
    },
    /// Nothing that this function can ever do.
    Dead {
        /// Why, for people.
        reason: String,
    },
}

/// An action and the way back to the instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    pub action: ActionRequest,
    pub traceparent: Option<String>,
    reply_to: Subject,
}

/// Reads a message to `function` at the time `now_ms` (since the Unix epoch).
pub(crate) fn triage(message: &Stored, function: &str, now_ms: u64) -> Triage {
    let action = match ActionRequest::decode(&message.payload) {
        Ok(action) => action,
        Err(error) => {
            return Triage::Dead {
                reason: error.to_string(),
            };
        }
    };
    let asked = action.request.function();
    if asked != function {
        return Triage::Dead {
            reason: format!("an action of the function `{asked}` on the subject of `{function}`"),
        };
    }
    // The subject comes from a message: only an inbox of an instance may be answered to.
    let reply_to = InboxSubject::parse(&action.reply_to)
        .filter(|inbox| inbox.kind == InboxKind::Outcome)
        .map(|inbox| inbox.subject());
    let Some(reply_to) = reply_to else {
        let reason = format!(
            "replyTo is no subject for an outcome: `{}`",
            action.reply_to
        );
        return Triage::Dead { reason };
    };
    if action.deadline <= now_ms {
        return Triage::Expired { id: action.id };
    }
    let traceparent = message.header(header::TRACEPARENT).map(ToOwned::to_owned);
    Triage::Do(Box::new(Job {
        action,
        traceparent,
        reply_to,
    }))
}

impl Job {
    /// The outcome message. An output of more than `bytes_max` bytes becomes an error that says so.
    pub(crate) fn reply(
        &self,
        result: Result<Data, WorkflowError>,
        executor: &str,
        bytes_max: usize,
    ) -> Outgoing {
        let (output, error) = match result {
            Ok(output) => (Some(output), None),
            Err(error) => (None, Some(shortened(error))),
        };
        let outcome = Outcome {
            id: self.action.id.clone(),
            task: self.action.task,
            output,
            error: error.as_ref().map(Into::into),
            executor: Some(executor.to_owned()),
        };
        let payload = outcome.encode();
        if outcome.output.is_some() && payload.len() > bytes_max {
            let too_large = ErrorKind::Runtime.error(format!(
                "the output makes a message of {} bytes, at most {bytes_max} are allowed: return \
                 less, or raise limits.payload_bytes_max",
                payload.len()
            ));
            return self.reply(Err(too_large), executor, bytes_max);
        }
        let reply = Outgoing::new(self.reply_to.clone(), payload)
            .with_id(format!("outcome/{}", self.action.id));
        match &self.traceparent {
            Some(traceparent) => reply.with_header(header::TRACEPARENT, traceparent.clone()),
            None => reply,
        }
    }
}

fn shortened(mut error: WorkflowError) -> WorkflowError {
    if let Some(detail) = &mut error.detail
        && detail.len() > DETAIL_BYTES_MAX
    {
        detail.truncate(detail.floor_char_boundary(DETAIL_BYTES_MAX));
        detail.push('…');
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use weir_protocol::Stream;

    use super::*;

    const INSTANCE: &str = "0190b2a8-0000-7000-8000-000000000001";

    fn request() -> Value {
        json!({
            "id": format!("{INSTANCE}/do/0/a/1"),
            "instance": INSTANCE,
            "workflow": { "namespace": "shop", "name": "order", "version": "1.0.0" },
            "task": 1,
            "reference": "/do/0/a",
            "replyTo": format!("weir.inbox.shop.order.{INSTANCE}.outcome"),
            "deadline": 1000,
            "request": { "function": "shell", "command": "true", "return": "stdout" },
        })
    }

    fn stored(request: &Value) -> Stored {
        Stored {
            stream: Stream::Actions,
            sequence: 1,
            stored_at_ms: 0,
            subject: "weir.actions.shell".to_owned(),
            headers: [("Traceparent".to_owned(), "00-a-b-01".to_owned())].into(),
            payload: request.to_string().into(),
        }
    }

    fn job() -> Job {
        match triage(&stored(&request()), "shell", 999) {
            Triage::Do(job) => *job,
            other @ (Triage::Expired { .. } | Triage::Dead { .. }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_action_is_done_until_its_deadline() {
        assert_eq!(job().traceparent.as_deref(), Some("00-a-b-01"));
        assert_eq!(
            triage(&stored(&request()), "shell", 1000),
            Triage::Expired {
                id: format!("{INSTANCE}/do/0/a/1")
            }
        );
    }

    #[track_caller]
    fn dies(message: &Stored, function: &str, expected: &str) {
        match triage(message, function, 0) {
            Triage::Dead { reason } => assert!(reason.contains(expected), "{reason}"),
            other @ (Triage::Do(_) | Triage::Expired { .. }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_can_never_be_done_is_dead_with_a_reason() {
        dies(
            &stored(&json!({})),
            "shell",
            "unreadable action request: missing field `id`",
        );
        dies(
            &stored(&request()),
            "http",
            "`shell` on the subject of `http`",
        );
        for bad in ["weir.journal.x", "weir.actions.shell", ""] {
            let mut request = request();
            request["replyTo"] = json!(bad);
            dies(&stored(&request), "shell", "replyTo");
        }
        let mut request = request();
        request["replyTo"] = json!(format!("weir.inbox.shop.order.{INSTANCE}.cancel"));
        dies(&stored(&request), "shell", "replyTo");
    }

    #[test]
    fn the_reply_is_the_same_for_the_same_outcome() {
        let reply = job().reply(Ok(Data::from(json!("x"))), "me", 1000);
        assert_eq!(
            reply.subject.as_str(),
            format!("weir.inbox.shop.order.{INSTANCE}.outcome")
        );
        assert_eq!(reply.id, Some(format!("outcome/{INSTANCE}/do/0/a/1")));
        assert_eq!(reply.headers["traceparent"], "00-a-b-01");
        assert_eq!(
            serde_json::from_slice::<Value>(&reply.payload).unwrap(),
            json!({ "id": format!("{INSTANCE}/do/0/a/1"), "task": 1, "output": "x", "executor": "me" })
        );
        assert_eq!(reply, job().reply(Ok(Data::from(json!("x"))), "me", 1000));
    }

    #[test]
    fn an_output_beyond_the_limit_is_an_error_that_tells_size_and_limit() {
        let reply = job().reply(Ok(Data::from(json!("x".repeat(1000)))), "me", 1000);
        let outcome = Outcome::decode(&reply.payload).unwrap();
        let error = outcome.error.unwrap();
        assert_eq!(outcome.output, None);
        assert!(error.type_.ends_with("/runtime"));
        let detail = error.detail.unwrap();
        assert!(detail.contains("of 1091 bytes, at most 1000"), "{detail}");
    }

    #[test]
    fn long_details_are_cut_between_characters() {
        let error = ErrorKind::Runtime.error("ä".repeat(DETAIL_BYTES_MAX));
        let detail = shortened(error).detail.unwrap();
        assert_eq!(detail.len(), DETAIL_BYTES_MAX + "…".len());
    }
}

//! What an event leads to, as messages to instances.

use std::{cell::OnceCell, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use weir_bus::Outgoing;
use weir_engine::InstanceId;
use weir_expression::Data;
use weir_graph::Read;
use weir_protocol::{
    InboxKind, Subject, TokenError, header,
    v1::{EventReceived, Format, Start},
};

use super::{
    entry::Occurrence,
    subscriptions::{Open, WantedBy},
};

/// The messages that bring `occurrence` to those who want it, with ids that derive from both: so
/// repeating them is harmless.
pub(crate) fn deliver<'a>(
    occurrence: &Occurrence,
    to: impl Iterator<Item = &'a Arc<Open>>,
) -> Result<Vec<Outgoing>, TokenError> {
    let parcel = OnceCell::new();
    to.map(|open| message(occurrence, open, &parcel)).collect()
}

fn message(
    occurrence: &Occurrence,
    open: &Open,
    parcel: &OnceCell<Bytes>,
) -> Result<Outgoing, TokenError> {
    let workflow = &open.site.key.workflow;
    let event = &occurrence.event;
    let message = match open.wanted_by {
        WantedBy::Trigger { .. } => {
            let instance = InstanceId::for_event(workflow, event.source(), event.id());
            let input = Value::Array(vec![read(open.site.read(), event.data())]);
            let start = Start {
                workflow: workflow.into(),
                input: Data::from(input),
                since: Some(occurrence.stored_at_ms),
                parent: None,
            };
            let subject = Subject::inbox(workflow, instance, InboxKind::Start)?;
            Outgoing::new(subject, start.encode()).with_id(format!("start/{instance}"))
        }
        WantedBy::Instance { instance, task, .. } => {
            let encode = || {
                let event = event.data().clone();
                Bytes::from(EventReceived { event }.encode())
            };
            let payload = parcel.get_or_init(encode).clone();
            let subject = Subject::inbox(workflow, instance, InboxKind::Event)?;
            let id = format!("event/{instance}/{task}/{}", event.identity());
            Outgoing::new(subject, payload).with_id(id)
        }
    };
    Ok(match &occurrence.traceparent {
        Some(traceparent) => message.with_header(header::TRACEPARENT, traceparent),
        None => message,
    })
}

/// What of an event is read.
fn read(read: Read, event: &Data) -> Value {
    let event = event.as_value();
    let attribute = |name| event.get(name).cloned();
    match read {
        Read::Envelope => event.clone(),
        Read::Data => {
            let data = attribute("data").or_else(|| attribute("data_base64"));
            data.unwrap_or(Value::Null)
        }
        Read::Raw => match (attribute("data_base64"), attribute("data")) {
            (Some(encoded), _) => encoded,
            (None, Some(text @ Value::String(_))) => text,
            (None, Some(data)) => Value::String(data.to_string()),
            (None, None) => Value::Null,
        },
    }
}

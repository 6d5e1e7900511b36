//! What is read of the events that a listen took.

use serde_json::Value;
use weir_expression::Data;
use weir_graph::Read;

use crate::{Consumed, Subscription};

impl Subscription {
    /// Those that are part of the output: not the ones that only end the listen.
    pub(crate) fn own<'c>(&self, received: &'c [Consumed]) -> impl Iterator<Item = &'c Consumed> {
        let until = self.until.unwrap_or(usize::MAX);
        received
            .iter()
            .filter(move |consumed| consumed.filter < until)
    }

    /// What the iteration for the event of this index begins with.
    pub(crate) fn item(&self, received: &[Consumed], index: u64) -> Data {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        match (self.own(received).nth(index), self.foreach) {
            (Some(consumed), Some(read)) => Data::from(consumed.read(read)),
            _ => Data::null(),
        }
    }
}

impl Consumed {
    /// What `read` says of it.
    pub(crate) fn read(&self, read: Read) -> Value {
        let event = self.event.as_value();
        let attribute = |name| event.get(name).cloned();
        match read {
            Read::Envelope => event.clone(),
            Read::Data => attribute("data")
                .or_else(|| attribute("data_base64"))
                .unwrap_or(Value::Null),
            Read::Raw => match (attribute("data_base64"), attribute("data")) {
                (Some(encoded), _) => encoded,
                (None, Some(text @ Value::String(_))) => text,
                (None, Some(data)) => Value::String(data.to_string()),
                (None, None) => Value::Null,
            },
        }
    }
}

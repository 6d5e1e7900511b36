//! `emit`: composing the CloudEvent.

use serde_json::{Map, Value};
use weir_expression::Data;
use weir_graph::Emit;

use super::{
    Decider,
    arguments::Site,
    evaluate::{scalar_text, wrong},
};
use crate::{Activity, ErrorKind, WorkflowError};

impl Decider<'_> {
    /// The event: what the task says, with `specversion`, `id`, `source` and `time` where it does
    /// not say them. The id is the same in every replay, and no other event has it.
    pub(super) fn event(
        &self,
        site: &Site<'_>,
        emit: &Emit,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let given = self.fill_in(site, "emit.event.with", &emit.with, input)?;
        let Value::Object(mut given) = given else {
            return Err(wrong("emit.event.with", "an object", &given));
        };
        given.retain(|name, value| name == "data" || !value.is_null());
        for (name, value) in &given {
            check(name, value)?;
        }
        if !given.contains_key("type") {
            return Err(ErrorKind::Validation.error("emit.event.with: an event needs a `type`"));
        }
        let instance = self.state.instance;
        let workflow = &self.program.workflow;
        let mut event = Map::new();
        let mut default = |name: &str, value: String| {
            let value = given.remove(name).unwrap_or(Value::String(value));
            event.insert(name.to_owned(), value);
        };
        default("specversion", "1.0".to_owned());
        default("id", format!("{instance}/{}", self.next_activation()));
        default(
            "source",
            format!(
                "/{}/{}/{}",
                workflow.namespace, workflow.name, workflow.version
            ),
        );
        default("type", String::new());
        default("time", self.now.to_rfc3339());
        event.extend(given);
        Ok(Activity::Emit {
            event: Data::from(Value::Object(event)),
        })
    }
}

/// The attributes that the CloudEvents specification defines: texts, and not empty.
const TEXTS: [&str; 8] = [
    "id",
    "source",
    "type",
    "specversion",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
];

/// Whether an event can have this. Attributes of its own are texts, numbers or booleans.
fn check(name: &str, value: &Value) -> Result<(), WorkflowError> {
    if name == "data" {
        return Ok(());
    }
    let place = format!("emit.event.with.{name}");
    if TEXTS.contains(&name) {
        return match value.as_str() {
            Some("") => Err(ErrorKind::Expression.error(format!("{place}: is empty"))),
            Some(_) => Ok(()),
            None => Err(wrong(&place, "a string", value)),
        };
    }
    match scalar_text(value) {
        Some(_) => Ok(()),
        None => Err(wrong(&place, "a string, number or boolean", value)),
    }
}

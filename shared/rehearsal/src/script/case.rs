//! A case: its input, its actions, what happens.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json};
use weir_engine::{ErrorKind, WorkflowError};

use super::{
    Answer, Answers, Case, Cue, Happening, Reply, When,
    reader::{Reader, Spot, UNKNOWN_PROPERTY, WRONG_VALUE},
};

/// The kinds of error that have a short name.
const KINDS: [ErrorKind; 8] = [
    ErrorKind::Configuration,
    ErrorKind::Validation,
    ErrorKind::Expression,
    ErrorKind::Authentication,
    ErrorKind::Authorization,
    ErrorKind::Timeout,
    ErrorKind::Communication,
    ErrorKind::Runtime,
];

type Actions = BTreeMap<Arc<str>, Answers>;

impl Reader<'_> {
    pub(super) fn case(&mut self, spot: &Spot<'_>, shared: &Actions) -> Option<Case> {
        let known = ["name", "input", "actions", "events", "expect"];
        let fields = self.fields(spot, &known)?;
        let name = self.required(&fields, spot, "name", "what the case shows");
        let name = name.and_then(|name| self.text(&name));
        let mut actions = shared.clone();
        if let Some(own) = fields.get("actions") {
            actions.extend(self.actions(&own));
        }
        let mut events = Vec::new();
        if let Some(list) = fields.get("events") {
            for (index, item) in self.items(&list, "a list of events")?.iter().enumerate() {
                events.extend(self.happening(item, index + 1));
            }
        }
        let expected = self.required(&fields, spot, "expect", "what is to come of it");
        let expected = expected.and_then(|expected| self.expected(&expected));
        Some(Case {
            name: name?.to_owned(),
            position: self.position(spot),
            input: fields
                .get("input")
                .map_or(Value::Null, |input| input.value.clone()),
            actions,
            events,
            expected: expected?,
        })
    }

    pub(super) fn actions(&mut self, spot: &Spot<'_>) -> Actions {
        let mut actions = Actions::new();
        let entries = self.entries(spot, "a mapping of tasks to their actions' outcomes");
        for (name, outcomes) in entries.unwrap_or_default() {
            let task = self.task(&outcomes, name);
            let answers = if outcomes.value.is_array() {
                let items = self.items(&outcomes, "outcomes").unwrap_or_default();
                let answers = items.iter().filter_map(|item| self.answer(item));
                Some(Answers::InOrder(answers.collect()))
            } else {
                self.answer(&outcomes).map(Answers::Always)
            };
            actions.extend(task.zip(answers));
        }
        actions
    }

    fn answer(&mut self, spot: &Spot<'_>) -> Option<Answer> {
        let fields = self.fields(spot, &["output", "error", "never", "delay"])?;
        let delay_ms = match fields.get("delay") {
            Some(delay) => self.duration(&delay),
            None => Some(0),
        };
        let (kind, what) = self.one_of(&fields, spot, &["output", "error", "never"])?;
        let reply = match kind {
            "output" => Reply::Output(what.value.clone()),
            "error" => Reply::Error(self.error(&what)?),
            _ if what.value == &Value::Bool(true) => Reply::Never,
            _ => {
                let remedy = "write `never: true`, or an `output` or `error`";
                self.problem(WRONG_VALUE, &what, "`never` is not `true`", remedy);
                return None;
            }
        };
        Some(Answer {
            delay_ms: delay_ms?,
            reply,
        })
    }

    /// The error of an action: all that is not given is as the executors give it.
    fn error(&mut self, spot: &Spot<'_>) -> Option<WorkflowError> {
        let fields = self.fields(spot, &["type", "status", "title", "detail"])?;
        let mut text = |name| match fields.get(name) {
            Some(spot) => self.text(&spot).map(|text| Some(text.to_owned())),
            None => Some(None),
        };
        let (type_, title, detail) = (text("type")?, text("title")?, text("detail")?);
        let type_ = type_.unwrap_or_else(|| ErrorKind::Communication.name().to_owned());
        let standard = standard(&type_);
        let mut error = standard.unwrap_or(WorkflowError {
            type_,
            status: 500,
            title: None,
            detail: None,
            instance: None,
        });
        error.title = title.or(error.title);
        error.detail = detail;
        if let Some(status) = fields.get("status") {
            let Some(number) = status.value.as_u64() else {
                let remedy = "expected a whole number, such as 503";
                self.problem(WRONG_VALUE, &status, "`status` is no status", remedy);
                return None;
            };
            error.status = number;
        }
        Some(error)
    }

    fn happening(&mut self, spot: &Spot<'_>, number: usize) -> Option<Happening> {
        let fields = self.fields(spot, &["at", "after", "delay", "event", "cancel"])?;
        let when = match self.one_of(&fields, spot, &["at", "after"])? {
            ("at", at) => {
                if let Some(delay) = fields.get("delay") {
                    let remedy = "add it to `at`";
                    let message = "`delay` does not go with `at`";
                    self.problem(UNKNOWN_PROPERTY, &delay, message, remedy);
                }
                When::At(self.duration(&at)?)
            }
            (_, after) => {
                let name = self.text(&after)?;
                let task = self.task(&after, name)?;
                let delay = fields.get("delay");
                let delay_ms = delay.map_or(Some(0), |delay| self.duration(&delay))?;
                When::After(task, delay_ms)
            }
        };
        let cue = match self.one_of(&fields, spot, &["event", "cancel"])? {
            ("event", event) => Cue::Event(self.event(&event, number)?),
            (_, reason) => Cue::Cancel(self.text(&reason)?.to_owned()),
        };
        Some(Happening { when, cue })
    }

    /// A CloudEvent: what it must have is filled in, but its type.
    fn event(&mut self, spot: &Spot<'_>, number: usize) -> Option<Value> {
        let mut event = Map::new();
        for (name, entry) in self.entries(spot, "a CloudEvent, a mapping with `type`")? {
            event.insert(name.to_owned(), entry.value.clone());
        }
        if !event.get("type").is_some_and(Value::is_string) {
            let remedy = "add `type:` with the type of the event";
            self.problem(WRONG_VALUE, spot, "the event has no `type`", remedy);
            return None;
        }
        let defaults = [
            ("specversion", json!("1.0")),
            ("source", json!("/test")),
            ("id", json!(format!("event-{number}"))),
        ];
        for (name, value) in defaults {
            event.entry(name).or_insert(value);
        }
        Some(Value::Object(event))
    }
}

/// The standard error with this short name, without details.
pub(super) fn standard(name: &str) -> Option<WorkflowError> {
    let kind = KINDS.into_iter().find(|kind| kind.name() == name)?;
    Some(WorkflowError {
        detail: None,
        ..kind.error("")
    })
}

//! What is said of instances, in states that a rehearsal brings them to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod story;
mod why;

use std::sync::Arc;

use serde_json::{Value, json};
use weir_engine::{ErrorKind, Message, Outcome, Timestamp};
use weir_graph::{Limits, Program};
use weir_insight::{Chapter, Story, Why, why};
use weir_rehearsal::Stage;

fn program(text: &str) -> Arc<Program> {
    let head = "document: {dsl: '1.0.3', namespace: shop, name: order, version: '1.0.0'}\n";
    let text = if text.contains("document:") {
        text.to_owned()
    } else {
        format!("{head}{text}")
    };
    let definition = weir_definition::parse(&text, "order.yaml").unwrap();
    Arc::new(weir_graph::compile(&definition, &Limits::default()).unwrap())
}

/// An instance on a stage.
struct Told {
    stage: Stage,
}

impl Told {
    /// Started with this input, and gone as far as it can without the world.
    fn started(text: &str, input: Value) -> Self {
        let mut stage = Stage::new(program(text));
        let start = stage.start(input);
        let decision = stage.decide(&start);
        stage.take(decision);
        Self { stage }
    }

    /// After a message that comes so many milliseconds from now.
    fn then(mut self, after_ms: u64, message: Message) -> Self {
        let at = self.stage.now.plus_ms(after_ms);
        self.stage.post(at, message);
        while self.stage.now < at {
            self = self.next();
        }
        self
    }

    /// After whatever comes next.
    fn next(mut self) -> Self {
        let message = self.stage.next_message().unwrap();
        let decision = self.stage.decide(&message);
        self.stage.take(decision);
        self
    }

    /// After the outcome of a task's action, so many milliseconds from now.
    fn answered(self, name: &str, after_ms: u64, outcome: Outcome) -> Self {
        let mut actions = self.stage.actions.iter().rev();
        let asked = actions.find(|action| action.reference.ends_with(name));
        let task = asked.unwrap().task;
        self.then(after_ms, Message::ActionReported { task, outcome })
    }

    fn story(&self) -> Story {
        let history = &self.stage.history;
        let chapters = history.chunk_by(|(one, _), (other, _)| one == other);
        let chapters = chapters.zip(1..).map(|(events, revision)| Chapter {
            revision,
            at: events[0].0,
            cause: "event".to_owned(),
            events: events.iter().map(|(_, event)| event.clone()).collect(),
        });
        Story {
            instance: self.stage.state.instance,
            chapters: chapters.collect(),
        }
    }

    /// The answer, so many milliseconds from now.
    fn why(&self, after_ms: u64) -> Why {
        let now = self.stage.now.plus_ms(after_ms);
        why(&self.stage.program, &self.story(), now)
    }
}

fn done(output: Value) -> Outcome {
    Outcome::Completed(output.into())
}

fn refused(status: u64) -> Outcome {
    let mut error = ErrorKind::Communication.error("the shop is closed");
    error.status = status;
    Outcome::Failed(error)
}

fn event(kind: &str, data: &Value) -> Message {
    let event =
        json!({"specversion": "1.0", "id": kind, "source": "/test", "type": kind, "data": data});
    Message::EventReceived {
        event: event.into(),
    }
}

/// So many milliseconds after the start.
fn after(told: &Told, ms: u64) -> Timestamp {
    told.story().chapters[0].at.plus_ms(ms)
}

//! What a workflow's author expects of it: cases, read from a document beside the workflow.

mod case;
mod expected;
mod names;
mod reader;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use weir_definition::{Diagnostic, Position, Source};
use weir_engine::WorkflowError;
use weir_graph::Program;

use reader::{Reader, Spot};

/// The tests of a workflow.
#[derive(Clone, Debug)]
pub struct Script {
    /// What is to be tried.
    pub cases: Vec<Case>,
}

/// One run of the workflow.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// The raw input.
    pub input: Value,
    /// What becomes of actions: by the pointer of the task that asks for them.
    pub actions: BTreeMap<Arc<str>, Answers>,
    /// What else happens.
    pub events: Vec<Happening>,
    /// What is to come of it.
    pub expected: Vec<(Expected, Position)>,
}

/// The outcomes of a task's actions.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// The same each time.
    Always(Answer),
    /// One after another; there is no action without one, and all are used.
    InOrder(Vec<Answer>),
}

/// The outcome of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How long it takes.
    pub delay_ms: u64,
    /// What it is.
    pub reply: Reply,
}

/// What an action comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Its raw output.
    Output(Value),
    /// An error.
    Error(WorkflowError),
    /// Nothing is ever heard of it.
    Never,
}

/// Something that happens to the instance by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When.
    pub when: When,
    /// What.
    pub cue: Cue,
}

/// When something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// So many milliseconds after the start of the workflow.
    At(u64),
    /// So many milliseconds after a task started for the first time.
    After(Arc<str>, u64),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Cue {
    /// This CloudEvent is published.
    Event(Value),
    /// The instance is cancelled for this reason.
    Cancel(String),
}

/// What is to come of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// How it ends: `completed`, `faulted` or `cancelled`.
    Status(String),
    /// It completes with exactly this.
    Output(Value),
    /// It faults with an error that has at least these members.
    Error(Value),
    /// Exactly these tasks start, in this order.
    Path(Vec<Arc<str>>),
    /// These tasks start.
    Runs(Vec<Arc<str>>),
    /// These tasks never start.
    Skips(Vec<Arc<str>>),
    /// Exactly these events are published, in this order; each has at least these members.
    Emits(Vec<Value>),
    /// Exactly the timeouts of these tasks (empty: of the workflow) pass, in this order.
    Timeouts(Vec<Arc<str>>),
    /// The actions of a task, in order; each has at least these members.
    Requests(Arc<str>, Vec<Value>),
    /// It takes exactly so many milliseconds.
    Lasts(u64),
    /// It takes at most so many milliseconds.
    Within(u64),
}

impl Script {
    /// Reads the tests of a workflow from YAML or JSON.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text.
    pub fn read(text: &str, name: &str, program: &Program) -> Result<Self, Vec<Diagnostic>> {
        let (source, value) = Source::read(text, name)?;
        let mut reader = Reader::new(&source, program);
        let root = Spot::root(&value);
        let script = reader.script(&root);
        let problems = reader.into_problems();
        match script {
            Some(script) if problems.is_empty() => Ok(script),
            _ => Err(problems),
        }
    }
}

impl Reader<'_> {
    fn script(&mut self, root: &Spot<'_>) -> Option<Script> {
        let fields = self.fields(root, &["workflow", "actions", "cases"])?;
        if let Some(workflow) = fields.get("workflow") {
            self.text(&workflow);
        }
        let shared = match fields.get("actions") {
            Some(actions) => self.actions(&actions),
            None => BTreeMap::new(),
        };
        let cases = self.required(&fields, root, "cases", "a list of cases")?;
        let items = self.items(&cases, "a list of cases")?;
        if items.is_empty() {
            self.problem(
                reader::EMPTY,
                &cases,
                "there are no cases",
                "add one: `- name: …` with `input` and `expect`",
            );
        }
        let cases = items.iter().filter_map(|item| self.case(item, &shared));
        Some(Script {
            cases: cases.collect(),
        })
    }
}

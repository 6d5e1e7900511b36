//! Running the cases.

use std::{collections::BTreeMap, sync::Arc};

use weir_definition::Position;
use weir_engine::{Activation, ErrorKind, Event, Message, Outcome, Timestamp, WorkflowError};
use weir_expression::Data;
use weir_graph::Program;
use weir_protocol::v1;

use crate::{
    Action, Answers, Case, Coverage, Cue, EPOCH, Failure, Happening, Reply, Script, Stage, When,
    coverage, expectation, history,
};

/// The most messages of one run: far more than any bound lets a workflow wait for.
const MESSAGES_MAX: usize = 1_000_000;

/// How the cases went.
#[derive(Clone, Debug)]
pub struct Report {
    /// Each case, in order.
    pub performances: Vec<Performance>,
    /// What of the workflow was reached, in all cases together.
    pub coverage: Coverage,
}

/// How a case went.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// What was not as expected; empty: it passed.
    pub failures: Vec<Failure>,
    /// How long the workflow ran, in virtual milliseconds.
    pub elapsed_ms: u64,
    /// What happened, one line each.
    pub trace: Vec<String>,
}

impl Report {
    /// Whether every case passed.
    pub fn passed(&self) -> bool {
        let mut all = self.performances.iter();
        all.all(|performance| performance.failures.is_empty())
    }
}

/// Runs every case of `script` on the workflow.
pub fn rehearse(program: &Arc<Program>, script: &Script) -> Report {
    let mut covered = Coverage::of(program);
    let mut performances = Vec::new();
    for case in &script.cases {
        let run = Run::of(program, case);
        coverage::cover(&mut covered, &run);
        let failures = run.problems.iter().cloned();
        performances.push(Performance {
            name: case.name.clone(),
            position: case.position,
            failures: failures.chain(expectation::check(case, &run)).collect(),
            elapsed_ms: run.stage.elapsed_ms(),
            trace: history::lines(&run),
        });
    }
    Report {
        performances,
        coverage: covered,
    }
}

/// One run of a case, and what it was seen to do.
pub(crate) struct Run {
    pub stage: Stage,
    /// Pointers to the tasks (empty: to the workflow) whose timeouts passed, in order.
    pub timeouts: Vec<Arc<str>>,
    /// What was asked of the world: task, and the request as executors get it.
    pub requests: Vec<(Arc<str>, serde_json::Value)>,
    /// The tasks of all activations.
    pub references: BTreeMap<Activation, Arc<str>>,
    /// What made the case impossible to follow.
    pub problems: Vec<Failure>,
    /// How many outcomes of each task were used.
    used: BTreeMap<Arc<str>, usize>,
    position: Position,
}

impl Run {
    fn of(program: &Arc<Program>, case: &Case) -> Self {
        let mut run = Self {
            stage: Stage::new(program.clone()),
            timeouts: Vec::new(),
            requests: Vec::new(),
            references: BTreeMap::from([(Activation::ROOT, "".into())]),
            problems: Vec::new(),
            used: BTreeMap::new(),
            position: case.position,
        };
        run.perform(case);
        run.leftovers(case);
        run
    }

    fn perform(&mut self, case: &Case) {
        let mut awaited: Vec<&Happening> = Vec::new();
        for happening in &case.events {
            match &happening.when {
                When::At(ms) => self.happen(&happening.cue, EPOCH.plus_ms(*ms)),
                When::After(..) => awaited.push(happening),
            }
        }
        let mut message = Some(self.stage.start(case.input.clone()));
        for _ in 0..MESSAGES_MAX {
            let Some(current) = message.take() else {
                return;
            };
            self.decide(&current, &mut awaited);
            if self.stage.state.status.is_final() || !self.problems.is_empty() {
                return;
            }
            for action in std::mem::take(&mut self.stage.actions) {
                self.answer(case, &action);
            }
            message = self.stage.next_message();
        }
        self.problem("an end", format!("none after {MESSAGES_MAX} messages"));
    }

    fn decide(&mut self, message: &Message, awaited: &mut Vec<&Happening>) {
        let decision = self.stage.decide(message);
        let by_timer = matches!(message, Message::TimerFired { .. });
        for event in &decision.events {
            if let Event::TaskStarted {
                task, reference, ..
            } = event
            {
                self.references.insert(*task, reference.clone());
                let now = self.stage.now;
                awaited.retain(|happening| match &happening.when {
                    When::After(after, delay_ms) if after == reference => {
                        self.happen(&happening.cue, now.plus_ms(*delay_ms));
                        false
                    }
                    When::At(_) | When::After(..) => true,
                });
            }
            if by_timer {
                self.timeouts.extend(timed_out(event, &self.references));
            }
        }
        self.stage.take(decision);
    }

    fn happen(&mut self, cue: &Cue, at: Timestamp) {
        let message = match cue {
            Cue::Event(event) => Message::EventReceived {
                event: Data::from(event.clone()),
            },
            Cue::Cancel(reason) => Message::CancelInstance {
                reason: Some(reason.clone()),
            },
        };
        self.stage.post(at, message);
    }

    /// Posts the outcome of an action that a task waits for.
    fn answer(&mut self, case: &Case, action: &Action) {
        let request = v1::Request::from(&action.request);
        let request = serde_json::to_value(request).unwrap_or_default();
        self.requests.push((action.reference.clone(), request));
        if !self.stage.state.tasks.contains_key(&action.task) {
            return;
        }
        let used = self.used.entry(action.reference.clone()).or_default();
        *used += 1;
        let name = action.reference.rsplit('/').next().unwrap_or_default();
        let answer = match case.actions.get(&action.reference) {
            None => {
                let missing = format!(
                    "`{name}` asked for an action that has none: add `{name}:` under `actions`"
                );
                return self.problem("an outcome for each action", missing);
            }
            Some(Answers::Always(answer)) => Some(answer),
            Some(Answers::InOrder(answers)) => answers.get(*used - 1),
        };
        let Some(answer) = answer else {
            let expected = format!("{} action(s) of `{name}`", *used - 1);
            return self.problem(&expected, "one more".to_owned());
        };
        let outcome = match &answer.reply {
            Reply::Output(output) => Outcome::Completed(Data::from(output.clone())),
            Reply::Error(error) => Outcome::Failed(error.clone()),
            Reply::Never => return,
        };
        let message = Message::ActionReported {
            task: action.task,
            outcome,
        };
        let at = self.stage.now.plus_ms(answer.delay_ms);
        self.stage.post(at, message);
    }

    /// Says which outcomes were not used.
    fn leftovers(&mut self, case: &Case) {
        if !self.problems.is_empty() {
            return;
        }
        for (reference, answers) in &case.actions {
            let Answers::InOrder(answers) = answers else {
                continue;
            };
            let used = self.used.get(reference).copied().unwrap_or_default();
            if used < answers.len() {
                let name = reference.rsplit('/').next().unwrap_or_default();
                let expected = format!("{} action(s) of `{name}`", answers.len());
                self.problem(&expected, used.to_string());
            }
        }
    }

    fn problem(&mut self, expected: &str, came: String) {
        self.problems.push(Failure {
            what: "actions",
            position: self.position,
            expected: expected.to_owned(),
            came,
        });
    }
}

/// The task whose own timeout passed, if that is what a timer's event says: the error is of this
/// task and of no part of it.
fn timed_out(event: &Event, references: &BTreeMap<Activation, Arc<str>>) -> Option<Arc<str>> {
    let is_timeout = |error: &WorkflowError| error.type_ == ErrorKind::Timeout.error("").type_;
    if let Event::WorkflowFaulted { error } = event {
        return (is_timeout(error) && error.instance.is_none()).then(|| "".into());
    }
    let (Event::TaskFaulted { task, error }
    | Event::ErrorCaught { task, error }
    | Event::RetryScheduled { task, error, .. }) = event
    else {
        return None;
    };
    let own = references.get(task)?;
    (is_timeout(error) && error.instance.as_deref() == Some(own)).then(|| own.clone())
}

//! Cases on the whole system.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use weir_integration_tests::{Api, until};
use weir_rehearsal::{Cue, Expected, Happening, When, rehearse};

use super::{
    LIVE_MS_MAX,
    stand::{HOST, Stand},
    suite::Case,
};
use crate::cluster;

/// Cases that run side by side.
const TOGETHER: usize = 16;

/// What a run came to.
struct Run {
    instance: Value,
    /// The journal's events.
    events: Vec<Value>,
}

pub async fn run(cases: Vec<Case>) {
    let cluster = cluster(1).await;
    let stand = Arc::new(Stand::serve().await);
    let (mut running, mut failed) = (JoinSet::new(), Vec::new());
    let (mut passed, mut left_out) = (0, 0);
    let mut done = |outcome: Outcome| match outcome {
        Outcome::Passed => passed += 1,
        Outcome::LeftOut => left_out += 1,
        Outcome::Failed(wrong) => failed.push(wrong),
    };
    for case in cases {
        if running.len() == TOGETHER {
            done(running.join_next().await.unwrap().unwrap());
        }
        let (api, stand) = (cluster.api(), stand.clone());
        running.spawn(async move {
            let outcome = one(&case, &api, &stand).await;
            match outcome {
                Ok(true) => Outcome::Passed,
                Ok(false) => Outcome::LeftOut,
                Err(wrong) => Outcome::Failed(format!("{}: {}\n{wrong}", case.id, case.name)),
            }
        });
    }
    for outcome in running.join_all().await {
        done(outcome);
    }
    println!("{passed} cases passed, {left_out} run on the engine only");
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(cluster.dead_letters().await.is_empty());
}

enum Outcome {
    Passed,
    LeftOut,
    Failed(String),
}

/// Whether the case held; false if it runs on the engine only.
async fn one(case: &Case, api: &Api, stand: &Stand) -> Result<bool, String> {
    if case.engine_only.is_some() {
        return Ok(false);
    }
    let folder = stand.folder(&case.id);
    let ours = |value: &Value| -> Value {
        let text = value.to_string().replace(HOST, &folder);
        // Events of one case are not those of another.
        let text = text.replace("com.example.", &format!("com.example.{}.", case.id));
        serde_json::from_str(&text).unwrap()
    };
    let answer = api.try_deploy(&ours(&case.definition()).to_string()).await;
    if case.refused.is_some() {
        let client_error = answer.status.is_client_error();
        return if client_error {
            Ok(true)
        } else {
            Err(format!("{answer:?}"))
        };
    }
    if !answer.status.is_success() {
        return Err(format!("{answer:#?}"));
    }
    let program = case.compile().map_err(|wrong| format!("{wrong:#?}"))?;
    let report = rehearse(&program, &case.script(&program, &case.test)?);
    if report.performances[0].elapsed_ms > LIVE_MS_MAX {
        return Ok(false);
    }
    let mut script = case.script(&program, &ours(&case.test))?;
    let script = script.cases.remove(0);
    stand.play(&case.id, &script.actions);
    let workflow = format!("cases/{}", case.id);
    let id = api.start(&workflow, &script.input, &case.id).await;
    for happening in &script.events {
        happen(&case.id, &id, happening, api).await;
    }
    let instance = api.ended(&id).await;
    let history = api.history(&id).await;
    let events = history.events().cloned().collect();
    if let Some(defect) = history.defect() {
        return Err(defect);
    }
    let run = Run { instance, events };
    let wrong = script
        .expected
        .iter()
        .filter_map(|(what, _)| run.wrong(what));
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() {
        Ok(true)
    } else {
        Err(format!("{}\n{:#}", wrong.join("\n"), run.instance))
    }
}

/// Lets something happen when its time has come.
async fn happen(case: &str, id: &str, happening: &Happening, api: &Api) {
    let delay_ms = match &happening.when {
        When::At(ms) => *ms,
        When::After(task, delay_ms) => {
            until(&format!("the start of {task}"), || started(api, id, task)).await;
            *delay_ms
        }
    };
    // sleep: the case says when
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    match &happening.cue {
        Cue::Event(event) => {
            let mut event = event.clone();
            // The broker takes an event of the same source and id for the same event.
            let own = format!("{}-{case}", event["id"].as_str().unwrap());
            event["id"] = json!(own);
            api.publish(&event).await;
        }
        Cue::Cancel(reason) => api.cancel(id, reason).await,
    }
}

async fn started(api: &Api, id: &str, task: &str) -> Option<()> {
    let history = api.try_history(id).await?;
    let mut events = history.events();
    events
        .find(|event| is_start(event) && event["reference"] == task)
        .map(drop)
}

fn is_start(event: &Value) -> bool {
    event["type"] == "task-started"
}

impl Run {
    /// What is not as expected. How long things take is the engine's to show, and so is what the
    /// executor is asked for.
    fn wrong(&self, expected: &Expected) -> Option<String> {
        let is = |name: &str, value: &Value| self.instance.get(name) == Some(value);
        let holds = match expected {
            Expected::Status(status) => is("status", &json!(status)),
            Expected::Output(output) => is("status", &json!("completed")) && is("output", output),
            Expected::Error(error) => {
                let has = |(name, part): (&String, &Value)| {
                    self.instance["error"].get(name) == Some(part)
                };
                error.as_object().unwrap().iter().all(has)
            }
            Expected::Path(path) => path.iter().map(|task| &**task).eq(self.started()),
            Expected::Runs(tasks) => tasks.iter().all(|task| self.started().contains(&&**task)),
            Expected::Skips(tasks) => !tasks.iter().any(|task| self.started().contains(&&**task)),
            Expected::Emits(events) => self.emitted_like(events),
            Expected::Timeouts(_)
            | Expected::Requests(..)
            | Expected::Lasts(_)
            | Expected::Within(_) => true,
        };
        (!holds).then(|| format!("expected {expected:?}; started were {:?}", self.started()))
    }

    fn started(&self) -> Vec<&str> {
        let started = self.events.iter().filter(|event| is_start(event));
        started
            .map(|event| event["reference"].as_str().unwrap())
            .collect()
    }

    fn emitted_like(&self, expected: &[Value]) -> bool {
        let events = self.events.iter();
        let emitted = events.filter_map(|event| event.pointer("/activity/event"));
        let emitted: Vec<&Value> = emitted.collect();
        let has = |whole: &Value, part: &Value| {
            let part = part.as_object().unwrap();
            part.iter()
                .all(|(name, part)| whole.get(name) == Some(part))
        };
        emitted.len() == expected.len() && emitted.iter().zip(expected).all(|(w, p)| has(w, p))
    }
}

//! An instance as a tree of tasks, built from its lifecycle events.

use std::{collections::BTreeMap, fmt::Write};

use jiff::Timestamp;
use serde_json::Value;
use weir_insight::lasted;

/// A state's colour: an SGR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(u8);

impl Paint {
    const RED: Self = Self(31);
    const GREEN: Self = Self(32);
    const YELLOW: Self = Self(33);
    const CYAN: Self = Self(36);
    const DIM: Self = Self(2);

    /// Of a status word.
    pub fn status(status: &str) -> Self {
        match status {
            "completed" => Self::GREEN,
            "faulted" => Self::RED,
            "cancelled" => Self::YELLOW,
            _ => Self::CYAN,
        }
    }

    /// Coloured text; the stream drops the colours where there is no terminal.
    pub fn wrap(self, text: &str) -> String {
        format!("\u{1b}[{}m{text}\u{1b}[0m", self.0)
    }
}

/// The tree.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    title: String,
    /// Tasks that started, and the most that can.
    steps: u64,
    steps_max: Option<u64>,
    status: Option<&'static str>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
    error: Option<String>,
    tasks: BTreeMap<u64, Task>,
    /// (revision, index) of the last event: repeated ones are dropped.
    seen: (u64, u64),
}

#[derive(Debug)]
struct Task {
    reference: String,
    parent: u64,
    status: &'static str,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
    waiting: Option<String>,
    note: Option<String>,
}

impl Tree {
    /// Of an instance that takes at most so many steps, if that is known.
    pub fn bounded(steps_max: Option<u64>) -> Self {
        Self {
            steps_max,
            ..Self::default()
        }
    }

    /// How the instance ended, once it has.
    pub fn ended(&self) -> Option<&'static str> {
        self.status.filter(|status| *status != "running")
    }

    /// Takes in a lifecycle event. Events come at least once, in order.
    pub fn apply(&mut self, event: &Value) {
        let number = |name: &str| event[name].as_u64().unwrap_or_default();
        let place = (number("revision"), number("index"));
        if place <= self.seen && self.status.is_some() {
            return;
        }
        self.seen = place;
        let at = time(&event["time"]);
        let data = &event["data"];
        let kind = event["type"].as_str().unwrap_or_default();
        let Some(name) = kind.strip_suffix(".v1").and_then(|kind| {
            kind.strip_prefix("io.serverlessworkflow.")
                .or_else(|| kind.strip_prefix("io.weir."))
        }) else {
            return;
        };
        match name {
            "workflow.started" => {
                let text = |name: &str| data["definition"][name].as_str().unwrap_or("?");
                let instance = event["instance"].as_str().unwrap_or("?");
                self.title = format!(
                    "{}/{}:{} {instance}",
                    text("namespace"),
                    text("name"),
                    text("version")
                );
                self.status = Some("running");
                self.started_at = at;
                self.deadline = time(&data["weir"]["deadline"]);
            }
            "workflow.completed" => self.end("completed", at),
            "workflow.cancelled" => self.end("cancelled", at),
            "workflow.faulted" => {
                self.end("faulted", at);
                self.error = Some(problem(&data["error"]));
            }
            _ => self.apply_to_task(name, data, at),
        }
    }

    fn end(&mut self, status: &'static str, at: Option<Timestamp>) {
        self.status = Some(status);
        self.ended_at = at;
    }

    fn apply_to_task(&mut self, name: &str, data: &Value, at: Option<Timestamp>) {
        let Some(activation) = data["weir"]["activation"].as_u64() else {
            return;
        };
        if name == "task.created" {
            let task = Task {
                reference: data["task"].as_str().unwrap_or("?").to_owned(),
                parent: data["weir"]["parent"].as_u64().unwrap_or_default(),
                status: "running",
                started_at: at,
                ended_at: None,
                deadline: None,
                waiting: None,
                note: None,
            };
            self.tasks.insert(activation, task);
            self.steps += 1;
            return;
        }
        let Some(task) = self.tasks.get_mut(&activation) else {
            return;
        };
        let detail = &data["weir"];
        match name {
            "task.started" => {
                task.deadline = time(&detail["deadline"]);
                task.waiting = waiting(&detail["waiting"]);
            }
            "task.completed" => task.end("completed", at),
            "task.cancelled" => task.end("cancelled", at),
            "task.faulted" => {
                task.end("faulted", at);
                task.note = Some(problem(&data["error"]));
            }
            "task.iteration-started" => task.note = Some(format!("item {}", detail["index"])),
            "task.retry-scheduled" => {
                let error = problem(&data["error"]);
                task.note = Some(format!("retry {} after: {error}", detail["retry"]));
            }
            "task.error-caught" => task.note = Some(format!("caught: {}", problem(&data["error"]))),
            "task.event-consumed" => {
                let kind = detail["event"]["type"].as_str().unwrap_or("?");
                task.note = Some(format!("got {kind}"));
            }
            _ => {}
        }
    }

    /// As text at the time `now`, one line a task.
    pub fn render(&self, now: Timestamp) -> String {
        let status = self.status.unwrap_or("unknown");
        let mut out = format!("{}  {}", self.title, Paint::status(status).wrap(status));
        let until = self.ended_at.unwrap_or(now);
        if let Some(started) = self.started_at {
            let _ = write!(out, "  {}", lasted(ms_between(started, until)));
        }
        if let Some(most) = self.steps_max {
            let _ = write!(out, "  {} of at most {most} steps", self.steps);
        }
        if let (None, Some(deadline)) = (self.ended_at, self.deadline) {
            let _ = write!(out, "  ends by {} at the latest", clock(deadline));
        }
        out.push('\n');
        self.render_children(0, "", now, &mut out);
        if let Some(error) = &self.error {
            let _ = writeln!(out, "{}", Paint::RED.wrap(&format!("error: {error}")));
        }
        out
    }

    fn render_children(&self, parent: u64, indent: &str, now: Timestamp, out: &mut String) {
        let children: Vec<_> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.parent == parent)
            .collect();
        let count = children.len();
        for (place, (activation, task)) in children.into_iter().enumerate() {
            let (branch, below) = if place + 1 == count {
                ("└ ", "  ")
            } else {
                ("├ ", "│ ")
            };
            let _ = writeln!(
                out,
                "{}{}",
                Paint::DIM.wrap(&format!("{indent}{branch}")),
                task.line(now)
            );
            self.render_children(*activation, &format!("{indent}{below}"), now, out);
        }
    }
}

impl Task {
    fn end(&mut self, status: &'static str, at: Option<Timestamp>) {
        self.status = status;
        self.ended_at = at;
        self.waiting = None;
    }

    fn line(&self, now: Timestamp) -> String {
        let name = self.reference.rsplit('/').next().unwrap_or("?");
        let sign = match (self.status, &self.waiting) {
            ("completed", _) => Paint::GREEN.wrap("✔"),
            ("faulted", _) => Paint::RED.wrap("✘"),
            ("cancelled", _) => Paint::YELLOW.wrap("⊘"),
            (_, Some(_)) => Paint::CYAN.wrap("…"),
            _ => Paint::CYAN.wrap("▶"),
        };
        let mut line = format!("{sign} {name}");
        if let Some(started) = self.started_at {
            let lasted = lasted(ms_between(started, self.ended_at.unwrap_or(now)));
            let _ = write!(line, "  {}", Paint::DIM.wrap(&lasted));
        }
        if let (Some(waiting), Some(deadline)) = (&self.waiting, self.deadline) {
            let left = lasted(ms_between(now, deadline));
            let _ = write!(line, "  waits for {waiting}, {left} left");
        }
        if let Some(note) = &self.note {
            let _ = write!(line, "  {}", Paint::DIM.wrap(note));
        }
        line
    }
}

/// One event on one line.
pub(crate) fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or("-");
    let kind = text("type").trim_end_matches(".v1");
    let kind = kind
        .rsplit_once("workflow.")
        .filter(|_| kind.contains("serverlessworkflow"))
        .map_or(kind.trim_start_matches("io.weir."), |_| {
            kind.trim_start_matches("io.serverlessworkflow.")
        });
    let mut line = format!("{}  {}  {kind}", text("time"), text("instance"));
    if let Some(reference) = event["subject"].as_str() {
        let _ = write!(line, "  {reference}");
    }
    if let Some(error) = event["data"].get("error") {
        let _ = write!(line, "  {}", problem(error));
    }
    line
}

/// An error in a few words.
pub(crate) fn problem(error: &Value) -> String {
    let text = |name: &str| error[name].as_str();
    let what = text("detail")
        .or(text("title"))
        .or(text("type"))
        .unwrap_or("unknown error");
    let mut out = format!("{what} (status {})", error["status"]);
    if let Some(instance) = text("instance") {
        let _ = write!(out, " at {instance}");
    }
    out
}

fn waiting(waiting: &Value) -> Option<String> {
    let what = waiting["for"].as_str()?;
    Some(match waiting["function"].as_str() {
        Some(function) => format!("{function} {what}"),
        None => what.to_owned(),
    })
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn ms_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or_default()
}

fn clock(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[allow(
        clippy::needless_pass_by_value,
        reason = "`json!(…)` reads better than `&json!(…)`"
    )]
    fn event(revision: u64, kind: &str, data: Value) -> Value {
        json!({"type": kind, "time": "2026-01-01T00:00:01Z", "instance": "i", "revision": revision,
            "index": 0, "data": data})
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_tree_grows_from_events_and_drops_repetitions() {
        let mut tree = Tree::bounded(Some(42));
        let created = |activation, parent, task: &str| json!({"task": task, "weir": {"activation": activation, "parent": parent}});
        let events = [
            event(
                1,
                "io.serverlessworkflow.workflow.started.v1",
                json!({"definition": {"namespace": "n", "name": "w", "version": "1.0.0"},
                    "weir": {"deadline": "2026-01-01T00:01:01Z"}}),
            ),
            event(
                2,
                "io.serverlessworkflow.task.created.v1",
                created(1, 0, "/do/0/a"),
            ),
            event(
                3,
                "io.serverlessworkflow.task.created.v1",
                created(2, 1, "/do/0/a/do/0/b"),
            ),
            event(
                4,
                "io.serverlessworkflow.task.started.v1",
                json!({"weir": {"activation": 2, "deadline": "2026-01-01T00:00:31Z",
                    "waiting": {"for": "action", "function": "http"}}}),
            ),
        ];
        for event in &events {
            tree.apply(event);
            tree.apply(event);
        }
        let now = "2026-01-01T00:00:02Z".parse().unwrap();
        assert_eq!(
            plain(&tree.render(now)),
            "n/w:1.0.0 i  running  1.0 s  2 of at most 42 steps  ends by 2026-01-01 00:01:01 UTC at the latest\n\
             └ ▶ a  1.0 s\n  └ … b  1.0 s  waits for http action, 29.0 s left\n"
        );
        tree.apply(&event(
            5,
            "io.serverlessworkflow.task.faulted.v1",
            json!({"error": {"detail": "no", "status": 500}, "weir": {"activation": 2}}),
        ));
        tree.apply(&event(
            6,
            "io.serverlessworkflow.workflow.faulted.v1",
            json!({"error": {"detail": "no", "status": 500, "instance": "/do/0/a"}}),
        ));
        assert_eq!(tree.ended(), Some("faulted"));
        assert!(
            plain(&tree.render(now))
                .ends_with("└ ✘ b  0 ms  no (status 500)\nerror: no (status 500) at /do/0/a\n")
        );
    }
}

//! `weir replay`: an instance as it was after a decision.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Context;
use serde_json::Value;

use super::history;
use crate::{
    api::Client,
    output::{Exit, Output},
    tree::Paint,
};

pub(crate) async fn replay(
    client: &Client,
    instance: &str,
    at: Option<u64>,
    output: &Output,
) -> anyhow::Result<Exit> {
    let history = history::read(client, instance).await?;
    let chapters = &history.story.chapters;
    let last = chapters.last().context("nothing has been decided yet")?;
    let at = at.unwrap_or(last.revision);
    let path = format!("/api/v1/instances/{instance}");
    let view = client.get(&path, &[("at", at.to_string())]).await?;
    let decision = chapters.iter().find(|chapter| chapter.revision == at);
    let decision = decision.map_or_else(String::new, |chapter| history.told(chapter));
    output.print(&view, || {
        format!("{}\n\n{decision}", pictured(&view, chapters.len()))
    });
    Ok(Exit::Done)
}

/// The instance, its context and its tasks with their data.
fn pictured(view: &Value, decisions: usize) -> String {
    let text = |pointer: &str| view.pointer(pointer).and_then(Value::as_str).unwrap_or("-");
    let status = text("/status");
    let mut out = format!(
        "{}  {}/{}:{}  {}  after decision {} of {decisions}, {} steps, {} actions\n  input    {}\n  context  {}",
        text("/instance"),
        text("/workflow/namespace"),
        text("/workflow/name"),
        text("/workflow/version"),
        Paint::status(status).wrap(status),
        view["revision"],
        view["steps"],
        view["actions"],
        view["input"],
        view["context"],
    );
    // Writing to a string does not fail.
    for (name, width) in [("output", 7), ("error", 7)] {
        if let Some(value) = view.get(name) {
            let _ = write!(out, "\n  {name:<width$}  {value}");
        }
    }
    let mut depths = BTreeMap::from([(0, 0)]);
    for task in view["tasks"].as_array().into_iter().flatten() {
        let number = |name: &str| task[name].as_u64().unwrap_or_default();
        // What it is part of stands before it.
        let depth = depths.get(&number("parent")).copied().unwrap_or(0) + 1;
        depths.insert(number("activation"), depth);
        let margin = "  ".repeat(depth);
        let reference = task["reference"].as_str().unwrap_or("?");
        let progress = &task["progress"];
        let is = progress["is"].as_str().unwrap_or("?");
        let _ = write!(out, "\n{margin}{reference}  {is}");
        let _ = write!(out, "\n{margin}  input  {}", task["input"]);
        let members = progress.as_object().into_iter().flatten();
        for (name, value) in members.filter(|(name, _)| *name != "is") {
            let _ = write!(out, "\n{margin}  {name}  {value}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::pictured;

    #[test]
    fn tasks_stand_in_what_they_are_part_of() {
        let view = json!({
            "instance": "i", "workflow": {"namespace": "n", "name": "w", "version": "1.0.0"},
            "status": "waiting", "revision": 3, "steps": 2, "actions": 1, "input": {"a": 1},
            "context": null,
            "tasks": [
                {"activation": 1, "parent": 0, "reference": "/do/0/each", "input": [1, 2],
                    "progress": {"is": "iteration", "index": 1, "of": 2}},
                {"activation": 4, "parent": 1, "reference": "/do/0/each/do/0/rest", "input": 7,
                    "progress": {"is": "sleep", "until": "later"}},
            ],
        });
        let pictured = anstream::adapter::strip_str(&pictured(&view, 5)).to_string();
        let expected = "\
i  n/w:1.0.0  waiting  after decision 3 of 5, 2 steps, 1 actions
  input    {\"a\":1}
  context  null
  /do/0/each  iteration
    input  [1,2]
    index  1
    of  2
    /do/0/each/do/0/rest  sleep
      input  7
      until  \"later\"";
        assert_eq!(pictured, expected);
    }
}

//! `weir dlq`: messages that could not be processed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    api::Client,
    args::Dlq,
    output::{Exit, Output},
};

const PATH: &str = "/api/v1/dead-letters";

pub(crate) async fn dlq(client: &Client, dlq: &Dlq, output: &Output) -> anyhow::Result<Exit> {
    match dlq {
        Dlq::List { stream, limit } => list(client, stream.as_deref(), *limit, output).await?,
        Dlq::Show { sequence } => {
            let letter = client.get(&format!("{PATH}/{sequence}"), &[]).await?;
            output.print(&letter, || shown(&letter));
        }
        Dlq::Replay { sequences } => {
            for sequence in sequences {
                let path = format!("{PATH}/{sequence}/replay");
                let answer = client.post(&path, &json!({})).await?;
                output.print(&answer, || {
                    let subject = answer["subject"].as_str().unwrap_or("-");
                    format!("{sequence} is on {subject} once more")
                });
            }
        }
        Dlq::Drop { sequences } => {
            for sequence in sequences {
                let answer = client.delete(&format!("{PATH}/{sequence}")).await?;
                output.print(&answer, || format!("{sequence} is gone"));
            }
        }
    }
    Ok(Exit::Done)
}

async fn list(
    client: &Client,
    stream: Option<&str>,
    limit: usize,
    output: &Output,
) -> anyhow::Result<()> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(stream.map(|stream| ("stream", stream.to_owned())));
    let listed = client.get(PATH, &query).await?;
    output.print(&listed, || {
        let letters = listed["deadLetters"].as_array();
        let letters = letters.map(Vec::as_slice).unwrap_or_default();
        if letters.is_empty() {
            return "no dead letters".to_owned();
        }
        let mut lines: Vec<String> = letters.iter().map(row).collect();
        let count = listed["count"].as_u64().unwrap_or_default();
        let shown = u64::try_from(letters.len()).unwrap_or(u64::MAX);
        if count > shown {
            lines.push(format!("and {} older ones (--limit)", count - shown));
        }
        lines.join("\n")
    });
    Ok(())
}

fn row(letter: &Value) -> String {
    let text = |name: &str| letter[name].as_str().unwrap_or("-").to_owned();
    let sequence = letter["sequence"].as_u64().unwrap_or_default();
    format!(
        "{sequence:>6}  {}  {}\n        {}",
        text("at"),
        text("subject"),
        text("reason")
    )
}

fn shown(letter: &Value) -> String {
    let mut out = row(letter);
    let attempts = letter["attempts"].as_u64().unwrap_or_default();
    let _ = write!(out, "\n        delivered {attempts} times");
    for (name, value) in letter["headers"].as_object().into_iter().flatten() {
        let _ = write!(out, "\n{name}: {}", value.as_str().unwrap_or_default());
    }
    let body = match (letter.get("payload"), letter["text"].as_str()) {
        (Some(payload), _) => serde_json::to_string_pretty(payload).unwrap_or_default(),
        (None, text) => text.unwrap_or_default().to_owned(),
    };
    let _ = write!(out, "\n\n{body}");
    out
}

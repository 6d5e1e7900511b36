//! `weir list`: instances, those first that started last, or first.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    api::Client,
    args::List,
    output::{Exit, Output},
    tree::Paint,
};

pub(crate) async fn list(client: &Client, list: &List, output: &Output) -> anyhow::Result<Exit> {
    let query = query(list, Timestamp::now())?;
    let listed = client.get("/api/v1/instances", &query).await?;
    output.print(&listed, || {
        let rows = listed["instances"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if rows.is_empty() {
            return "no instances".to_owned();
        }
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    });
    Ok(Exit::Done)
}

fn query(list: &List, now: Timestamp) -> anyhow::Result<Vec<(&'static str, String)>> {
    let before = match &list.older_than {
        Some(age) => {
            let ms = weir_graph::parse_duration(&Value::from(age.as_str()))
                .with_context(|| format!("--older-than {age}: write it as PT1H or P1D"))?;
            let age = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
            Some(now.saturating_sub(age)?.to_string())
        }
        None => None,
    };
    let named = [
        ("status", list.status.clone()),
        ("workflow", list.workflow.clone()),
        ("error", list.error.clone()),
        ("waitingFor", list.waiting_for.clone()),
        ("startedBefore", before),
        ("order", list.oldest.then(|| "oldest".to_owned())),
    ];
    let named = named
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(named.chain([("limit", list.limit.to_string())]).collect())
}

fn row(instance: &Value) -> String {
    let text = |pointer: &str| {
        instance
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("-")
    };
    let status = text("/status");
    let mut row = format!(
        "{}  {}  {}  {}/{}:{}",
        text("/instance"),
        Paint::status(status).wrap(&format!("{status:<9}")),
        text("/startedAt"),
        text("/workflow/namespace"),
        text("/workflow/name"),
        text("/workflow/version"),
    );
    if let Some(error) = instance.get("error").filter(|error| !error.is_null()) {
        row.push_str("  ");
        row.push_str(&crate::tree::problem(error));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_time_before_now() {
        let list = List {
            status: None,
            workflow: None,
            error: None,
            waiting_for: Some("events".to_owned()),
            older_than: Some("PT1H".to_owned()),
            oldest: true,
            limit: 7,
        };
        let now = "2026-01-01T12:00:00Z".parse().unwrap();
        let query = query(&list, now).unwrap();
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            query.join("&"),
            "waitingFor=events&startedBefore=2026-01-01T11:00:00Z&order=oldest&limit=7"
        );
    }
}

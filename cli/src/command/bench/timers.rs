//! How late timers are: from when a wait was due to when the scheduler went on, as the journal has
//! both. So it includes the way of the timeout to the instance.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use weir_bus::{Bus, Follower, From};
use weir_protocol::{
    Stream,
    v1::{Event, Format, Record},
};

use super::{
    PATIENCE,
    statistics::{Samples, number, round},
    system::System,
};
use crate::{args::Bench, output::Output};

const NAME: &str = "wait";
/// Over so long a time the timers are due.
const WINDOW_MS: u64 = 10_000;
/// They are not due before so long after the first start, and longer for each of them.
const LEAD_MS: u64 = 2_000;
const LEAD_EACH_MS: u64 = 1;
/// How many starts are on their way at the same time.
const STARTS_IN_FLIGHT: u64 = 64;

pub(super) async fn measure(
    system: &Arc<System>,
    bench: &Bench,
    output: &Output,
) -> anyhow::Result<()> {
    system
        .deploy(NAME, json!([{"wait": {"wait": "${ .wait }"}}]))
        .await?;
    let head = system.bus.head(Stream::Journal).await?;
    let follower = system
        .bus
        .follow(Stream::Journal, From::Sequence(head + 1))
        .await?;
    let count = bench.timers;
    let collected = tokio::spawn(collect(follower, count));
    let begin = Instant::now();
    let lead_ms = LEAD_MS + LEAD_EACH_MS * count;
    start(system, count, begin, lead_ms).await?;
    let starting = begin.elapsed();
    let lateness = collected.await??;
    let result = json!({
        "part": "timers",
        "timers": count,
        "windowMs": WINDOW_MS,
        "startedMs": u64::try_from(starting.as_millis()).unwrap_or(u64::MAX),
        "leadMs": lead_ms,
        "startsPerSecond": round(number(count) / starting.as_secs_f64()),
        "latenessMs": lateness.summary(),
    });
    output.print(&result, || text(&result));
    Ok(())
}

/// Starts `count` instances whose waits are due evenly over the window.
async fn start(
    system: &Arc<System>,
    count: u64,
    begin: Instant,
    lead_ms: u64,
) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut lanes = JoinSet::new();
    for _ in 0..STARTS_IN_FLIGHT {
        let (system, next) = (system.clone(), next.clone());
        lanes.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return anyhow::Ok(());
                }
                let due = begin + Duration::from_millis(lead_ms + WINDOW_MS * index / count);
                let left_ms = due.saturating_duration_since(Instant::now()).as_millis();
                let wait = format!("PT{}.{:03}S", left_ms / 1000, left_ms % 1000);
                system.start_instance(NAME, json!({"wait": wait})).await?;
            }
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(())
}

/// Reads the journal until `count` waits are over.
async fn collect(mut follower: Box<dyn Follower>, count: u64) -> anyhow::Result<Samples> {
    let mut due_by_subject: HashMap<String, u64> = HashMap::new();
    let mut lateness = Samples::default();
    while (lateness.len() as u64) < count {
        let message = tokio::time::timeout(PATIENCE, follower.next())
            .await
            .context("waits do not end")??;
        let record = Record::decode(&message.payload)?;
        if record.cause.kind == "timeout" {
            if let Some(due) = due_by_subject.remove(&message.subject) {
                lateness.add_ms(number(record.at.saturating_sub(due)));
            }
            continue;
        }
        for event in &record.events {
            if let Event::TimerArmed { due, .. } = event {
                due_by_subject.insert(message.subject.clone(), *due);
            }
        }
    }
    Ok(lateness)
}

fn text(result: &Value) -> String {
    let lateness = |name: &str| result["latenessMs"][name].as_f64().unwrap_or_default();
    let number = |name: &str| result[name].as_u64().unwrap_or_default();
    let note = if number("startedMs") > number("leadMs") {
        "; some were due while others were still being started"
    } else {
        ""
    };
    format!(
        "\n{} timers due within {} s: late by p50 {:.0}, p99 {:.0}, max {:.0} ms; started at {:.0}/s{note}",
        number("timers"),
        WINDOW_MS / 1000,
        lateness("p50"),
        lateness("p99"),
        lateness("max"),
        result["startsPerSecond"].as_f64().unwrap_or_default(),
    )
}

//! From publishing an event to the end of the workflow that waited for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    statistics::{Samples, number, round},
    system::System,
    watch::{Milestone, Watch},
};
use crate::{args::Bench, output::Output};

const NAME: &str = "await-event";
const EVENT_TYPE: &str = "bench.callback";
/// How many wait for their event at the same time.
const IN_FLIGHT: [usize; 2] = [1, 64];

pub(super) async fn measure(
    system: &Arc<System>,
    bench: &Bench,
    output: &Output,
) -> anyhow::Result<()> {
    let event = json!({
        "with": {"type": EVENT_TYPE},
        "correlate": {"key": {"from": ".data.key", "expect": "${ .key }"}},
    });
    system
        .deploy(NAME, json!([{"await": {"listen": {"to": {"one": event}}}}]))
        .await?;
    let watch = Watch::start(system.bus(), &[Milestone::Started, Milestone::Ended]).await?;
    let watch = Arc::new(watch);
    output.explain("\nevent to completion    events/s   p50 ms   p99 ms   max ms");
    for in_flight in IN_FLIGHT {
        let begin = Instant::now();
        let until = begin + Duration::from_secs(bench.seconds);
        let mut lanes = JoinSet::new();
        for _ in 0..in_flight {
            let (system, watch) = (system.clone(), watch.clone());
            lanes.spawn(async move {
                let mut samples = Samples::default();
                while Instant::now() < until {
                    samples.add(once(&system, &watch).await?);
                }
                anyhow::Ok(samples)
            });
        }
        let mut samples = Samples::default();
        while let Some(lane) = lanes.join_next().await {
            samples.extend(lane??);
        }
        let count = samples.len();
        let result = json!({
            "part": "events",
            "inFlight": in_flight,
            "events": count,
            "perSecond": round(number(count as u64) / begin.elapsed().as_secs_f64()),
            "latencyMs": samples.summary(),
        });
        output.print(&result, || row(&result));
    }
    Ok(())
}

/// One instance waits, gets its event and ends; how long from the event to the end.
async fn once(system: &System, watch: &Watch) -> anyhow::Result<Duration> {
    let key = Uuid::now_v7().to_string();
    let id = system.start_instance(NAME, json!({"key": key})).await?;
    watch.reached(id, Milestone::Started).await?;
    let event = json!({
        "specversion": "1.0", "id": key, "source": "/weir/bench", "type": EVENT_TYPE,
        "datacontenttype": "application/json", "data": {"key": key},
    });
    let published = Instant::now();
    let ended = watch.reached(id, Milestone::Ended);
    let media_type = "application/cloudevents+json";
    system
        .client
        .post_text("/events", media_type, event.to_string())
        .await?;
    Ok(ended.await? - published)
}

fn row(result: &Value) -> String {
    let latency = |name: &str| result["latencyMs"][name].as_f64().unwrap_or_default();
    format!(
        "{:>9} in flight {:>13.0} {:>8.2} {:>8.2} {:>8.2}",
        result["inFlight"].as_u64().unwrap_or_default(),
        result["perSecond"].as_f64().unwrap_or_default(),
        latency("p50"),
        latency("p99"),
        latency("max"),
    )
}

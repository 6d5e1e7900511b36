//! Workflows of three HTTP calls, one after another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    endpoint::Endpoint,
    process::Process,
    statistics::{Samples, number, per, round},
    system::System,
    usage::{self, Moment},
    watch::{Milestone, Watch},
};
use crate::{args::Bench, output::Output};

const NAME: &str = "three-actions";
/// Before it counts: connections are made, caches are filled.
const WARMUP: Duration = Duration::from_secs(1);

pub(super) async fn measure(
    system: &Arc<System>,
    bench: &Bench,
    output: &Output,
) -> anyhow::Result<()> {
    let endpoint = Endpoint::start().await?;
    let call = json!({
        "call": "http",
        "with": {"method": "post", "endpoint": endpoint.url(), "body": "${ . }"},
    });
    system
        .deploy(
            NAME,
            json!([{"first": call}, {"second": call}, {"third": call}]),
        )
        .await?;
    let watch = Arc::new(Watch::start(system.bus(), &[Milestone::Ended]).await?);
    let before = Moment::now(system).await?;
    let mut workflows = 0;
    output.explain(HEAD);
    for in_flight in bench.in_flight.iter().copied() {
        let warmup = Limit::new(WARMUP, bench.count);
        workflows += run(system, &watch, in_flight, warmup).await?.samples.len();
        let limit = Limit::new(Duration::from_secs(bench.seconds), bench.count);
        let cpu: Vec<f64> = system.processes.iter().map(Process::cpu_ms).collect();
        let ran = run(system, &watch, in_flight, limit).await?;
        let count = ran.samples.len();
        workflows += count;
        let cpu: Vec<Value> = system
            .processes
            .iter()
            .zip(cpu)
            .map(|(process, before)| {
                let used = process.cpu_ms() - before;
                json!({"process": process.name, "cpuMs": per(used, number(count as u64))})
            })
            .collect();
        let result = json!({
            "part": "workflows",
            "inFlight": in_flight,
            "workflows": count,
            "perSecond": round(number(count as u64) / ran.elapsed.as_secs_f64()),
            "latencyMs": ran.samples.summary(),
            "perWorkflow": cpu,
            "memory": system.processes.iter().map(Process::memory).collect::<Vec<_>>(),
        });
        output.print(&result, || row(&result));
    }
    let usage = before.per_workflow(&Moment::now(system).await?, workflows as u64);
    output.print(&usage, || usage::table(&usage));
    Ok(())
}

/// When a measurement ends.
struct Limit {
    until: Instant,
    left: AtomicU64,
}

impl Limit {
    fn new(time: Duration, count: Option<u64>) -> Arc<Self> {
        let left = AtomicU64::new(count.unwrap_or(u64::MAX));
        Arc::new(Self {
            until: Instant::now() + time,
            left,
        })
    }

    /// Whether one more may begin.
    fn take(&self) -> bool {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        Instant::now() < self.until && left.is_ok()
    }
}

struct Ran {
    samples: Samples,
    elapsed: Duration,
}

/// Keeps `in_flight` workflows running until `limit`, then lets them end.
async fn run(
    system: &Arc<System>,
    watch: &Arc<Watch>,
    in_flight: usize,
    limit: Arc<Limit>,
) -> anyhow::Result<Ran> {
    let begin = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..in_flight {
        let (system, watch, limit) = (system.clone(), watch.clone(), limit.clone());
        lanes.spawn(async move {
            let mut samples = Samples::default();
            while limit.take() {
                let started = Instant::now();
                let input = json!({"order": 1, "text": "x".repeat(180)});
                let id = system.start_instance(NAME, input).await?;
                let ended = watch.reached(id, Milestone::Ended).await?;
                samples.add(ended - started);
            }
            anyhow::Ok(samples)
        });
    }
    let mut samples = Samples::default();
    while let Some(lane) = lanes.join_next().await {
        samples.extend(lane??);
    }
    Ok(Ran {
        samples,
        elapsed: begin.elapsed(),
    })
}

const HEAD: &str = "\nthree actions   workflows/s   p50 ms   p99 ms   max ms   \
                    CPU ms and resident MB (at most)";

fn row(result: &Value) -> String {
    let latency = |name: &str| result["latencyMs"][name].as_f64().unwrap_or_default();
    let processes = result["perWorkflow"].as_array().into_iter().flatten();
    let memories = result["memory"].as_array().into_iter().flatten();
    let processes: Vec<String> = processes
        .zip(memories)
        .map(|(cpu, memory)| {
            format!(
                "{} {} {} ({})",
                cpu["process"].as_str().unwrap_or_default(),
                cpu["cpuMs"],
                memory["residentMb"],
                memory["peakMb"],
            )
        })
        .collect();
    format!(
        "{:>5} in flight {:>11.0} {:>8.2} {:>8.2} {:>8.2}   {}",
        result["inFlight"].as_u64().unwrap_or_default(),
        result["perSecond"].as_f64().unwrap_or_default(),
        latency("p50"),
        latency("p99"),
        latency("max"),
        processes.join(", "),
    )
}

//! What a receiver that does not answer may cost: two seconds at the end, nothing before.
//!
//! A file of its own, since a process has one subscriber.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use weir_runtime::{Config, telemetry};

#[test]
fn ending_waits_no_longer_than_the_limit() {
    // Accepts connections into its backlog and never says anything: worse than a closed port.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Config::default();
    config.telemetry.otlp_endpoint = Some(format!("http://{}", mute.local_addr().unwrap()));

    let guard = telemetry::init("weir-test", &config).unwrap();
    let counter = guard
        .metrics()
        .counter("weir.message.handled", "{message}", "Messages.");
    let recording = Instant::now();
    for _ in 0..1_000 {
        tracing::info_span!("handle").in_scope(|| counter.add(1, &[]));
    }
    assert!(
        recording.elapsed() < Duration::from_secs(2),
        "recording does not wait"
    );

    let ending = Instant::now();
    drop(guard);
    let waited = ending.elapsed();
    assert!(
        waited < Duration::from_secs(4),
        "the limit is two seconds, it took {waited:?}"
    );
}

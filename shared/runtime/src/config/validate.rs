//! What the types cannot say: ranges, and keys that depend on each other.

use super::Config;
use crate::telemetry::is_filter;

/// The keys whose values cannot be taken, with what they must be.
pub(super) fn broken_rules(config: &Config) -> Vec<(&'static str, &'static str)> {
    let zeros = positive(config)
        .into_iter()
        .filter(|(value, _)| *value == 0);
    let broken = rules(config).into_iter().filter(|(holds, _, _)| !holds);
    zeros
        .map(|(_, key)| (key, "must be at least 1"))
        .chain(broken.map(|(_, key, message)| (key, message)))
        .collect()
}

/// The numbers with which nothing would ever happen if they were 0.
fn positive(config: &Config) -> [(u64, &'static str); 15] {
    let Config {
        nats,
        journal,
        limits,
        ingress,
        scheduler,
        executor,
        ..
    } = config;
    [
        (nats.connect_timeout_ms, "nats.connect_timeout_ms"),
        (journal.connect_timeout_ms, "journal.connect_timeout_ms"),
        (journal.request_timeout_ms, "journal.request_timeout_ms"),
        (limits.workflow_timeout_ms, "limits.workflow_timeout_ms"),
        (limits.action_timeout_ms, "limits.action_timeout_ms"),
        (limits.listen_timeout_ms, "limits.listen_timeout_ms"),
        (limits.wait_ms_max, "limits.wait_ms_max"),
        (limits.steps_max, "limits.steps_max"),
        (limits.branches_max, "limits.branches_max"),
        (limits.payload_bytes_max, "limits.payload_bytes_max"),
        (ingress.body_bytes_max as u64, "ingress.body_bytes_max"),
        (scheduler.in_flight_max as u64, "scheduler.in_flight_max"),
        (executor.concurrency_max as u64, "executor.concurrency_max"),
        (
            executor.shell_concurrency_max as u64,
            "executor.shell_concurrency_max",
        ),
        (executor.ack_wait_ms, "executor.ack_wait_ms"),
    ]
}

/// What must hold, and what to say about which key where it does not.
fn rules(config: &Config) -> [(bool, &'static str, &'static str); 12] {
    let Config {
        nats,
        journal,
        limits,
        executor,
        telemetry,
        ..
    } = config;
    let logins = [
        nats.user.is_some(),
        nats.token.is_some(),
        nats.credentials_file.is_some(),
    ];
    [
        (
            nats.urls().next().is_some(),
            "nats.url",
            "must name a server, for example nats://127.0.0.1:4222",
        ),
        (
            !nats.url.contains('@'),
            "nats.url",
            "must not contain user information, which would be logged: set nats.user and \
             nats.password, or nats.token",
        ),
        (
            matches!(nats.replicas, 1 | 3 | 5),
            "nats.replicas",
            "must be 1, 3 or 5",
        ),
        (
            nats.user.is_some() == nats.password.is_some(),
            "nats.user",
            "goes together with nats.password: set both or neither",
        ),
        (
            logins.into_iter().filter(|set| *set).count() <= 1,
            "nats",
            "set only one of nats.user, nats.token and nats.credentials_file",
        ),
        (
            journal.is_reachable(),
            "journal.connection_string",
            "must be set for journal.backend = \"eventstore\", for example \
             esdb://user:password@host:2113?tls=true",
        ),
        (
            journal.has_known_scheme(),
            "journal.connection_string",
            "must begin with esdb:// or, for a cluster found by DNS, with esdb+discover://",
        ),
        (
            limits.workflow_timeout_ms <= limits.wait_ms_max,
            "limits.workflow_timeout_ms",
            "must not exceed limits.wait_ms_max",
        ),
        (
            limits.namespaces_are_valid(),
            "limits.namespaces",
            "must be entries such as shop.steps_max=1000; the limits are steps_max, actions_max, \
             emits_max, events_max, duration_ms_max and branches_max",
        ),
        (
            !executor.functions.is_empty(),
            "executor.functions",
            "must name at least one function, for example http",
        ),
        (
            telemetry.otlp_endpoint.as_deref().is_none_or(is_http_url),
            "telemetry.otlp_endpoint",
            "must be an http:// URL, for example http://127.0.0.1:4317; for TLS put a collector between",
        ),
        (
            is_filter(&telemetry.log),
            "telemetry.log",
            "must be a level (error, warn, info, debug, trace) or directives, for example \
             info,weir_scheduler=debug",
        ),
    ]
}

/// The exporter has no TLS: a collector stands beside the services and knows how to go further.
fn is_http_url(text: &str) -> bool {
    text.strip_prefix("http://")
        .is_some_and(|rest| !rest.is_empty())
}

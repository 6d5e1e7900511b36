//! What the types cannot say: ranges, and keys that depend on each other.

use super::{Config, ConfigError, Problem};

pub(super) fn validate(config: &Config) -> Result<(), ConfigError> {
    let not_positive = positive(config)
        .into_iter()
        .filter(|(value, _)| *value == 0)
        .map(|(_, key)| problem(key, "must be at least 1"));
    let broken = rules(config)
        .into_iter()
        .filter(|(holds, _, _)| !holds)
        .map(|(_, key, message)| problem(key, message));
    let problems: Vec<_> = not_positive.chain(broken).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Invalid(problems))
    }
}

fn problem(key: &str, message: &str) -> Problem {
    Problem {
        key: key.to_owned(),
        origin: None,
        message: message.to_owned(),
    }
}

/// The numbers with which nothing would ever happen if they were 0.
fn positive(config: &Config) -> [(u64, &'static str); 15] {
    let Config {
        nats,
        limits,
        ingress,
        scheduler,
        executor,
        ..
    } = config;
    [
        (nats.connect_timeout_ms, "nats.connect_timeout_ms"),
        (limits.workflow_timeout_ms, "limits.workflow_timeout_ms"),
        (limits.action_timeout_ms, "limits.action_timeout_ms"),
        (limits.listen_timeout_ms, "limits.listen_timeout_ms"),
        (limits.wait_ms_max, "limits.wait_ms_max"),
        (limits.listen_events_max, "limits.listen_events_max"),
        (limits.steps_max, "limits.steps_max"),
        (limits.branches_max, "limits.branches_max"),
        (limits.expression_steps_max, "limits.expression_steps_max"),
        (limits.expression_bytes_max, "limits.expression_bytes_max"),
        (limits.payload_bytes_max, "limits.payload_bytes_max"),
        (ingress.body_bytes_max as u64, "ingress.body_bytes_max"),
        (scheduler.in_flight_max as u64, "scheduler.in_flight_max"),
        (executor.concurrency_max as u64, "executor.concurrency_max"),
        (executor.ack_wait_ms, "executor.ack_wait_ms"),
    ]
}

/// What must hold, and what to say about which key where it does not.
fn rules(config: &Config) -> [(bool, &'static str, &'static str); 8] {
    let Config {
        nats,
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
            limits.workflow_timeout_ms <= limits.workflow_timeout_ms_max,
            "limits.workflow_timeout_ms",
            "must not exceed limits.workflow_timeout_ms_max",
        ),
        (
            !executor.functions.is_empty(),
            "executor.functions",
            "must name at least one function, for example http",
        ),
        (
            telemetry.otlp_endpoint.as_deref().is_none_or(is_http_url),
            "telemetry.otlp_endpoint",
            "must be an http:// or https:// URL, for example http://127.0.0.1:4317",
        ),
    ]
}

fn is_http_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty())
}

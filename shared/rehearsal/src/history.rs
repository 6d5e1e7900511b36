//! What happened, for people.

use weir_engine::Timestamp;

use crate::{EPOCH, rehearse::Run};

/// One line for each event: its time since the start, and what happened.
pub(crate) fn lines(run: &Run) -> Vec<String> {
    let events = run.stage.history.iter();
    let lines = events.filter_map(|(at, event)| {
        let line = weir_insight::line(event, &run.references, since_start)?;
        Some(format!("{:>12}  {line}", span(at.0 - EPOCH.0)))
    });
    lines.collect()
}

fn since_start(at: Timestamp) -> String {
    span(at.0.saturating_sub(EPOCH.0))
}

/// Milliseconds for people, exactly: `15 min`, `1 h 0.2 s`, `0 s`.
pub(crate) fn span(ms: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min")];
    let mut rest = ms;
    let mut parts = Vec::new();
    for (unit_ms, unit) in UNITS {
        if rest >= unit_ms {
            parts.push(format!("{} {unit}", rest / unit_ms));
            rest %= unit_ms;
        }
    }
    if rest > 0 || parts.is_empty() {
        let fraction = format!("{:03}", rest % 1000);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        parts.push(format!("{}{point}{fraction} s", rest / 1000));
    }
    parts.join(" ")
}

#[test]
fn spans_are_exact() {
    let written: Vec<String> = [0, 1, 200, 61_000, 900_000, 90_000_001].map(span).into();
    assert_eq!(
        written,
        [
            "0 s",
            "0.001 s",
            "0.2 s",
            "1 min 1 s",
            "15 min",
            "1 d 1 h 0.001 s"
        ]
    );
}

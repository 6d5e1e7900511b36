//! Whether what was due happened in time.

use weir_journal::Entry;
use weir_protocol::v1::Event;
use weir_scheduler::Instance;

use crate::{fleet::Site, load::Started};

/// How late something may be once the weather is clear: a delivery comes again after 30 s, a
/// scheduler tries again after 5 s at most.
const LATENESS_MS: u64 = 45_000;
/// How late something may be if nothing ever went wrong.
const LATENESS_CALM_MS: u64 = 50;

/// How far behind the true time a scheduler's may be: as far as it knows the broker's, and what is
/// lost to whole milliseconds.
const CLOCK_BEHIND_MS: u64 = 202;

/// How late something may be in this run.
pub fn lateness_ms(site: &Site) -> u64 {
    let calm = site.weather.until_ms == 0;
    if calm { LATENESS_CALM_MS } else { LATENESS_MS }
}

/// Compares the true times of records with when they were due: the first with its start, the
/// others with the earliest that was due on the state before them. So a timer that was lost shows,
/// even if a later one brings the instance to its end.
pub fn check(site: &Site, start: &Started, entries: &[Entry]) -> Result<(), String> {
    let begin_ms = site.time.now_ms() - site.time.passed_ms();
    let (lateness_ms, clear_ms) = (lateness_ms(site), site.clear_ms());
    let first = entries.first().ok_or("its start is lost")?;
    let Some(Event::WorkflowStarted { .. }) = first.record.events.first() else {
        return Err("its journal does not begin with its start".to_owned());
    };
    for (index, entry) in entries.iter().enumerate() {
        let before = Instance::load(start.instance, &entries[..index]);
        let (before, _) = before.map_err(|error| error.to_string())?;
        let due_ms = match before.state.due.first() {
            _ if index == 0 => begin_ms + start.at_ms,
            Some(due) => due.at.0,
            None => return Err("it went on though nothing was due".to_owned()),
        };
        let revision = entry.record.revision;
        let key = (start.instance, revision);
        let at_ms = site.ledger.pages().appended.get(&key).copied();
        let at_ms = at_ms.ok_or_else(|| format!("revision {revision} was never appended"))?;
        let late_ms = at_ms.saturating_sub(due_ms.max(clear_ms));
        if late_ms > lateness_ms {
            return Err(format!("revision {revision} is {late_ms} ms late"));
        }
        let armed = |event: &Event| matches!(event, Event::TimerArmed { .. });
        let brought_by_time = entry.record.cause.kind == "timeout";
        if brought_by_time && at_ms < due_ms && !entry.record.events.iter().all(armed) {
            let early_ms = due_ms - at_ms;
            return Err(format!("revision {revision} is {early_ms} ms early"));
        }
        let cause = &entry.record.cause.id;
        let decided_ms = site.ledger.pages().delivered_at.get(cause).copied();
        let decided_ms = decided_ms
            .unwrap_or(u64::MAX)
            .saturating_sub(CLOCK_BEHIND_MS);
        if !(decided_ms..=at_ms).contains(&entry.record.at) {
            let says_ms = entry.record.at;
            return Err(format!(
                "revision {revision} says that it was decided at {says_ms}, not between \
                 {decided_ms} and {at_ms}"
            ));
        }
    }
    Ok(())
}

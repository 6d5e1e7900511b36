//! `schedule.every`, `cron` and `after`: at what times instances start by themselves.
//!
//! A tick that nobody was there for is not made up for: when somebody is back, the first that was
//! missed starts an instance, late; the others up to then start none.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{
    Timestamp, Zoned,
    tz::{TimeZone, TimeZoneDatabase},
};

/// Before a cron expression: its time zone, as other schedulers have it.
const ZONE: &str = "CRON_TZ=";

/// When a workflow starts by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many milliseconds, whether or not the former instance has ended.
    Every {
        /// At least one.
        ms: u64,
    },
    /// At the times of a cron expression.
    Cron {
        /// As it is written, with its time zone.
        expression: String,
    },
    /// So many milliseconds after the end of the former instance.
    After {
        /// Maybe none.
        ms: u64,
    },
}

/// Why a cron expression is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// The fields are wrong.
    #[error("{0}")]
    Fields(String),
    /// There is no such time zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// 30 February, for example.
    #[error("there never is such a time")]
    Never,
}

impl Schedule {
    /// A schedule by a cron expression, if that is one.
    ///
    /// # Errors
    /// Why it is none.
    pub fn cron(expression: &str) -> Result<Self, CronError> {
        let (cron, zone) = parse(expression)?;
        let start = Timestamp::UNIX_EPOCH.to_zoned(zone);
        let first = cron.find_next_occurrence(&start, true);
        first.map_err(|_| CronError::Never)?;
        Ok(Self::Cron {
            expression: expression.to_owned(),
        })
    }

    /// When the first instance starts, if the schedule holds from `now_ms` on (times are
    /// milliseconds since the Unix epoch); none if that is never.
    pub fn first(&self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Every { ms } | Self::After { ms } => Some(now_ms.saturating_add(*ms)),
            Self::Cron { expression } => next(expression, now_ms),
        }
    }

    /// When the next instance starts, after the one that was due at `due_ms` and is started at
    /// `now_ms`: the first time of the schedule that is after both. Of an instance that has to end
    /// first, when it would be if that ended now.
    pub fn next(&self, due_ms: u64, now_ms: u64) -> Option<u64> {
        match self {
            Self::Every { ms } => {
                let late_ms = now_ms.saturating_sub(due_ms);
                let missed = late_ms.checked_div(*ms)?;
                Some(due_ms.saturating_add(ms.saturating_mul(missed.saturating_add(1))))
            }
            Self::Cron { expression } => next(expression, due_ms.max(now_ms)),
            Self::After { ms } => Some(now_ms.saturating_add(*ms)),
        }
    }
}

fn parse(expression: &str) -> Result<(Cron, TimeZone), CronError> {
    let text = expression.trim();
    let (zone, fields) = match text.strip_prefix(ZONE) {
        Some(rest) => rest
            .split_once(char::is_whitespace)
            .ok_or_else(|| CronError::Fields("there are no fields".to_owned()))?,
        None => ("UTC", text),
    };
    let zone = TimeZoneDatabase::bundled()
        .get(zone)
        .map_err(|_| CronError::Zone(zone.to_owned()))?;
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Disallowed)
        .build();
    let cron = parser.parse(fields);
    let cron = cron.map_err(|error| CronError::Fields(error.to_string()))?;
    Ok((cron, zone))
}

/// The first time of the expression after `after_ms`.
fn next(expression: &str, after_ms: u64) -> Option<u64> {
    let (cron, zone) = parse(expression).ok()?;
    let after = Timestamp::from_millisecond(after_ms.try_into().ok()?).ok()?;
    let next: Zoned = cron
        .find_next_occurrence(&after.to_zoned(zone), false)
        .ok()?;
    u64::try_from(next.timestamp().as_millisecond()).ok()
}

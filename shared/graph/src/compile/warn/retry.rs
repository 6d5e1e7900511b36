//! Retry policies that cannot do all they say.

use weir_definition::diagnostic::code;

use super::Compiler;
use crate::{Backoff, Deadline, Interval, Kind, Program, Retry, Task, span};

/// Retries looked at: later ones are later still.
const RETRIES_MAX: u64 = 10_000;

impl Compiler<'_> {
    /// Of a task's own retries, those that its own time limits leave no time for.
    pub(super) fn warn_retry(&mut self, program: &Program, task: &Task) {
        let Kind::Try(try_) = &task.kind else {
            return;
        };
        let Some(retry) = &try_.catch.retry else {
            return;
        };
        let whole_ms = match &program.deadline {
            Deadline::Own(Interval::Literal(ms)) | Deadline::Default(ms) => Some(*ms),
            Deadline::Own(Interval::Computed(_)) | Deadline::Inherited => None,
        };
        let limits = [
            (literal(retry.duration.as_ref()), "`retry.limit.duration`"),
            (own_ms(&task.deadline), "the task's own `timeout`"),
            (whole_ms, "the workflow's timeout"),
        ];
        let known = limits
            .into_iter()
            .filter_map(|(ms, what)| Some((ms?, what)));
        let Some((limit_ms, what)) = known.min() else {
            return;
        };
        let most = retry.attempts_max.min(RETRIES_MAX);
        let late = (1..=most).find(|number| earliest_ms(retry, *number) > limit_ms);
        // Where nobody said how many, the time is the limit; but there must be a first.
        let Some(number) = late.filter(|number| retry.is_counted || *number == 1) else {
            return;
        };
        let message = format!(
            "of {} retries, number {number} would come after {} at the earliest, but {what} is {}",
            retry.attempts_max,
            span(earliest_ms(retry, number)),
            span(limit_ms)
        );
        let remedy = "allow more time, shorter delays, or fewer attempts";
        let pointer = format!("{}/catch/retry", task.reference);
        self.report(code::LATE_RETRY, &pointer, message, remedy);
    }
}

/// When a retry begins at the earliest: every attempt fails at once, with the least jitter.
fn earliest_ms(retry: &Retry, number: u64) -> u64 {
    let Interval::Literal(delay_ms) = retry.delay else {
        return 0;
    };
    let jitter_ms = retry.jitter.as_ref().map_or(0, |(from, to)| {
        literal(Some(from))
            .unwrap_or(0)
            .min(literal(Some(to)).unwrap_or(0))
    });
    let factor = match retry.backoff {
        Backoff::Constant => number,
        Backoff::Linear => number.saturating_mul(number + 1) / 2,
        Backoff::Exponential => {
            let doublings = u32::try_from(number).unwrap_or(u32::MAX);
            2_u64.saturating_pow(doublings).saturating_sub(1)
        }
    };
    let growing_ms = delay_ms.saturating_mul(factor);
    growing_ms.saturating_add(jitter_ms.saturating_mul(number))
}

fn literal(interval: Option<&Interval>) -> Option<u64> {
    match interval {
        Some(Interval::Literal(ms)) => Some(*ms),
        Some(Interval::Computed(_)) | None => None,
    }
}

fn own_ms(deadline: &Deadline) -> Option<u64> {
    match deadline {
        Deadline::Own(interval) => literal(Some(interval)),
        Deadline::Default(_) | Deadline::Inherited => None,
    }
}

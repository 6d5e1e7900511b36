//! `try`: attempts, retries, and the handler.
//!
//! An error is first matched (`errors.with`, `when`, `exceptWhen`), then retried as long as the
//! policy allows, then handled: by `do`, once, or by going on where `then` leads. A catch that
//! only retries lets the error escape when it is done retrying.

use weir_expression::Data;
use weir_graph::{Backoff, Catch, ErrorFilter, Kind, Retry, Try};

use super::{
    Decider, Work,
    arguments::{Site, error_value},
};
use crate::{
    Activation, Activity, Carried, Event, Progress, TaskState, Timestamp, WorkflowError,
    fault::same_type,
};

impl Decider<'_> {
    /// The first attempt.
    pub(super) fn attempt(
        &self,
        site: &Site<'_>,
        attempt: &Try,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let Some(retry) = &attempt.catch.retry else {
            return Ok(Activity::Attempt {
                attempt_deadline: None,
                retry_deadline: None,
            });
        };
        let retry_deadline = match &retry.duration {
            Some(interval) => {
                let place = "catch.retry.limit.duration";
                Some(
                    self.clock
                        .plus_ms(self.interval(site, place, interval, input)?),
                )
            }
            None => None,
        };
        Ok(Activity::Attempt {
            attempt_deadline: self.attempt_deadline(site, retry, input)?,
            retry_deadline,
        })
    }

    fn attempt_deadline(
        &self,
        site: &Site<'_>,
        retry: &Retry,
        input: &Data,
    ) -> Result<Option<Timestamp>, WorkflowError> {
        let Some(interval) = &retry.attempt_duration else {
            return Ok(None);
        };
        let place = "catch.retry.limit.attempt.duration";
        let ms = self.interval(site, place, interval, input)?;
        Ok(Some(self.clock.plus_ms(ms)))
    }

    /// An attempt of the `try` that is `task` ended with `error`: what now? The error comes back
    /// if it escapes.
    pub(super) fn attempt_failed(
        &mut self,
        task: Activation,
        error: WorkflowError,
        may_retry: bool,
    ) -> Result<(), WorkflowError> {
        let Some((compiled, state)) = self.live(task) else {
            return Err(error);
        };
        let Kind::Try(attempt) = &compiled.kind else {
            return Err(error);
        };
        let catch = &attempt.catch;
        let mut site = self.site(compiled, state);
        let value = error_value(&error);
        site.own.push((&catch.error_as, value.clone()));
        let own = |mut failed: WorkflowError| {
            failed.instance = Some(compiled.reference.to_string());
            failed
        };
        if !self.catches(&site, catch, &error, &value).map_err(own)? {
            return Err(error);
        }
        if let Some(retry) = catch.retry.as_ref().filter(|_| may_retry) {
            let next = self.next_retry(&site, retry, state, task, &value);
            if let Some((number, due)) = next.map_err(own)? {
                self.emit(Event::RetryScheduled {
                    task,
                    error,
                    retry: number,
                    due,
                });
                if due <= self.clock {
                    self.retry(task);
                }
                return Ok(());
            }
        }
        if catch.retry.is_some() && catch.body.is_none() && catch.then.is_none() {
            return Err(error);
        }
        self.emit(Event::ErrorCaught { task, error });
        match catch.body {
            Some(body) => self.begin(body, task, 0),
            None => self.work.push_front(Work::Complete {
                task,
                raw: Carried::Last,
                flow: catch.then.unwrap_or(compiled.then),
            }),
        }
        Ok(())
    }

    /// Whether a `catch` catches the error.
    fn catches(
        &self,
        site: &Site<'_>,
        catch: &Catch,
        error: &WorkflowError,
        value: &Data,
    ) -> Result<bool, WorkflowError> {
        if !passes(&catch.errors, error) {
            return Ok(false);
        }
        if let Some(when) = &catch.when
            && !self.test(site, "catch.when", when, value)?
        {
            return Ok(false);
        }
        if let Some(except) = &catch.except_when
            && self.test(site, "catch.exceptWhen", except, value)?
        {
            return Ok(false);
        }
        Ok(true)
    }

    /// The next retry's number and time, if there is to be one.
    fn next_retry(
        &self,
        site: &Site<'_>,
        retry: &Retry,
        state: &TaskState,
        task: Activation,
        error: &Data,
    ) -> Result<Option<(u64, Timestamp)>, WorkflowError> {
        let Progress::Try {
            retries,
            retry_deadline,
            ..
        } = &state.progress
        else {
            return Ok(None);
        };
        let over = retry_deadline.is_some_and(|deadline| deadline <= self.clock);
        if over || *retries >= retry.attempts_max {
            return Ok(None);
        }
        if let Some(when) = &retry.when
            && !self.test(site, "catch.retry.when", when, error)?
        {
            return Ok(None);
        }
        if let Some(except) = &retry.except_when
            && self.test(site, "catch.retry.exceptWhen", except, error)?
        {
            return Ok(None);
        }
        let number = retries + 1;
        let base = self.interval(site, "catch.retry.delay", &retry.delay, &state.input)?;
        let jitter = match &retry.jitter {
            Some((from, to)) => {
                let from = self.interval(site, "catch.retry.jitter.from", from, &state.input)?;
                let to = self.interval(site, "catch.retry.jitter.to", to, &state.input)?;
                between(from, to, self.draw(task, number))
            }
            None => 0,
        };
        let delay = grown(base, retry.backoff, number).saturating_add(jitter);
        Ok(Some((number, self.clock.plus_ms(delay))))
    }

    /// Tries again.
    pub(super) fn retry(&mut self, task: Activation) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let Kind::Try(attempt) = &compiled.kind else {
            return;
        };
        let site = self.site(compiled, state);
        let deadline = match &attempt.catch.retry {
            Some(retry) => self.attempt_deadline(&site, retry, &state.input),
            None => Ok(None),
        };
        match deadline {
            Ok(attempt_deadline) => {
                self.emit(Event::TaskRetried {
                    task,
                    attempt_deadline,
                });
                self.begin(attempt.body, task, 0);
            }
            Err(error) => self.fail(task, error),
        }
    }

    /// The current attempt (or, if not `may_retry`, all of them together) took too long: an error
    /// within the `try`, so its `catch` may catch it.
    pub(super) fn attempt_timed_out(&mut self, task: Activation, may_retry: bool) {
        self.cancel_parts(task);
        let detail = if may_retry {
            "the attempt took longer than `retry.limit.attempt.duration`"
        } else {
            "all attempts together took longer than `retry.limit.duration`"
        };
        let error = self.timeout_error(task, detail);
        if let Err(escaping) = self.attempt_failed(task, error, may_retry) {
            self.fail(task, escaping);
        }
    }

    /// A number that nobody can foresee, but the same in every replay.
    fn draw(&self, task: Activation, retry: u64) -> u64 {
        let (high, low) = self.state.instance.0.as_u64_pair();
        [high, low, task.0, retry]
            .into_iter()
            .fold(0, |seed, part| {
                // splitmix64
                let mut z = (seed ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            })
    }
}

/// `errors.with`: everything it gives must be equal.
fn passes(filter: &ErrorFilter, error: &WorkflowError) -> bool {
    let equal =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    filter
        .type_
        .as_ref()
        .is_none_or(|wanted| same_type(wanted, &error.type_))
        && filter.status.is_none_or(|wanted| wanted == error.status)
        && equal(&filter.instance, &error.instance)
        && equal(&filter.title, &error.title)
        && equal(&filter.detail, &error.detail)
}

/// The delay before retry number `n`.
fn grown(base_ms: u64, backoff: Backoff, n: u64) -> u64 {
    match backoff {
        Backoff::Constant => base_ms,
        Backoff::Linear => base_ms.saturating_mul(n),
        Backoff::Exponential => {
            let doublings = u32::try_from(n - 1).unwrap_or(u32::MAX);
            base_ms.saturating_mul(2_u64.saturating_pow(doublings))
        }
    }
}

/// A number from `from` to `to`, both included.
fn between(from: u64, to: u64, draw: u64) -> u64 {
    match to.saturating_sub(from).checked_add(1) {
        Some(span) => from + draw % span,
        None => draw,
    }
}

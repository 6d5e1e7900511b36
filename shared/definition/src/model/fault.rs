//! Errors: raising, catching, retrying.

use crate::duration::DurationSpec;
use crate::model::Reference;
use crate::model::data::{Expression, Template};
use crate::model::task::{FlowDirective, TaskList};

/// An error (specification: Error; RFC 7807 in shape).
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorDefinition {
    /// The error's type: a URI, or `${ … }`.
    pub type_: Template,
    /// The status code.
    pub status: u16,
    /// JSON pointer of the component it comes from, or `${ … }`.
    pub instance: Option<Template>,
    /// A summary, or `${ … }`.
    pub title: Option<Template>,
    /// What happened this time, or `${ … }`. Written `detail`; `details` is accepted.
    pub detail: Option<Template>,
    /// JSON pointer of the error.
    pub pointer: String,
}

/// Raises an error.
#[derive(Debug, Clone, PartialEq)]
pub struct RaiseTask {
    /// The error, inline or by name.
    pub error: Reference<ErrorDefinition>,
}

/// Runs tasks and handles their errors.
#[derive(Debug, Clone, PartialEq)]
pub struct TryTask {
    /// The tasks to try.
    pub tasks: TaskList,
    /// What to do about errors.
    pub catch: Catch,
}

/// The `catch` of a try task.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch {
    /// Which errors are caught; absent, all.
    pub errors: Option<ErrorFilter>,
    /// The name of the error's variable, `error` when absent.
    pub as_: String,
    /// Catches only if this holds.
    pub when: Option<Expression>,
    /// Catches only if this does not hold.
    pub except_when: Option<Expression>,
    /// How to try again, inline or by name.
    pub retry: Option<Reference<RetryPolicy>>,
    /// The tasks run once an error is caught and no retry is left; absent, none.
    pub tasks: Option<TaskList>,
    /// Where to go after an error was caught.
    pub then: Option<FlowDirective>,
    /// JSON pointer of the catch object.
    pub pointer: String,
}

/// Equalities an error must satisfy to be caught, all of them (`errors.with`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorFilter {
    /// The error's type.
    pub type_: Option<String>,
    /// Its status code.
    pub status: Option<u16>,
    /// The JSON pointer of its component.
    pub instance: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its detail. Written `detail`; `details` is accepted.
    pub detail: Option<String>,
}

/// When and how often to try again (specification: Retry).
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// Retries only if this holds.
    pub when: Option<Expression>,
    /// Retries only if this does not hold.
    pub except_when: Option<Expression>,
    /// The time between attempts.
    pub delay: Option<DurationSpec>,
    /// How the delay grows.
    pub backoff: Option<Backoff>,
    /// When to give up.
    pub limit: RetryLimit,
    /// The random time added to each delay.
    pub jitter: Option<Jitter>,
    /// JSON pointer of the policy.
    pub pointer: String,
}

/// How the delay grows from attempt to attempt. The specification names no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// Not at all.
    Constant,
    /// By the delay itself, each time.
    Linear,
    /// Doubling.
    Exponential,
}

/// When to stop retrying. All absent: no limit was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RetryLimit {
    /// The most retries after the first run.
    pub attempt_count: Option<u32>,
    /// The longest one attempt may take.
    pub attempt_duration: Option<DurationSpec>,
    /// The longest all of it may take.
    pub duration: Option<DurationSpec>,
}

/// A random time between two bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Jitter {
    /// The least.
    pub from: DurationSpec,
    /// The most.
    pub to: DurationSpec,
}

//! Errors: raising, catching, retrying.

use crate::diagnostic::code;
use crate::model::Reference;
use crate::model::fault::{
    Backoff, Catch, ErrorDefinition, ErrorFilter, Jitter, RaiseTask, RetryLimit, RetryPolicy,
    TryTask,
};
use crate::read::Reader;
use crate::read::field::{Fields, Spot};
use crate::read::task::Targets;

/// The status codes that errors can have.
pub(crate) const STATUS_MAX: u64 = 999;

impl Reader<'_> {
    pub(super) fn raise(&mut self, spot: &Spot<'_>) -> Option<RaiseTask> {
        let fields = self.object(spot, "a mapping with `error`", &["error"])?;
        let error = self.required(&fields, "error", "an error, or the name of one")?;
        let error: Reference<ErrorDefinition> = self.reference(&error, "errors", Self::error)?;
        Some(RaiseTask { error })
    }

    pub(super) fn error(&mut self, spot: &Spot<'_>) -> Option<ErrorDefinition> {
        let known = ["type", "status", "instance", "title", "detail", "details"];
        let what = "a mapping with type and status, or the name of an error in `use.errors`";
        let fields = self.object(spot, what, &known)?;
        let type_ = self.required(&fields, "type", "a URI that names the error's type");
        let type_ = type_.and_then(|spot| {
            self.filled(&spot, "a URI, a string")?;
            Some(self.template(&spot))
        });
        let status = self.required(&fields, "status", "a status code such as 400");
        let status = status.and_then(|spot| self.status(&spot));
        let instance = fields
            .get("instance")
            .and_then(|spot| self.string_template(&spot));
        let title = fields
            .get("title")
            .and_then(|spot| self.string_template(&spot));
        let detail = self
            .detail(&fields)
            .and_then(|spot| self.string_template(&spot));
        Some(ErrorDefinition {
            type_: type_?,
            status: status?,
            instance,
            title,
            detail,
            pointer: spot.pointer.clone(),
        })
    }

    fn status(&mut self, spot: &Spot<'_>) -> Option<u16> {
        self.integer(spot, 100..=STATUS_MAX)
            .and_then(|status| u16::try_from(status).ok())
    }

    /// `detail`, or `details` as older documents have it.
    fn detail<'doc>(&mut self, fields: &Fields<'doc>) -> Option<Spot<'doc>> {
        if !self.at_most_one(fields, &["detail", "details"]) {
            return None;
        }
        fields.get("detail").or_else(|| fields.get("details"))
    }

    pub(super) fn try_(
        &mut self,
        spot: &Spot<'_>,
        task: &Fields<'_>,
        targets: &Targets<'_>,
    ) -> Option<TryTask> {
        let tasks = self.tasks(spot);
        let catch = self.required(task, "catch", "what to do about errors");
        let catch = catch.and_then(|spot| self.catch(&spot, targets));
        Some(TryTask {
            tasks: tasks?,
            catch: catch?,
        })
    }

    fn catch(&mut self, spot: &Spot<'_>, targets: &Targets<'_>) -> Option<Catch> {
        let known = ["errors", "as", "when", "exceptWhen", "retry", "do", "then"];
        let fields = self.object(spot, "a mapping such as `retry: …` or `do: …`", &known)?;
        let errors = fields
            .get("errors")
            .and_then(|spot| self.error_filter(&spot));
        let as_ = self.variable(&fields, "as", "error");
        let when = fields.get("when").and_then(|spot| self.expression(&spot));
        let except_when = fields
            .get("exceptWhen")
            .and_then(|spot| self.expression(&spot));
        let retry = fields
            .get("retry")
            .and_then(|spot| self.reference(&spot, "retries", Self::retry_policy));
        let tasks = fields.get("do").and_then(|spot| self.tasks(&spot));
        let then = fields
            .get("then")
            .and_then(|spot| self.directive(&spot, targets));
        Some(Catch {
            errors,
            as_: as_?,
            when,
            except_when,
            retry,
            tasks,
            then,
            pointer: spot.pointer.clone(),
        })
    }

    fn error_filter(&mut self, spot: &Spot<'_>) -> Option<ErrorFilter> {
        let fields = self.object(spot, "a mapping with `with`", &["with"])?;
        let with = fields.get("with")?;
        let known = ["type", "status", "instance", "title", "detail", "details"];
        let fields = self.object(&with, "a mapping of an error's fields", &known)?;
        if fields.is_empty() {
            let expected = "add a field such as `type`, or remove `errors` to catch all";
            self.report(code::EMPTY, &with, "the filter compares nothing", expected);
        }
        let mut text = |name| fields.get(name).and_then(|spot| self.owned(&spot));
        let (type_, instance, title) = (text("type"), text("instance"), text("title"));
        Some(ErrorFilter {
            type_,
            status: fields.get("status").and_then(|spot| self.status(&spot)),
            instance,
            title,
            detail: self.detail(&fields).and_then(|spot| self.owned(&spot)),
        })
    }

    pub(super) fn retry_policy(&mut self, spot: &Spot<'_>) -> Option<RetryPolicy> {
        let known = ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"];
        let what = "a retry policy, a mapping, or the name of one in `use.retries`";
        let fields = self.object(spot, what, &known)?;
        let when = fields.get("when").and_then(|spot| self.expression(&spot));
        let except_when = fields
            .get("exceptWhen")
            .and_then(|spot| self.expression(&spot));
        let delay = fields.get("delay").and_then(|spot| self.duration(&spot));
        let backoff = fields.get("backoff").and_then(|spot| self.backoff(&spot));
        let limit = fields.get("limit").and_then(|spot| self.limit(&spot));
        let jitter = fields.get("jitter").and_then(|spot| self.jitter(&spot));
        Some(RetryPolicy {
            when,
            except_when,
            delay,
            backoff,
            limit: limit.unwrap_or_default(),
            jitter,
            pointer: spot.pointer.clone(),
        })
    }

    fn backoff(&mut self, spot: &Spot<'_>) -> Option<Backoff> {
        let kinds = ["constant", "linear", "exponential"];
        let fields = self.object(spot, "a mapping such as `exponential: {}`", &kinds)?;
        let (name, kind) = self.one_of(&fields, &kinds)?;
        if let Some((parameter, spot)) = self.map(&kind, "a mapping, `{}`")?.iter().next() {
            let message = format!("`{parameter}` is no parameter of the backoff `{name}`");
            let expected = format!("the DSL defines none: write `{name}: {{}}`");
            self.report_key(code::UNKNOWN_PROPERTY, &spot, message, expected);
        }
        Some(match name {
            "constant" => Backoff::Constant,
            "linear" => Backoff::Linear,
            _ => Backoff::Exponential,
        })
    }

    fn limit(&mut self, spot: &Spot<'_>) -> Option<RetryLimit> {
        let fields = self.object(spot, "a mapping", &["attempt", "duration"])?;
        let mut limit = RetryLimit {
            duration: fields.get("duration").and_then(|spot| self.duration(&spot)),
            ..RetryLimit::default()
        };
        if let Some(attempt) = fields.get("attempt") {
            let fields = self.object(&attempt, "a mapping", &["count", "duration"])?;
            let count = fields.get("count");
            let count = count.and_then(|spot| self.integer(&spot, 0..=u64::from(u32::MAX)));
            limit.attempt_count = count.and_then(|count| u32::try_from(count).ok());
            limit.attempt_duration = fields.get("duration").and_then(|spot| self.duration(&spot));
        }
        Some(limit)
    }

    fn jitter(&mut self, spot: &Spot<'_>) -> Option<Jitter> {
        let fields = self.object(spot, "a mapping with from and to", &["from", "to"])?;
        let from = self.required(&fields, "from", "the least time");
        let from = from.and_then(|spot| self.duration(&spot));
        let to = self.required(&fields, "to", "the most time");
        let to = to.and_then(|spot| self.duration(&spot));
        Some(Jitter {
            from: from?,
            to: to?,
        })
    }
}

//! `try`, `raise` and retry policies.

use serde_json::Value;
use weir_definition::model::Reference;
use weir_definition::model::fault::{
    Backoff as BackoffSource, Catch as CatchSource, ErrorFilter as FilterSource, RaiseTask,
    RetryPolicy, TryTask,
};
use weir_expression::{Mode, Template};

use super::list::Siblings;
use super::{Compiler, optional};
use crate::{Backoff, Catch, ErrorFilter, ErrorTemplate, Interval, Retry, TaskIndex, Try};

impl<'d> Compiler<'d> {
    pub(super) fn try_(
        &mut self,
        source: &'d TryTask,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Option<Try> {
        let body = self.list(&source.tasks, Some(index));
        let catch = &source.catch;
        let catch = self.scoped([catch.as_.as_str()], |compiler| {
            compiler.catch(catch, index, siblings)
        });
        Some(Try {
            body: body?,
            catch: catch?,
        })
    }

    fn catch(
        &mut self,
        source: &'d CatchSource,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Option<Catch> {
        let when = optional(source.when.as_ref(), |when| self.expression(when));
        let except_when = optional(source.except_when.as_ref(), |when| self.expression(when));
        let retry = optional(source.retry.as_ref(), |retry| self.retry(retry));
        let body = optional(source.tasks.as_ref(), |tasks| self.list(tasks, Some(index)));
        let pointer = format!("{}/then", source.pointer);
        let then = optional(source.then.as_ref(), |then| {
            self.flow(Some(then), &pointer, siblings)
        });
        Some(Catch {
            errors: source.errors.as_ref().map(error_filter).unwrap_or_default(),
            error_as: source.as_.as_str().into(),
            when: when?,
            except_when: except_when?,
            retry: retry?,
            body: body?,
            then: then?,
        })
    }

    fn retry(&mut self, retry: &'d Reference<RetryPolicy>) -> Option<Retry> {
        let components = &self.definition.use_.retries;
        let policy = match retry {
            Reference::Inline(policy) => policy,
            Reference::Named(name) => match components.get(&name.value) {
                Some(policy) => policy,
                None => return self.unknown(name, "retries"),
            },
        };
        let when = optional(policy.when.as_ref(), |when| self.expression(when));
        let except_when = optional(policy.except_when.as_ref(), |when| self.expression(when));
        let delay = optional(policy.delay.as_ref(), |delay| self.interval(delay));
        let limit = &policy.limit;
        let attempt = optional(limit.attempt_duration.as_ref(), |span| self.interval(span));
        let duration = optional(limit.duration.as_ref(), |span| self.interval(span));
        let jitter = optional(policy.jitter.as_ref(), |jitter| {
            let (from, to) = (self.interval(&jitter.from), self.interval(&jitter.to));
            Some((from?, to?))
        });
        let attempts_max = limit.attempt_count.map(u64::from);
        Some(Retry {
            when: when?,
            except_when: except_when?,
            delay: delay?.unwrap_or(Interval::Literal(0)),
            backoff: match policy.backoff {
                None | Some(BackoffSource::Constant) => Backoff::Constant,
                Some(BackoffSource::Linear) => Backoff::Linear,
                Some(BackoffSource::Exponential) => Backoff::Exponential,
            },
            attempts_max: attempts_max.unwrap_or(self.limits.retry_attempts_max),
            attempt_duration: attempt?,
            duration: duration?,
            jitter: jitter?,
        })
    }

    pub(super) fn raise(&mut self, source: &'d RaiseTask) -> Option<ErrorTemplate> {
        let components = &self.definition.use_.errors;
        let error = match &source.error {
            Reference::Inline(error) => error,
            Reference::Named(name) => match components.get(&name.value) {
                Some(error) => error,
                None => return self.unknown(name, "errors"),
            },
        };
        let type_ = self.template(&error.type_);
        let status = Template::compile(&Value::from(error.status), Mode::Strict, &[]).ok();
        let title = optional(error.title.as_ref(), |title| self.template(title));
        let detail = optional(error.detail.as_ref(), |detail| self.template(detail));
        let instance = optional(error.instance.as_ref(), |instance| self.template(instance));
        Some(ErrorTemplate {
            type_: type_?,
            status: status?,
            title: title?,
            detail: detail?,
            instance: instance?,
        })
    }
}

fn error_filter(source: &FilterSource) -> ErrorFilter {
    ErrorFilter {
        type_: source.type_.clone(),
        status: source.status.map(u64::from),
        instance: source.instance.clone(),
        title: source.title.clone(),
        detail: source.detail.clone(),
    }
}

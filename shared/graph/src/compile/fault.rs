//! `try`, `raise` and retry policies.

use serde_json::Value;
use weir_definition::model::Reference;
use weir_definition::model::fault::{
    Backoff as BackoffSource, Catch as CatchSource, ErrorFilter as FilterSource, RaiseTask,
    RetryPolicy, TryTask,
};

use super::Compiler;
use super::list::Siblings;
use super::report::Compiled;
use crate::{Backoff, Catch, ErrorFilter, ErrorTemplate, Interval, Retry, TaskIndex, Try};

impl<'d> Compiler<'d> {
    pub(super) fn try_(
        &mut self,
        source: &'d TryTask,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Compiled<Try> {
        let body = self.list(&source.tasks, Some(index));
        let catch = &source.catch;
        let catch = self.scoped([catch.as_.as_str()], |compiler| {
            compiler.catch(catch, index, siblings)
        });
        Ok(Try {
            body: body?,
            catch: catch?,
        })
    }

    fn catch(
        &mut self,
        source: &'d CatchSource,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Compiled<Catch> {
        let when = source
            .when
            .as_ref()
            .map(|when| self.expression(when))
            .transpose();
        let except_when = source
            .except_when
            .as_ref()
            .map(|when| self.expression(when))
            .transpose();
        let retry = source
            .retry
            .as_ref()
            .map(|retry| self.retry(retry))
            .transpose();
        let body = source
            .tasks
            .as_ref()
            .map(|tasks| self.list(tasks, Some(index)))
            .transpose();
        let pointer = format!("{}/then", source.pointer);
        let then = source.then.as_ref();
        let then = then
            .map(|then| self.flow(Some(then), &pointer, siblings))
            .transpose();
        Ok(Catch {
            errors: source.errors.as_ref().map(error_filter).unwrap_or_default(),
            error_as: source.as_.as_str().into(),
            when: when?,
            except_when: except_when?,
            retry: retry?,
            body: body?,
            then: then?,
        })
    }

    fn retry(&mut self, retry: &'d Reference<RetryPolicy>) -> Compiled<Retry> {
        let components = &self.definition.use_.retries;
        let policy = match retry {
            Reference::Inline(policy) => policy,
            Reference::Named(name) => match components.get(&name.value) {
                Some(policy) => policy,
                None => return Err(self.unknown(name, "retries")),
            },
        };
        let when = policy
            .when
            .as_ref()
            .map(|when| self.expression(when))
            .transpose();
        let except_when = policy
            .except_when
            .as_ref()
            .map(|when| self.expression(when))
            .transpose();
        let delay = policy
            .delay
            .as_ref()
            .map(|delay| self.interval(delay))
            .transpose();
        let limit = &policy.limit;
        let attempt = limit
            .attempt_duration
            .as_ref()
            .map(|span| self.interval(span))
            .transpose();
        let duration = limit
            .duration
            .as_ref()
            .map(|span| self.interval(span))
            .transpose();
        let jitter = policy.jitter.as_ref().map(|jitter| {
            let (from, to) = (self.interval(&jitter.from), self.interval(&jitter.to));
            Ok((from?, to?))
        });
        let jitter = jitter.transpose();
        let attempts_max = limit.attempt_count.map(u64::from);
        Ok(Retry {
            when: when?,
            except_when: except_when?,
            delay: delay?.unwrap_or(Interval::Literal(0)),
            backoff: match policy.backoff {
                None | Some(BackoffSource::Constant) => Backoff::Constant,
                Some(BackoffSource::Linear) => Backoff::Linear,
                Some(BackoffSource::Exponential) => Backoff::Exponential,
            },
            is_counted: attempts_max.is_some(),
            attempts_max: attempts_max.unwrap_or(self.limits.retry_attempts_max),
            attempt_duration: attempt?,
            duration: duration?,
            jitter: jitter?,
        })
    }

    pub(super) fn raise(&mut self, source: &'d RaiseTask) -> Compiled<ErrorTemplate> {
        let components = &self.definition.use_.errors;
        let error = match &source.error {
            Reference::Inline(error) => error,
            Reference::Named(name) => match components.get(&name.value) {
                Some(error) => error,
                None => return Err(self.unknown(name, "errors")),
            },
        };
        let type_ = self.template(&error.type_);
        let status = self.template_at(&Value::from(error.status), |_| error.pointer.clone());
        let title = error
            .title
            .as_ref()
            .map(|title| self.template(title))
            .transpose();
        let detail = error
            .detail
            .as_ref()
            .map(|detail| self.template(detail))
            .transpose();
        let instance = error
            .instance
            .as_ref()
            .map(|instance| self.template(instance))
            .transpose();
        Ok(ErrorTemplate {
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

//! Catches that can never match.

use std::collections::BTreeSet;

use weir_definition::diagnostic::code;

use super::Compiler;
use crate::bound::is_certain;
use crate::flow::parts;
use crate::{Deadline, ErrorFilter, Kind, ListIndex, Program, Task, Transform};

/// The error types that the specification defines, under any of their hosts.
const STANDARD: &str = "/errors/";

/// The errors that a list can end with: type, and status.
type Errors = BTreeSet<(String, u64)>;

impl Compiler<'_> {
    pub(super) fn warn_catch(&mut self, program: &Program, task: &Task) {
        let Kind::Try(try_) = &task.kind else {
            return;
        };
        let limited = try_
            .catch
            .retry
            .as_ref()
            .is_some_and(|retry| retry.attempt_duration.is_some() || retry.duration.is_some());
        let pointer = format!("{}/catch", task.reference);
        if !limited && is_certain(program, try_.body) {
            let message = format!(
                "nothing in `{}` can fail: its `catch` is never used",
                task.name
            );
            let remedy = "remove the `try`, or put into it what can fail";
            self.report(code::CATCHES_NOTHING, &pointer, message, remedy);
            return;
        }
        let Some(mut errors) = self.errors(program, try_.body) else {
            return;
        };
        if limited {
            errors.insert(("timeout".to_owned(), 408));
        }
        let filter = &try_.catch.errors;
        if errors.iter().any(|error| passes(filter, error)) {
            return;
        }
        let found: Vec<String> = errors
            .iter()
            .map(|(type_, status)| format!("{type_} ({status})"))
            .collect();
        let message = format!(
            "`errors.with` matches nothing that `{}` can fail with: {}",
            task.name,
            found.join(", ")
        );
        let remedy = "correct the type or the status; both must be equal to the error's";
        self.report(
            code::CATCHES_NOTHING,
            &format!("{pointer}/errors/with"),
            message,
            remedy,
        );
    }

    /// What a list can fail with; none if that can be anything.
    fn errors(&self, program: &Program, list: ListIndex) -> Option<Errors> {
        let mut errors = Errors::new();
        for index in &program.list(list).tasks {
            let task = program.task(*index);
            let mut add = |name: &str, status| errors.insert((name.to_owned(), status));
            add("expression", 400);
            let schemas = [&task.input, &task.output, &task.export];
            if schemas.into_iter().any(has_schema) {
                add("validation", 400);
            }
            if !matches!(task.deadline, Deadline::Inherited) {
                add("timeout", 408);
            }
            match &task.kind {
                // Whoever serves them fails with what it likes.
                Kind::Call(_)
                | Kind::Invoke(_)
                | Kind::Around(_)
                | Kind::Shell(_)
                | Kind::Workflow(_) => return None,
                Kind::Raise(_) => errors.extend([self.raised(task)?]),
                Kind::For(_) | Kind::Emit(_) => {
                    add("validation", 400);
                }
                Kind::Listen(listen) if listen.until.is_some() || listen.foreach.is_some() => {
                    add("validation", 400);
                }
                Kind::Do(_)
                | Kind::Extended { .. }
                | Kind::Set(_)
                | Kind::Switch(_)
                | Kind::Fork { .. }
                | Kind::Try(_)
                | Kind::Wait(_)
                | Kind::Listen(_) => {}
            }
            for list in parts(&task.kind) {
                errors.extend(self.errors(program, list)?);
            }
        }
        Some(errors)
    }

    /// What a `raise` fails with, if that is written down.
    fn raised(&self, task: &Task) -> Option<(String, u64)> {
        let error = task.definition.as_value().pointer("/raise/error")?;
        let error = match error.as_str() {
            Some(name) => {
                let name = name.replace('~', "~0").replace('/', "~1");
                let pointer = format!("/use/errors/{name}");
                self.definition.value.pointer(&pointer)?
            }
            None => error,
        };
        let type_ = error.get("type")?.as_str()?;
        if type_.contains("${") || type_.contains('{') {
            return None;
        }
        Some((short(type_).to_owned(), error.get("status")?.as_u64()?))
    }
}

fn has_schema(transform: &Transform) -> bool {
    transform.schema.is_some()
}

fn passes(filter: &ErrorFilter, (type_, status): &(String, u64)) -> bool {
    let wanted = filter.type_.as_deref().map(short);
    wanted.is_none_or(|wanted| wanted == short(type_))
        && filter.status.is_none_or(|wanted| wanted == *status)
}

/// The last part of a standard type; any other as it is.
fn short(type_: &str) -> &str {
    let is_ours = type_.contains("serverlessworkflow.io/")
        || type_.contains("open-workflow-specification.org/");
    match type_.rsplit_once('/') {
        Some((_, name)) if is_ours && type_.contains(STANDARD) => name,
        _ => type_,
    }
}

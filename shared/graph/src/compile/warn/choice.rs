//! Choices that always fall the same way.

use weir_definition::diagnostic::code;
use weir_expression::Expression;

use super::Compiler;
use crate::{Kind, Task};

impl Compiler<'_> {
    pub(super) fn warn_choice(&mut self, task: &Task) {
        if let Some(guard) = &task.guard
            && is_never(guard)
        {
            let message = format!("`{}` is never run: its `if` is never true", task.name);
            let pointer = format!("{}/if", task.reference);
            self.report(
                code::UNREACHABLE,
                &pointer,
                message,
                "correct it, or remove the task",
            );
        }
        let Kind::Switch(cases) = &task.kind else {
            return;
        };
        let mut earlier: Vec<&Expression> = Vec::new();
        for (place, case) in cases.iter().enumerate() {
            let always = earlier.iter().find(|when| when.source().trim() == "true");
            let same = |when: &&&Expression| {
                let own = case.when.as_ref();
                own.is_some_and(|own| own.source() == when.source())
            };
            let twice = earlier.iter().find(same);
            let why = match (&case.when, always, twice) {
                (Some(when), ..) if is_never(when) => "its `when` is never true",
                (_, Some(_), _) => "an earlier case is always taken",
                (_, _, Some(_)) => "an earlier case has the same `when`",
                _ => {
                    earlier.extend(&case.when);
                    continue;
                }
            };
            let message = format!("the case `{}` is never taken: {why}", case.name);
            let name = case.name.replace('~', "~0").replace('/', "~1");
            let pointer = format!("{}/switch/{place}/{name}", task.reference);
            self.report(
                code::CASE_NEVER,
                &pointer,
                message,
                "correct its `when`, or remove it",
            );
        }
    }
}

/// Whether a condition is written down as false.
fn is_never(condition: &Expression) -> bool {
    matches!(condition.source().trim(), "false" | "null")
}

//! About names that belong together.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[
    Explanation {
        code: code::DUPLICATE_NAME,
        title: "two of one list have the same name",
        reason: "Tasks and cases are known by their names: `then` could not tell the two apart.",
        remedy: "Give each its own name.",
        example: "do:
  - first: { wait: PT1S }
  - first: { wait: PT2S }
",
    },
    Explanation {
        code: code::TASK_KIND,
        title: "a task of no kind, or of several",
        reason: "Each task does one thing, said by exactly one of `call`, `do`, `emit`, `for`, `fork`, \
                 `listen`, `raise`, `run`, `set`, `switch`, `try` and `wait`.",
        remedy: "Add what the task does, or make two tasks of it.",
        example: "do:
  - first:
      set: { a: 1 }
      wait: PT1S
",
    },
    Explanation {
        code: code::UNKNOWN_TARGET,
        title: "`then` leads nowhere",
        reason: "`then` names a task of its own list only: neither one of an outer list nor one of an \
                 inner.",
        remedy: "Name a task of the same list, or `continue`, `exit` or `end`.",
        example: "do:
  - first: { wait: PT1S, then: secnd }
  - second: { wait: PT1S }
",
    },
    Explanation {
        code: code::UNKNOWN_COMPONENT,
        title: "a name that `use` does not define",
        reason: "Timeouts, retry policies, errors and authentications can be used by name if they are \
                 defined under `use`.",
        remedy: "Define it under `use`, or write it in place.",
        example: "do:
  - first:
      wait: PT1S
      timeout: eternal
",
    },
    Explanation {
        code: code::SECOND_DEFAULT,
        title: "a second default",
        reason: "A case without `when` is taken if no other is. Two of them would make one unreachable.",
        remedy: "Give one of them a `when`.",
        example: "do:
  - first:
      switch:
        - a: { then: end }
        - b: { then: exit }
",
    },
    Explanation {
        code: code::READ_WITHOUT_ON,
        title: "`read` without `on`",
        reason: "`schedule.read` says what of the starting events becomes input; without `schedule.on` \
                 there are none.",
        remedy: "Add `on`, or remove `read`.",
        example: "schedule: { cron: '0 0 * * *', read: data }
do:
  - first: { wait: PT1S }
",
    },
];

//! About what a document means.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[
    Explanation {
        code: code::EXPRESSION,
        title: "an expression that does not compile",
        reason: "Expressions are jq. Everything that cannot be bounded is refused too: definitions that \
                 call themselves, `repeat`, `while`, `until`, and whatever reads the clock, the \
                 environment or further input.",
        remedy: "Correct the program at the place that is shown.",
        example: "do:
  - first:
      set: { total: '${ .price * }' }
",
    },
    Explanation {
        code: code::ENDPOINT,
        title: "an endpoint that is no URI template",
        reason: "Endpoints are URI templates of level 1 (RFC 6570): plain `{name}`, filled from the \
                 task's input.",
        remedy: "Write `https://host/path/{name}`, or one expression in `${ }`.",
        example: "do:
  - ask:
      call: http
      with: { method: get, endpoint: 'https://a.example/{?query*}' }
",
    },
    Explanation {
        code: code::SCHEMA,
        title: "a schema that is not valid",
        reason: "The schema is no JSON Schema, or refers to another document: nothing is fetched while \
                 a workflow runs.",
        remedy: "Correct the schema, and write what it refers to in place.",
        example: "input: { schema: { document: { type: nothing } } }
do:
  - first: { wait: PT1S }
",
    },
    Explanation {
        code: code::UNSUPPORTED,
        title: "valid, but not executed yet",
        reason: "The DSL has it, this build does not do it. It is refused rather than ignored.",
        remedy: "The message names what to write instead.",
        example: "evaluate: { language: javascript }
do:
  - first:
      set: { x: 1 }
",
    },
    Explanation {
        code: code::CYCLE,
        title: "`then` leads round in a circle",
        reason: "A workflow has to end, and how often a circle is taken cannot be told from the \
                 document, unless the one task that all of its circles lead back to says so.",
        remedy: "Repeat with `for` (and `while`), retry with `try`, or write \
                 `metadata: {maxReturns: 10}` at the task that is led back to: one time more is a \
                 validation error there.",
        example: "do:
  - first: { wait: PT1S }
  - second: { wait: PT1S, then: first }
",
    },
    Explanation {
        code: code::BOUND,
        title: "more than the limits allow",
        reason: "The bound is the most that an instance can do, whatever its input. The limits keep one \
                 workflow from taking the capacity of all. The message names what multiplies the most.",
        remedy: "Bound what is iterated (`in: .items[:100]`, or `maxItems` in the task's \
                 `input.schema`), retry fewer times, split wide forks; or raise the limit.",
        example: "do:
  - outer:
      for: { in: .rows }
      do:
        - inner:
            for: { in: .cells }
            do:
              - check: { set: { checked: true } }
              - note: { set: { noted: true } }
",
    },
    Explanation {
        code: code::UNKNOWN,
        title: "a name that nothing has",
        reason: "A name is used that the document does not define.",
        remedy: "Define it, or correct it.",
        example: "",
    },
    Explanation {
        code: code::VARIABLE,
        title: "a variable where it has no value",
        reason: "A trigger is compared with events before there is an instance: there is no input and \
                 no context.",
        remedy: "Compare with literals and the event's own attributes.",
        example: "schedule:
  on:
    one:
      with: { type: placed, subject: '${ . == $context.id }' }
do:
  - first: { wait: PT1S }
",
    },
    Explanation {
        code: code::CRON,
        title: "a cron expression that names no time",
        reason: "It is not five fields (minute, hour, day of the month, month, day of the week), nor \
                 six with seconds before them; or its time zone is not known; or there never is such a \
                 time.",
        remedy: "Write `0 9 * * MON-FRI`, or with a time zone \
                 `CRON_TZ=Europe/Berlin 0 9 * * MON-FRI`.",
        example: "schedule: { cron: 0 25 * * * }
do:
  - first: { wait: PT1S }
",
    },
];

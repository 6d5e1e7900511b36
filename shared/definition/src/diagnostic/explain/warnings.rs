//! Warnings: what runs, but hardly as its author means it.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[
    Explanation {
        code: code::UNREACHABLE,
        title: "a task that is never run",
        reason: "No way leads to the task: what stands before it always goes elsewhere (`then`, \
                 `raise`, or a `switch` whose cases all do).",
        remedy: "Lead a `then` to it, or remove it.",
        example: "do:
  - first: { set: { a: 1 }, then: end }
  - second: { set: { b: 2 } }
",
    },
    Explanation {
        code: code::LATE_TIMEOUT,
        title: "a timeout that never comes",
        reason: "What the task is part of times out earlier, so this timeout has no effect. A workflow \
                 without a `timeout` of its own has seven days.",
        remedy: "Shorten it, or lengthen the timeout round it, which the message names.",
        example: "do:
  - order:
      do:
        - pay:
            call: http
            with: { method: get, endpoint: 'https://a.example' }
            timeout: { after: PT10M }
      timeout: { after: PT1M }
",
    },
    Explanation {
        code: code::LATE_WAIT,
        title: "a wait that never ends",
        reason: "A deadline of the task, or of what it is part of, comes first, so the wait always ends \
                 with a timeout error.",
        remedy: "Wait for less, or lengthen the timeout that the message names.",
        example: "do:
  - pause:
      wait: PT10M
      timeout: { after: PT1M }
",
    },
    Explanation {
        code: code::LATE_RETRY,
        title: "a retry for which there is never time",
        reason: "Even if every attempt fails at once, the delays alone take longer than the attempts \
                 together may, so the last retries never come.",
        remedy: "Allow more time, shorter delays, or fewer attempts.",
        example: "do:
  - order:
      try:
        - pay:
            call: http
            with: { method: get, endpoint: 'https://a.example' }
      catch:
        retry:
          delay: PT1M
          limit: { attempt: { count: 5 }, duration: PT2M }
",
    },
    Explanation {
        code: code::CASE_NEVER,
        title: "a case that is never taken",
        reason: "Cases are tried in order. An earlier one has the same condition, or is always true; or \
                 this one is never true.",
        remedy: "Correct the condition, or remove the case.",
        example: r#"do:
  - choose:
      switch:
        - paid: { when: .status == "paid", then: end }
        - again: { when: .status == "paid", then: exit }
"#,
    },
    Explanation {
        code: code::CATCHES_NOTHING,
        title: "a `catch` that is never used",
        reason: "Nothing in the `try` can fail, or nothing with an error that `errors.with` lets \
                 through.",
        remedy: "Correct `errors.with`, or remove the `try`.",
        example: "do:
  - order:
      try:
        - pause: { wait: PT1S }
      catch:
        do:
          - note: { set: { failed: true } }
",
    },
    Explanation {
        code: code::CORRELATES_NOTHING,
        title: "a correlation that nothing sets",
        reason: "A key without `expect` must be equal to that of the events consumed before by the same \
                 `listen`. Here there are none, so any event that has the key matches, also those of \
                 other instances.",
        remedy: "Say what it must be, from the task's input: `expect: ${ .orderId }`.",
        example: "do:
  - wait:
      listen:
        to:
          one:
            with: { type: paid }
            correlate:
              order: { from: .data.orderId }
",
    },
    Explanation {
        code: code::FAILS_ON_SCHEMA,
        title: "an expression that always fails",
        reason: "The input's schema lets through only values on which the expression fails.",
        remedy: "Correct the path, or the schema.",
        example: "input:
  schema:
    document:
      type: object
      required: [lines]
      properties: { lines: { type: string } }
do:
  - each:
      for: { in: $workflow.input.lines }
      do:
        - note: { set: { a: 1 } }
",
    },
];

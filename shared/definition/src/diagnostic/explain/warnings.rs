//! Warnings: what runs, but hardly as its author means it.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[Explanation {
    code: code::UNREACHABLE,
    title: "a task that is never run",
    reason: "No way leads to the task: what stands before it always goes elsewhere (`then`, \
                 `raise`, or a `switch` whose cases all do).",
    remedy: "Lead a `then` to it, or remove it.",
    example: "do:
  - first: { set: { a: 1 }, then: end }
  - second: { set: { b: 2 } }
",
}];

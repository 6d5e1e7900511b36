//! About properties and values.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[
    Explanation {
        code: code::UNKNOWN_PROPERTY,
        title: "an unknown property",
        reason: "The DSL has no such property at this place. It would be ignored, and what it was meant \
                 to do would not be done.",
        remedy: "Correct its name; the message lists what may stand there.",
        example: "do:
  - first:
      wait: PT1S
      timout: { after: PT1M }
",
    },
    Explanation {
        code: code::MISSING_PROPERTY,
        title: "a property is missing",
        reason: "Without it the document says too little to be run.",
        remedy: "Add the property that the message names.",
        example: "do:
  - ask:
      call: http
      with: { method: get }
",
    },
    Explanation {
        code: code::WRONG_TYPE,
        title: "a value of the wrong type",
        reason: "The property exists, but takes another type of value: a text where a number is meant, \
                 a boolean where an expression is.",
        remedy: "Write a value of the type that the message names.",
        example: "do:
  - first:
      if: true
      set: { a: 1 }
",
    },
    Explanation {
        code: code::NOT_ALLOWED,
        title: "a value that is not allowed",
        reason: "The type is right, but the value is outside of what the property can be.",
        remedy: "Write one of the values that the message names.",
        example: "do:
  - first:
      run: { shell: { command: ls }, return: stdot }
",
    },
    Explanation {
        code: code::EXCLUSIVE,
        title: "properties that exclude each other",
        reason: "Exactly one of several properties can stand here: together they contradict each other, \
                 and without any of them nothing is said.",
        remedy: "Keep exactly one.",
        example: "do:
  - first:
      listen: { to: {} }
",
    },
    Explanation {
        code: code::DSL_VERSION,
        title: "a version of the DSL that is not supported",
        reason: "Documents of other versions may say what this build does not know, or mean something \
                 else by the same words.",
        remedy: "Write the document for 1.0.3.",
        example: "document: {dsl: 1.1.0, namespace: shop, name: order, version: 1.0.0}
do: [ first: { wait: PT1S } ]
",
    },
    Explanation {
        code: code::NAME,
        title: "a name that is not made as names must be",
        reason: "Names become parts of subjects, variables and attributes, which take only certain \
                 characters.",
        remedy: "Use the characters that the message names.",
        example: "document: {dsl: 1.0.3, namespace: Shop, name: order, version: 1.0.0}
do: [ first: { wait: PT1S } ]
",
    },
    Explanation {
        code: code::VERSION,
        title: "not a semantic version",
        reason: "Versions are ordered to find the newest, which takes three numbers.",
        remedy: "Write major.minor.patch, in quotes.",
        example: "document: {dsl: 1.0.3, namespace: shop, name: order, version: '1.0'}
do: [ first: { wait: PT1S } ]
",
    },
    Explanation {
        code: code::DURATION,
        title: "not a duration",
        reason: "A span of time needs a number and a unit.",
        remedy: "Write parts (`seconds: 30`), ISO 8601 (`PT30S`), or an expression in `${ }`.",
        example: "do:
  - first:
      wait: 1h
",
    },
    Explanation {
        code: code::EMPTY,
        title: "something is empty that must not be",
        reason: "A list without tasks or a `set` without values does nothing, which is hardly what was \
                 meant.",
        remedy: "Fill it, or remove it.",
        example: "do:
  - first:
      set: {}
",
    },
];

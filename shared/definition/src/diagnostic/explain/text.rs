//! About the text of a document.

use super::Explanation;
use crate::diagnostic::code;

pub(super) const ENTRIES: &[Explanation] = &[
    Explanation {
        code: code::TOO_LARGE,
        title: "the document is too large",
        reason: "A definition is stored whole in one message and compiled by every scheduler, so its \
                 size is limited to 512 KiB.",
        remedy: "Split the workflow, or move large constant data to where it is used.",
        example: "",
    },
    Explanation {
        code: code::SYNTAX,
        title: "the text is not valid YAML or JSON",
        reason: "The parser cannot go on at this place, so nothing after it is looked at. Usual causes: \
                 text with `: ` in it (jq objects) that is not in quotes, tabs as indentation, or a \
                 missing comma in JSON.",
        remedy: "Correct the place that is shown, or what stands just before it.",
        example: "do:
  - total:
      set: .price + { currency: .currency }
",
    },
    Explanation {
        code: code::TOO_DEEP,
        title: "values are nested too deep",
        reason: "A hostile or generated document could exhaust the memory of whoever reads it, so \
                 values nest at most 64 levels.",
        remedy: "Nest less, for example by splitting the workflow.",
        example: "",
    },
    Explanation {
        code: code::TOO_MANY_VALUES,
        title: "the document holds too much",
        reason: "Aliases count as often as they are used: a few lines of them can stand for billions of \
                 values. At most 100,000 values and 4 MiB of text are read.",
        remedy: "Write less, or use fewer aliases.",
        example: "",
    },
    Explanation {
        code: code::MERGE_KEY,
        title: "a merge key",
        reason: "`<<` is not part of YAML 1.2, and parsers disagree about what wins.",
        remedy: "Write the entries out, or repeat a whole value by an alias.",
        example: "do:
  - first:
      <<: { set: { a: 1 } }
",
    },
    Explanation {
        code: code::KEY_NOT_A_STRING,
        title: "a key is not a string",
        reason: "Data are JSON, whose keys are strings. YAML would also allow numbers, booleans, lists \
                 and mappings.",
        remedy: "Write the key in quotes.",
        example: "do:
  - first:
      set: { messages: { 404: gone } }
",
    },
    Explanation {
        code: code::NUMBER,
        title: "a number that cannot be kept",
        reason: "JSON has no infinity and no `nan`, and integers of more than 64 bits would lose \
                 digits.",
        remedy: "Write it in quotes if it is a text, such as an account number.",
        example: "do:
  - first:
      set: { account: 123456789012345678901 }
",
    },
    Explanation {
        code: code::DUPLICATE_KEY,
        title: "a key stands twice",
        reason: "Of two entries with one key, parsers keep one and drop the other without a word.",
        remedy: "Keep one of them.",
        example: "do:
  - first:
      set: { a: 1 }
      set: { b: 2 }
",
    },
    Explanation {
        code: code::NOT_ONE_DOCUMENT,
        title: "not exactly one document",
        reason: "A file holds one workflow. An empty file has none, and `---` begins a second.",
        remedy: "Write one document a file.",
        example: "do: []
---
name: second
",
    },
    Explanation {
        code: code::TAG,
        title: "a YAML tag",
        reason: "Tags such as `!secret` mean nothing here, and one that contradicts its value would \
                 change it.",
        remedy: "Leave the tag out.",
        example: "do:
  - first:
      set: { password: !secret order }
",
    },
];

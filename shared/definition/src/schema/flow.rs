//! Tasks that steer the flow: for, fork, switch; and set.

use serde_json::{Value, json};

use super::part::{Named, about, boolean, either, filled, formed, link, named_list, object, text};

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("iteration", iteration()),
        ("variable", variable()),
        ("fork", fork()),
        ("cases", cases()),
        ("assignment", assignment()),
    ]
}

fn iteration() -> Value {
    let items = either(&[
        filled("An expression that yields an array."),
        json!({ "type": "array", "description": "The items themselves." }),
    ]);
    let properties = vec![
        (
            "each",
            about(link("variable"), "The item's variable, `item` when absent."),
        ),
        (
            "in",
            about(
                items,
                "The array. More items than `limits.for_items_max` are a validation error.",
            ),
        ),
        (
            "at",
            about(
                link("variable"),
                "The index's variable, `index` when absent.",
            ),
        ),
    ];
    object(properties, &["in"])
}

fn variable() -> Value {
    formed(
        "^[A-Za-z_][A-Za-z0-9_]*$",
        "expected letters, digits and _, not a digit first, and no $",
    )
}

fn fork() -> Value {
    let properties = vec![
        (
            "branches",
            about(link("branches"), "The branches, each a task."),
        ),
        (
            "compete",
            boolean("Whether the first branch that completes wins, and ends the others."),
        ),
    ];
    object(properties, &["branches"])
}

fn cases() -> Value {
    let properties = vec![
        (
            "when",
            about(
                link("expression"),
                "The condition; one case, the default, has none.",
            ),
        ),
        ("then", about(link("target"), "Where to go.")),
    ];
    named_list(&object(properties, &["then"]))
}

fn assignment() -> Value {
    let members = json!({
        "type": "object",
        "minProperties": 1,
        "description": "Names and values; strings in `${ }` are expressions.",
    });
    either(&[members, text("One expression in `${ }`.")])
}

//! Events: awaiting and emitting them.

use serde_json::{Map, Value, json};

use super::part::{
    Named, about, either, filled, link, list_of, map_of, object, one_of, text, with, words,
};
use crate::read::ATTRIBUTES;

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("listen", listen()),
        ("readAs", words(&["data", "envelope", "raw"])),
        ("subscriptionIterator", iterator()),
        ("consumption", consumption(true)),
        ("untilEvents", consumption(false)),
        ("eventFilter", filter()),
        ("attributes", attributes()),
        ("emit", emit()),
    ]
}

fn listen() -> Value {
    let properties = vec![
        ("to", about(link("consumption"), "The events.")),
        (
            "read",
            about(
                link("readAs"),
                "What of the events is read; `data` when absent.",
            ),
        ),
    ];
    object(properties, &["to"])
}

fn iterator() -> Value {
    let properties = vec![
        (
            "item",
            about(
                link("variable"),
                "The event's variable, `item` when absent.",
            ),
        ),
        (
            "at",
            about(
                link("variable"),
                "The index's variable, `index` when absent.",
            ),
        ),
        ("do", about(link("tasks"), "The tasks of an iteration.")),
        (
            "output",
            about(link("output"), "How an iteration's output is reshaped."),
        ),
        (
            "export",
            about(
                link("export"),
                "What becomes of the context after an iteration.",
            ),
        ),
    ];
    object(properties, &[])
}

/// Which events are consumed. Those that end a listen have no end of their own.
fn consumption(ends: bool) -> Value {
    let filters = |text: &str| about(list_of(&link("eventFilter")), text);
    let mut properties = vec![
        ("one", about(link("eventFilter"), "One event.")),
        (
            "any",
            filters("Events that pass any of the filters; `[]` takes every event."),
        ),
        (
            "all",
            with(
                filters("One event for each of the filters."),
                json!({ "minItems": 1 }),
            ),
        ),
    ];
    let one = one_of(&["one", "any", "all"]);
    if !ends {
        return with(object(properties, &[]), one);
    }
    let until = either(&[
        filled("A condition on the array of events so far."),
        link("untilEvents"),
    ]);
    let text = "Goes on until this holds or these events came, `limits.for_items_max` at most.";
    properties.push(("until", about(until, text)));
    let until = json!({ "dependencies": { "until": ["any"] } });
    with(with(object(properties, &[]), one), until)
}

fn filter() -> Value {
    let correlation = object(
        vec![
            (
                "from",
                about(link("expression"), "Takes the key from the event."),
            ),
            (
                "expect",
                text("What the key must be; if absent, what it is in the first event."),
            ),
        ],
        &["from"],
    );
    let properties = vec![
        (
            "with",
            about(
                link("attributes"),
                "The attributes that the event must have.",
            ),
        ),
        (
            "correlate",
            about(
                map_of(&correlation),
                "Which of the events belong to this instance.",
            ),
        ),
    ];
    object(properties, &["with"])
}

fn attributes() -> Value {
    let known = ATTRIBUTES.iter().map(|name| {
        let schema = match *name {
            "data" => json!({ "description": "The event's data." }),
            _ => filled("A string, or `${ … }`."),
        };
        ((*name).to_owned(), schema)
    });
    json!({
        "type": "object",
        "properties": known.collect::<Map<_, _>>(),
        "propertyNames": {
            "pattern": "^[a-z0-9]+$",
            "patternErrorMessage": "CloudEvents attributes are named with a-z and 0-9 only",
        },
        "minProperties": 1,
    })
}

fn emit() -> Value {
    let attributes = json!({ "allOf": [link("attributes"), { "required": ["type"] }] });
    let text = "Its attributes; `id`, `source` and `time` are added if absent.";
    let event = object(vec![("with", about(attributes, text))], &["with"]);
    object(vec![("event", about(event, "The event."))], &["event"])
}

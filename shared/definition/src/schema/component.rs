//! What stands under `use`.

use serde_json::Value;

use super::part::{Named, about, filled, link, list_of, map_of, named_item, object, words};
use crate::read::EXTENDED;

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("components", components()),
        ("catalog", catalog()),
        ("extension", extension()),
    ]
}

fn components() -> Value {
    let named = |name: &str, text: &str| about(map_of(&link(name)), text);
    let properties = vec![
        (
            "authentications",
            named(
                "authenticationPolicy",
                "Ways to authenticate, by name: `authentication: {use: name}`.",
            ),
        ),
        (
            "catalogs",
            named("catalog", "Where functions are loaded from."),
        ),
        (
            "errors",
            named("error", "Errors, by name: `raise: {error: name}`."),
        ),
        (
            "extensions",
            about(
                list_of(&named_item(&link("extension"))),
                "Tasks that run before and after others.",
            ),
        ),
        (
            "functions",
            named("loneTask", "Tasks that `call: name` runs."),
        ),
        (
            "retries",
            named("retryPolicy", "Retry policies, by name: `retry: name`."),
        ),
        (
            "secrets",
            about(
                list_of(&filled("A secret's name, read as `$secrets.name`.")),
                "The secrets that the workflow may read.",
            ),
        ),
        (
            "timeouts",
            named("inlineTimeout", "Timeouts, by name: `timeout: name`."),
        ),
    ];
    object(properties, &[])
}

fn catalog() -> Value {
    let endpoint = about(link("endpoint"), "The catalog's root.");
    object(vec![("endpoint", endpoint)], &["endpoint"])
}

fn extension() -> Value {
    let properties = vec![
        (
            "extend",
            about(words(&EXTENDED), "The tasks it applies to."),
        ),
        ("when", about(link("expression"), "Whether it applies.")),
        ("before", about(link("tasks"), "What runs before.")),
        ("after", about(link("tasks"), "What runs after.")),
    ];
    object(properties, &["extend"])
}

//! The top of a definition.

use serde_json::{Value, json};

use super::part::{
    Named, about, any, filled, formed, link, map, object, some_of, text, with, words,
};
use crate::read::{DSL_VERSIONS, EDITOR_SCHEMA, NAME_CHARS_MAX};

pub(super) fn root() -> Value {
    let properties = vec![
        (
            EDITOR_SCHEMA,
            text("Where editors find this schema. It says nothing to Weir."),
        ),
        ("document", about(link("document"), "Who the workflow is.")),
        (
            "input",
            about(
                link("input"),
                "How the workflow's input is checked and reshaped.",
            ),
        ),
        (
            "use",
            about(
                link("components"),
                "What is named once and used in several places.",
            ),
        ),
        (
            "do",
            about(link("tasks"), "The tasks, one after the other."),
        ),
        (
            "timeout",
            about(
                link("timeout"),
                "How long an instance may take. Without it, `limits.workflow_timeout` holds.",
            ),
        ),
        (
            "output",
            about(
                link("output"),
                "How the workflow's output is reshaped and checked.",
            ),
        ),
        (
            "schedule",
            about(link("schedule"), "What starts the workflow by itself."),
        ),
        (
            "evaluate",
            about(link("evaluate"), "How expressions are written."),
        ),
    ];
    object(properties, &["document", "do"])
}

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("document", document()),
        ("label", label()),
        ("schedule", schedule()),
        ("evaluate", evaluate()),
    ]
}

fn document() -> Value {
    let properties = vec![
        (
            "dsl",
            about(words(&DSL_VERSIONS), "The version of the DSL."),
        ),
        ("namespace", about(link("label"), "Whose workflow it is.")),
        ("name", about(link("label"), "The workflow's name.")),
        (
            "version",
            about(
                formed(
                    SEMVER,
                    "expected major.minor.patch, such as '1.0.0' or '1.0.0-beta.1'",
                ),
                "The workflow's semantic version. What is deployed never changes: a change is a \
                 new version.",
            ),
        ),
        ("title", text("A title for people.")),
        ("summary", text("What it does, in Markdown.")),
        ("tags", map("Free tags.")),
        ("metadata", map("Free data.")),
    ];
    object(properties, &["dsl", "namespace", "name", "version"])
}

/// Semantic versions (semver.org, 2.0.0).
const SEMVER: &str = concat!(
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)",
    r"(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)",
    r"(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?",
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
);

fn label() -> Value {
    let remedy = format!("expected 1 to {NAME_CHARS_MAX} of a-z, 0-9 and -, no - at either end");
    with(
        formed("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", &remedy),
        json!({ "maxLength": NAME_CHARS_MAX }),
    )
}

fn schedule() -> Value {
    let properties = vec![
        ("every", about(link("duration"), "Every so often.")),
        ("cron", filled("At the times of a cron expression.")),
        (
            "after",
            about(
                link("duration"),
                "So long after the previous instance ended.",
            ),
        ),
        (
            "on",
            about(
                link("consumption"),
                "On events. The workflow's input is an array of them.",
            ),
        ),
        ("read", about(link("readAs"), "What of the events is read.")),
    ];
    let more = json!({ "dependencies": { "read": ["on"] } });
    let schedule = with(object(properties, &[]), more);
    with(schedule, some_of(&["every", "cron", "after", "on"]))
}

fn evaluate() -> Value {
    let properties = vec![
        (
            "language",
            with(
                filled("The expression language."),
                json!({ "default": "jq" }),
            ),
        ),
        (
            "mode",
            with(
                words(&["strict", "loose"]),
                any(
                    "`strict`: only what stands in `${ }` is an expression, and what is one by \
                     its place, such as `if`. `loose`: every string is tried as one.",
                ),
            ),
        ),
    ];
    object(properties, &[])
}

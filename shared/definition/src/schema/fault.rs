//! Errors: raising, catching, retrying; and timeouts.

use serde_json::{Value, json};

use super::part::{
    Named, about, either, filled, integer, link, not_both, object, one_of, text, with,
};
use crate::read::STATUS_MAX;

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("raise", raise()),
        ("error", error()),
        ("catch", catch()),
        ("errorFilter", filter()),
        ("retryPolicy", retry()),
        ("timeout", reference("inlineTimeout", "use.timeouts")),
        ("inlineTimeout", timeout()),
    ]
}

/// A component in place, or its name.
fn reference(definition: &str, section: &str) -> Value {
    let name = filled(&format!("The name of one in `{section}`."));
    either(&[link(definition), name])
}

fn raise() -> Value {
    let error = about(reference("error", "use.errors"), "The error.");
    object(vec![("error", error)], &["error"])
}

fn status() -> Value {
    about(integer(100, STATUS_MAX), "The status code, such as 400.")
}

fn error() -> Value {
    let properties = vec![
        ("type", filled("A URI that names the error's type.")),
        ("status", status()),
        (
            "instance",
            text("JSON pointer of the component it comes from."),
        ),
        ("title", text("What such errors are.")),
        ("detail", text("What happened this time.")),
        ("details", text("`detail`, as older documents have it.")),
    ];
    let error = object(properties, &["type", "status"]);
    with(error, not_both("detail", "details"))
}

fn catch() -> Value {
    let retry = reference("retryPolicy", "use.retries");
    let properties = vec![
        (
            "errors",
            about(link("errorFilter"), "Which errors; all when absent."),
        ),
        (
            "as",
            about(
                link("variable"),
                "The error's variable, `error` when absent.",
            ),
        ),
        (
            "when",
            about(link("expression"), "Catches only if this holds."),
        ),
        (
            "exceptWhen",
            about(link("expression"), "Catches only if this does not hold."),
        ),
        (
            "retry",
            about(retry, "How to try again. It comes before `do`."),
        ),
        (
            "do",
            about(link("tasks"), "What is done once no retry is left."),
        ),
        (
            "then",
            about(link("target"), "Where to go after an error was caught."),
        ),
    ];
    object(properties, &[])
}

fn filter() -> Value {
    let properties = vec![
        ("type", text("The error's type.")),
        ("status", status()),
        (
            "instance",
            text("JSON pointer of the component it comes from."),
        ),
        ("title", text("Its title.")),
        ("detail", text("Its detail.")),
        ("details", text("`detail`, as older documents have it.")),
    ];
    let some = json!({ "minProperties": 1 });
    let with_ = with(
        with(object(properties, &[]), some),
        not_both("detail", "details"),
    );
    let text = "What the error must equal, all of it.";
    object(vec![("with", about(with_, text))], &[])
}

fn retry() -> Value {
    let none = || json!({ "type": "object", "maxProperties": 0 });
    let kinds = ["constant", "linear", "exponential"];
    let backoff = object(
        vec![
            ("constant", about(none(), "The delay stays; write `{}`.")),
            (
                "linear",
                about(none(), "The delay grows by itself each time; write `{}`."),
            ),
            (
                "exponential",
                about(none(), "The delay doubles each time; write `{}`."),
            ),
        ],
        &[],
    );
    let attempt = object(
        vec![
            (
                "count",
                about(
                    integer(0, u64::from(u32::MAX)),
                    "The most retries after the first run.",
                ),
            ),
            (
                "duration",
                about(link("duration"), "The longest one attempt may take."),
            ),
        ],
        &[],
    );
    let limit = object(
        vec![
            ("attempt", about(attempt, "Of the attempts.")),
            (
                "duration",
                about(link("duration"), "The longest all of it may take."),
            ),
        ],
        &[],
    );
    let jitter = object(
        vec![
            ("from", about(link("duration"), "The least.")),
            ("to", about(link("duration"), "The most.")),
        ],
        &["from", "to"],
    );
    let properties = vec![
        (
            "when",
            about(link("expression"), "Retries only if this holds."),
        ),
        (
            "exceptWhen",
            about(link("expression"), "Retries only if this does not hold."),
        ),
        (
            "delay",
            about(link("duration"), "The time between attempts."),
        ),
        (
            "backoff",
            about(with(backoff, one_of(&kinds)), "How the delay grows."),
        ),
        (
            "limit",
            about(limit, "When to give up; ten retries when absent."),
        ),
        (
            "jitter",
            about(jitter, "A random time that is added to each delay."),
        ),
    ];
    object(properties, &[])
}

fn timeout() -> Value {
    let after = about(link("duration"), "After which it is interrupted.");
    object(vec![("after", after)], &["after"])
}

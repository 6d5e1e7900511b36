//! Tasks: what all of them have, and what makes their kind.

use serde_json::{Map, Value, json};

use super::part::{
    Named, about, boolean, filled, integer, link, list_of, map, named_list, object, one_of,
    some_of, text, with, words,
};
use super::shape;
use crate::model::task::RETURNS_MAX;
use crate::read::KINDS;
use crate::read::shape::{CONTAINER, SCRIPT, WORKFLOW};

pub(super) fn definitions() -> Vec<Named> {
    let mut definitions = vec![
        ("tasks", named_list(&link("task"))),
        ("branches", named_list(&link("loneTask"))),
        ("task", task()),
        ("loneTask", lone_task()),
        ("target", target()),
        ("metadata", metadata()),
        ("process", process()),
    ];
    definitions.extend(KINDS.map(|(kind, more)| (definition_of(kind), one_kind(kind, more))));
    definitions
}

/// A task of exactly one kind. The schema of the kind is closed, so it refuses the others; they
/// are told apart by `if`, so that an editor reports what is wrong with the one that is meant.
fn task() -> Value {
    let names = KINDS
        .iter()
        .flat_map(|(kind, more)| [&[*kind], *more].concat());
    let mut properties: Map<String, Value> = names
        .map(|name| {
            (
                name.to_owned(),
                json!({ "description": own(name)["description"] }),
            )
        })
        .collect();
    properties.extend(common().into_iter().map(|(name, schema)| {
        (
            name.to_owned(),
            json!({ "description": schema["description"] }),
        )
    }));
    let chosen = KINDS.map(|(kind, _)| {
        let is = json!({ "type": "object", "required": [kind] });
        let is = match kind {
            "do" => with(is, json!({ "not": { "required": ["for"] } })),
            _ => is,
        };
        json!({ "if": is, "then": link(definition_of(kind)) })
    });
    let task = json!({ "type": "object", "properties": properties, "allOf": chosen });
    with(task, some_of(&KINDS.map(|(kind, _)| kind)))
}

/// A task that is no item of a list of tasks: it can go to none by name.
fn lone_task() -> Value {
    let then = json!({ "properties": { "then": words(&["continue", "exit", "end"]) } });
    let case = json!({ "additionalProperties": then });
    let limits = json!({
        "properties": {
            "then": then["properties"]["then"],
            "switch": { "items": case },
            "catch": then,
        },
    });
    json!({ "allOf": [link("task"), limits] })
}

fn one_kind(kind: &str, more: &'static [&'static str]) -> Value {
    let names = KINDS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name == kind);
    let names: Vec<&'static str> = names.chain(more.iter().copied()).collect();
    let mut properties: Vec<Named> = names.iter().map(|name| (*name, own(name))).collect();
    properties.extend(common());
    let required: &[&str] = match kind {
        "for" => &["for", "do"],
        "try" => &["try", "catch"],
        kind => &[kind],
    };
    let object = object(properties, required);
    if kind == "call" {
        return with(object, super::call::arguments());
    }
    object
}

fn definition_of(kind: &str) -> &'static str {
    match kind {
        "call" => "callTask",
        "do" => "doTask",
        "emit" => "emitTask",
        "for" => "forTask",
        "fork" => "forkTask",
        "listen" => "listenTask",
        "raise" => "raiseTask",
        "run" => "runTask",
        "set" => "setTask",
        "switch" => "switchTask",
        "try" => "tryTask",
        _ => "waitTask",
    }
}

/// What belongs to some kinds of tasks.
fn own(name: &str) -> Value {
    match name {
        "call" => about(
            link("callee"),
            "Calls a service, a function of `use.functions`, or one that workers serve.",
        ),
        "with" => json!({ "description": "The call's arguments." }),
        "do" => about(
            link("tasks"),
            "Tasks, one after the other; of a `for`, those of an iteration.",
        ),
        "emit" => about(link("emit"), "Publishes an event."),
        "for" => about(
            link("iteration"),
            "Does the same for each item of an array.",
        ),
        "while" => about(link("expression"), "Goes on only while this holds."),
        "fork" => about(link("fork"), "Runs branches at the same time."),
        "listen" => about(link("listen"), "Waits for events."),
        "foreach" => about(
            link("subscriptionIterator"),
            "What is done for each event, as it comes.",
        ),
        "raise" => about(link("raise"), "Raises an error."),
        "run" => about(link("process"), "Runs a process."),
        "set" => about(link("assignment"), "Makes the task's output."),
        "switch" => about(link("cases"), "Goes where the first case that holds says."),
        "try" => about(link("tasks"), "Tasks whose errors are caught."),
        "catch" => about(link("catch"), "What is done about errors."),
        _ => about(link("duration"), "Waits so long."),
    }
}

/// What every task may have.
fn common() -> Vec<Named> {
    vec![
        (
            "if",
            about(link("expression"), "Runs the task only if this holds."),
        ),
        (
            "input",
            about(
                link("input"),
                "How the task's input is checked and reshaped.",
            ),
        ),
        (
            "output",
            about(
                link("output"),
                "How the task's output is reshaped and checked.",
            ),
        ),
        (
            "export",
            about(link("export"), "What becomes of the context, `$context`."),
        ),
        (
            "timeout",
            about(
                link("timeout"),
                "How long the task may take, caught or not; then it faults with a timeout (408).",
            ),
        ),
        ("then", about(link("target"), "Where to go after the task.")),
        (
            "metadata",
            about(link("metadata"), "Free data; `maxReturns` is Weir's."),
        ),
    ]
}

fn target() -> Value {
    let words = words(&["continue", "exit", "end"]);
    let name = filled("The name of a task in the same list.");
    json!({ "anyOf": [words, name] })
}

fn metadata() -> Value {
    let returns = about(
        integer(1, RETURNS_MAX),
        "How often `then` may lead back to this task while its list runs once. A circle without \
         it is refused; a return more is a validation error.",
    );
    json!({ "type": "object", "properties": { "maxReturns": returns } })
}

fn process() -> Value {
    let shell = object(
        vec![
            ("command", filled("The command, for `sh -c`.")),
            ("stdin", text("What it reads from standard input.")),
            (
                "arguments",
                about(
                    list_of(&text("A string, or `${ … }`.")),
                    "Its arguments: `$1`, `$2`, …",
                ),
            ),
            ("environment", map("Its environment variables.")),
        ],
        &["command"],
    );
    let cleanup = json!({
        "properties": { "lifetime": {
            "if": { "properties": { "cleanup": { "const": "eventually" } } },
            "then": { "required": ["after"] },
            "else": { "not": { "required": ["after"] } },
        } },
    });
    let container = with(shape::schema(&CONTAINER), json!({ "allOf": [cleanup] }));
    let script = with(shape::schema(&SCRIPT), one_of(&["code", "source"]));
    let properties = vec![
        ("container", about(container, "A container.")),
        (
            "script",
            about(script, "A script of node (`js`) or python3 (`python`)."),
        ),
        ("shell", about(shell, "A shell command.")),
        (
            "workflow",
            about(shape::schema(&WORKFLOW), "Another workflow."),
        ),
        (
            "await",
            boolean("Whether to wait for its end; `true` when absent."),
        ),
        (
            "return",
            about(
                words(&["stdout", "stderr", "code", "all", "none"]),
                "What of it is the output; `stdout` when absent.",
            ),
        ),
    ];
    with(
        object(properties, &[]),
        one_of(&["container", "script", "shell", "workflow"]),
    )
}

//! Calls of services and functions.

use serde_json::{Value, json};

use super::part::{
    EXPRESSION, Named, about, any, boolean, either, filled, formed, link, map, map_of, object,
    one_of, some_of, text, with, words,
};
use super::shape;
use crate::read::shape::{A2A, ASYNCAPI, GRPC, MCP, OPENAPI};

/// What follows `call:` if it is no function, and the definition of its arguments.
const PROTOCOLS: [(&str, &str); 6] = [
    ("http", "httpArguments"),
    ("openapi", "openapiArguments"),
    ("grpc", "grpcArguments"),
    ("asyncapi", "asyncapiArguments"),
    ("mcp", "mcpArguments"),
    ("a2a", "a2aArguments"),
];

pub(super) fn definitions() -> Vec<Named> {
    let server = some_of(&["agentCard", "server"]);
    let transport = json!({ "properties": { "transport": one_of(&["http", "stdio"]) } });
    vec![
        ("callee", callee()),
        ("httpArguments", http()),
        ("strings", strings()),
        ("openapiArguments", shape::schema(&OPENAPI)),
        ("grpcArguments", shape::schema(&GRPC)),
        (
            "asyncapiArguments",
            with(shape::schema(&ASYNCAPI), asyncapi()),
        ),
        (
            "mcpArguments",
            with(shape::schema(&MCP), json!({ "allOf": [transport] })),
        ),
        ("a2aArguments", with(shape::schema(&A2A), server)),
    ]
}

/// Which arguments go with which callee.
pub(super) fn arguments() -> Value {
    let names = PROTOCOLS.map(|(name, _)| name);
    let when = |callee: Value, arguments: Value| {
        json!({
            "if": { "properties": { "call": callee } },
            "then": arguments,
        })
    };
    let mut choices: Vec<Value> = PROTOCOLS
        .map(|(name, definition)| {
            let arguments = json!({ "properties": { "with": link(definition) } });
            when(
                json!({ "const": name }),
                with(arguments, json!({ "required": ["with"] })),
            )
        })
        .into();
    let function = json!({ "properties": { "with": map("The function's input.") } });
    choices.push(when(json!({ "not": { "enum": names } }), function));
    json!({ "allOf": choices })
}

fn callee() -> Value {
    let protocols = about(words(&PROTOCOLS.map(|(name, _)| name)), "A protocol.");
    let function = filled(
        "The name of a function in `use.functions`, or `name:version@default` for one that \
         workers serve.",
    );
    either(&[protocols, function])
}

fn http() -> Value {
    let properties = vec![
        ("method", filled("The method, such as `get`.")),
        (
            "endpoint",
            about(link("endpoint"), "Where to send the request."),
        ),
        (
            "headers",
            about(link("strings"), "Headers; what is null is left out."),
        ),
        ("body", any("The body.")),
        (
            "query",
            about(
                link("strings"),
                "Query parameters; what is null is left out.",
            ),
        ),
        (
            "output",
            about(
                words(&["raw", "content", "response"]),
                "`content`: the body, decoded (when absent); `raw`: in base64; `response`: with \
                 status and headers.",
            ),
        ),
        (
            "redirect",
            boolean("Whether redirects are followed; if not, they are errors."),
        ),
    ];
    object(properties, &["method", "endpoint"])
}

fn strings() -> Value {
    let one = formed(
        EXPRESSION,
        "expected a mapping of strings, or one expression in ${ }",
    );
    either(&[map_of(&text("A string, or `${ … }`.")), one])
}

fn asyncapi() -> Value {
    let consume = one_of(&["amount", "while", "until"]);
    let subscription = json!({ "properties": { "consume": consume } });
    json!({ "allOf": [
        one_of(&["channel", "operation"]),
        one_of(&["message", "subscription"]),
        { "properties": { "subscription": subscription } },
    ] })
}

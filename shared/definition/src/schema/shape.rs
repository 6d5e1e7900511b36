//! The schema of what the readers check by a table of shapes.

use serde_json::{Value, json};

use super::part::{EXPRESSION, about, formed, integer, link, list_of, map_of, object, words};
use crate::read::shape::{Property, Shape};

pub(super) fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Expression => formed(EXPRESSION, "expected an expression in ${ }"),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Integer(most) => integer(0, *most),
        Shape::Word(known) => words(known),
        Shape::Texts => list_of(&json!({ "type": "string" })),
        Shape::TextMap => map_of(&json!({ "type": "string" })),
        Shape::Map => json!({ "type": "object" }),
        Shape::MapOrText => json!({ "type": ["object", "string"] }),
        Shape::Duration => link("duration"),
        Shape::Label => link("label"),
        Shape::Uri => link("uri"),
        Shape::Endpoint => link("endpoint"),
        Shape::Resource => link("resource"),
        Shape::Authentication => link("authentication"),
        Shape::Iterator => link("subscriptionIterator"),
        Shape::Object(properties) => members(properties.iter()),
        Shape::Extended(base, more) => members(base.iter().chain(*more)),
    }
}

fn members(properties: impl Iterator<Item = &'static Property> + Clone) -> Value {
    let required = properties.clone().filter(|property| property.required);
    let required: Vec<&str> = required.map(|property| property.name).collect();
    let properties = properties.map(|property| {
        let schema = schema(&property.shape);
        match text_of(property.name) {
            Some(text) => (property.name, about(schema, text)),
            None => (property.name, schema),
        }
    });
    object(properties.collect(), &required)
}

/// What the properties are, whose names do not say it.
fn text_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "after" => "The time until it is removed, with `cleanup: eventually`.",
        "agentCard" => "Where the agent describes itself.",
        "amount" => "So many messages.",
        "arguments" => "The arguments.",
        "authentication" => "How to authenticate.",
        "authority" => "The server that issues tokens.",
        "cleanup" => "When the container is removed.",
        "code" => "The script itself.",
        "consume" => "How many messages, or how long: one of `amount`, `while` and `until`.",
        "document" => "Where the service is described.",
        "endpoint" => "The URL.",
        "environment" => "Environment variables.",
        "foreach" => "What is done for each message.",
        "grant" => "How the token is asked for.",
        "image" => "The image.",
        "input" => "The workflow's input.",
        "language" => "`js` (node) or `python` (python3).",
        "operationId" => "The operation.",
        "output" => "What of the response is the output.",
        "parameters" => "The parameters.",
        "proto" => "Where the service is described, in Protocol Buffers.",
        "redirect" => "Whether redirects are followed.",
        "source" => "Where the script is loaded from.",
        "stdin" => "What it reads from standard input.",
        "transport" => "How the server is reached: `http` or `stdio`.",
        "version" => "The version.",
        _ => return None,
    })
}

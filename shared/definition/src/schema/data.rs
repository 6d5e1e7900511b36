//! What all tasks share: expressions, durations, data, endpoints, authentication.

use serde_json::{Map, Value, json};

use super::part::{
    EXPRESSION, Named, about, any, either, filled, formed, integer, link, object, one_of, text,
    with,
};
use super::shape;
use crate::duration::PARTS;
use crate::read::SCHEMES;
use crate::read::shape::{OAUTH2, OIDC};

/// ISO 8601, without weeks apart: `P1DT2H`, `PT0.5S`.
const ISO_DURATION: &str = concat!(
    r"^P(?=.)([0-9]+(\.[0-9]+)?Y)?([0-9]+(\.[0-9]+)?M)?([0-9]+(\.[0-9]+)?W)?([0-9]+(\.[0-9]+)?D)?",
    r"(T(?=.)([0-9]+(\.[0-9]+)?H)?([0-9]+(\.[0-9]+)?M)?([0-9]+(\.[0-9]+)?S)?)?$"
);

/// A URI, a template of one, or an expression.
const URI: &str = r"^(\s*\$\{\s*\S[\s\S]*\}\s*|[^\s\u0000-\u001f\u007f-\u009f]+)$";

pub(super) fn definitions() -> Vec<Named> {
    vec![
        ("expression", filled("A jq expression, bare or in `${ }`.")),
        ("duration", duration()),
        (
            "input",
            transformed("from", "What the task or workflow works on."),
        ),
        ("output", transformed("as", "What is passed on.")),
        ("export", transformed("as", "The new context.")),
        ("dataSchema", schema()),
        ("resource", resource()),
        ("endpoint", endpoint()),
        (
            "uri",
            formed(
                URI,
                "expected a URL or URL template, or an expression in ${ }",
            ),
        ),
        ("authentication", authentication()),
        ("authenticationPolicy", policy()),
        ("secret", secret()),
        ("userPassword", user_password()),
    ]
}

fn duration() -> Value {
    let parts: Map<String, Value> = PARTS
        .iter()
        .map(|(name, _)| ((*name).to_owned(), integer(0, u64::MAX)))
        .collect();
    let parts = json!({
        "type": "object",
        "properties": parts,
        "additionalProperties": false,
        "minProperties": 1,
    });
    let text = formed(
        &format!("{ISO_DURATION}|{EXPRESSION}"),
        "expected ISO 8601 such as PT30S, or an expression in ${ }",
    );
    about(
        either(&[parts, text]),
        "Parts such as `seconds: 30`, ISO 8601 such as PT30S, or `${ … }`.",
    )
}

fn transformed(name: &'static str, about_it: &str) -> Value {
    let transform = either(&[
        filled("An expression, bare or in `${ }`."),
        json!({ "type": "object", "description": "An object; strings in `${ }` are expressions." }),
    ]);
    let properties = vec![
        (
            "schema",
            about(link("dataSchema"), "What the data must look like."),
        ),
        (name, about(transform, about_it)),
    ];
    object(properties, &[])
}

fn schema() -> Value {
    let properties = vec![
        (
            "format",
            with(filled("The schema's format."), json!({ "default": "json" })),
        ),
        ("document", any("The schema itself.")),
        (
            "resource",
            about(link("resource"), "Where the schema is loaded from."),
        ),
    ];
    with(object(properties, &[]), one_of(&["document", "resource"]))
}

fn resource() -> Value {
    let properties = vec![
        ("name", text("The resource's name.")),
        (
            "endpoint",
            about(link("endpoint"), "Where to load it from."),
        ),
    ];
    object(properties, &["endpoint"])
}

fn endpoint() -> Value {
    let properties = vec![
        ("uri", about(link("uri"), "The URL.")),
        (
            "authentication",
            about(link("authentication"), "How to authenticate there."),
        ),
    ];
    either(&[link("uri"), object(properties, &["uri"])])
}

fn authentication() -> Value {
    let named = object(
        vec![(
            "use",
            filled("The name of a policy in `use.authentications`."),
        )],
        &["use"],
    );
    either(&[link("authenticationPolicy"), named])
}

fn policy() -> Value {
    let schemes = SCHEMES.map(|scheme| {
        let (inline, text) = match scheme {
            "basic" => (link("userPassword"), "HTTP Basic."),
            "bearer" => (token(), "A bearer token."),
            "digest" => (link("userPassword"), "HTTP Digest."),
            "oauth2" => (shape::schema(&OAUTH2), "OAuth 2."),
            _ => (shape::schema(&OIDC), "OpenID Connect."),
        };
        (scheme, about(either(&[inline, link("secret")]), text))
    });
    with(object(schemes.into(), &[]), one_of(&SCHEMES))
}

fn secret() -> Value {
    let name = filled("The name of a secret in `use.secrets` that holds all of it.");
    object(vec![("use", name)], &["use"])
}

fn user_password() -> Value {
    let properties = vec![
        ("username", text("The user's name, or `${ … }`.")),
        ("password", text("The password, or `${ … }`.")),
    ];
    object(properties, &["username", "password"])
}

fn token() -> Value {
    object(vec![("token", text("The token, or `${ … }`."))], &["token"])
}

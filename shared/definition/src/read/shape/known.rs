//! The shapes themselves, as the specification's schema has them.

use crate::read::shape::{Property, Shape, optional, required};

/// Arguments of `call: openapi`.
pub(crate) const OPENAPI: Shape = Shape::Object(&[
    required("document", Shape::Resource),
    required("operationId", Shape::Text),
    optional("parameters", Shape::Map),
    optional("authentication", Shape::Authentication),
    optional("output", Shape::Word(&["raw", "content", "response"])),
    optional("redirect", Shape::Boolean),
]);

/// Arguments of `call: grpc`.
pub(crate) const GRPC: Shape = Shape::Object(&[
    required("proto", Shape::Resource),
    required(
        "service",
        Shape::Object(&[
            required("name", Shape::Text),
            required("host", Shape::Text),
            optional("port", Shape::Integer(65_535)),
            optional("authentication", Shape::Authentication),
        ]),
    ),
    required("method", Shape::Text),
    optional("arguments", Shape::Map),
]);

/// Arguments of `call: asyncapi`. Which of them go together is checked apart.
pub(crate) const ASYNCAPI: Shape = Shape::Object(&[
    required("document", Shape::Resource),
    optional("channel", Shape::Text),
    optional("operation", Shape::Text),
    optional(
        "server",
        Shape::Object(&[
            required("name", Shape::Text),
            optional("variables", Shape::Map),
        ]),
    ),
    optional(
        "protocol",
        Shape::Word(&[
            "amqp",
            "amqp1",
            "anypointmq",
            "googlepubsub",
            "http",
            "ibmmq",
            "jms",
            "kafka",
            "mercure",
            "mqtt",
            "mqtt5",
            "nats",
            "pulsar",
            "redis",
            "sns",
            "solace",
            "sqs",
            "stomp",
            "ws",
        ]),
    ),
    optional(
        "message",
        Shape::Object(&[
            optional("payload", Shape::Map),
            optional("headers", Shape::Map),
        ]),
    ),
    optional(
        "subscription",
        Shape::Object(&[
            optional("filter", Shape::Expression),
            required(
                "consume",
                Shape::Object(&[
                    optional("for", Shape::Duration),
                    optional("amount", Shape::Integer(u64::MAX)),
                    optional("while", Shape::Expression),
                    optional("until", Shape::Expression),
                ]),
            ),
            optional("foreach", Shape::Iterator),
        ]),
    ),
    optional("authentication", Shape::Authentication),
]);

/// Arguments of `call: mcp`. That there is one transport is checked apart.
pub(crate) const MCP: Shape = Shape::Object(&[
    optional("protocolVersion", Shape::Text),
    required(
        "method",
        Shape::Word(&[
            "tools/list",
            "tools/call",
            "prompts/list",
            "prompts/get",
            "resources/list",
            "resources/read",
            "resources/templates/list",
        ]),
    ),
    optional("parameters", Shape::MapOrText),
    optional("timeout", Shape::Duration),
    required(
        "transport",
        Shape::Object(&[
            optional(
                "http",
                Shape::Object(&[
                    required("endpoint", Shape::Endpoint),
                    optional("headers", Shape::TextMap),
                ]),
            ),
            optional(
                "stdio",
                Shape::Object(&[
                    required("command", Shape::Text),
                    optional("arguments", Shape::Texts),
                    optional("environment", Shape::TextMap),
                ]),
            ),
            optional("options", Shape::TextMap),
        ]),
    ),
    optional(
        "client",
        Shape::Object(&[
            required("name", Shape::Text),
            required("version", Shape::Text),
        ]),
    ),
]);

/// Arguments of `call: a2a`. That an agent is named is checked apart.
pub(crate) const A2A: Shape = Shape::Object(&[
    optional("agentCard", Shape::Resource),
    optional("server", Shape::Endpoint),
    required(
        "method",
        Shape::Word(&[
            "message/send",
            "message/stream",
            "tasks/get",
            "tasks/list",
            "tasks/cancel",
            "tasks/resubscribe",
            "tasks/pushNotificationConfig/set",
            "tasks/pushNotificationConfig/get",
            "tasks/pushNotificationConfig/list",
            "tasks/pushNotificationConfig/delete",
            "agent/getAuthenticatedExtendedCard",
        ]),
    ),
    optional("parameters", Shape::MapOrText),
]);

/// `run.container`. What goes with `lifetime.cleanup` is checked apart.
pub(crate) const CONTAINER: Shape = Shape::Object(&[
    required("image", Shape::Text),
    optional("name", Shape::Text),
    optional("command", Shape::Text),
    optional("ports", Shape::Map),
    optional("volumes", Shape::Map),
    optional("environment", Shape::Map),
    optional("stdin", Shape::Text),
    optional("arguments", Shape::Texts),
    optional(
        "lifetime",
        Shape::Object(&[
            required("cleanup", Shape::Word(&["always", "never", "eventually"])),
            optional("after", Shape::Duration),
        ]),
    ),
    optional(
        "pullPolicy",
        Shape::Word(&["ifNotPresent", "always", "never"]),
    ),
]);

/// `run.script`. That there is either code or source is checked apart.
pub(crate) const SCRIPT: Shape = Shape::Object(&[
    required("language", Shape::Text),
    optional("code", Shape::Text),
    optional("source", Shape::Resource),
    optional("stdin", Shape::Text),
    optional("arguments", Shape::Texts),
    optional("environment", Shape::Map),
]);

/// `run.workflow`.
pub(crate) const WORKFLOW: Shape = Shape::Object(&[
    required("namespace", Shape::Label),
    required("name", Shape::Label),
    required("version", Shape::Text),
    optional("input", Shape::Map),
]);

const TOKEN: Shape = Shape::Object(&[
    required("token", Shape::Text),
    required("type", Shape::Text),
]);

const CLIENT: Shape = Shape::Object(&[
    optional("id", Shape::Text),
    optional("secret", Shape::Text),
    optional("assertion", Shape::Text),
    optional(
        "authentication",
        Shape::Word(&[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        ]),
    ),
]);

const GRANT: Shape = Shape::Word(&[
    "authorization_code",
    "client_credentials",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]);

const REQUEST: Shape = Shape::Object(&[optional(
    "encoding",
    Shape::Word(&["application/x-www-form-urlencoded", "application/json"]),
)]);

const TOKEN_REQUEST: &[Property] = &[
    required("authority", Shape::Uri),
    required("grant", GRANT),
    optional("client", CLIENT),
    optional("request", REQUEST),
    optional("issuers", Shape::Texts),
    optional("scopes", Shape::Texts),
    optional("audiences", Shape::Texts),
    optional("username", Shape::Text),
    optional("password", Shape::Text),
    optional("subject", TOKEN),
    optional("actor", TOKEN),
];

/// An `oidc` policy.
pub(crate) const OIDC: Shape = Shape::Object(TOKEN_REQUEST);

/// An `oauth2` policy.
pub(crate) const OAUTH2: Shape = Shape::Extended(
    TOKEN_REQUEST,
    &[optional(
        "endpoints",
        Shape::Object(&[
            optional("token", Shape::Text),
            optional("revocation", Shape::Text),
            optional("introspection", Shape::Text),
        ]),
    )],
);

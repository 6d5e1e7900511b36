//! The pieces all tasks share: expressions, templates, schemas, endpoints, authentication.

use serde_json::Value;

use crate::model::Reference;

/// A runtime expression, in a field that is typed as one (`if`, `when`, `while`, `in`, `from`,
/// `as`, `until`, `exceptWhen`, `correlate.from`): the text stands bare or inside `${ }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The text as written, with its `${ }` if it has one.
    pub text: String,
    /// JSON pointer of the string.
    pub pointer: String,
}

/// A value whose strings may be expressions, but only inside `${ }` (`set`, `with`, bodies,
/// headers, arguments); any other string is itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The value as written.
    pub value: Value,
    /// JSON pointer of the value.
    pub pointer: String,
}

/// A plain string, never an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The string.
    pub value: String,
    /// JSON pointer of the string; for a default value, of where it would stand.
    pub pointer: String,
}

/// Whether a string is an expression in strict mode: `${ … }` is all of it, white space aside.
pub fn is_expression(text: &str) -> bool {
    text.trim()
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inner| !inner.trim().is_empty())
}

/// How data is filtered or reshaped: `input.from`, `output.as`, `export.as`.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// A string: an expression, bare or in `${ }`.
    Expression(Expression),
    /// An object: only its `${ }` strings are expressions.
    Template(Template),
}

/// The `input` of a workflow or task.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The schema of the raw input.
    pub schema: Option<Schema>,
    /// The transformation of the raw input.
    pub from: Option<Transform>,
}

/// The `output` of a workflow, task or iterator.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The schema of the transformed output.
    pub schema: Option<Schema>,
    /// The transformation of the raw output.
    pub as_: Option<Transform>,
}

/// What a task writes to the context.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The schema of the new context.
    pub schema: Option<Schema>,
    /// The new context.
    pub as_: Option<Transform>,
}

/// A schema that data must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// `json` when absent; may carry a version, `json:2020-12`.
    pub format: Text,
    /// The schema itself.
    pub content: SchemaContent,
    /// JSON pointer of the schema object.
    pub pointer: String,
}

/// Where a schema is.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaContent {
    /// Written in place, under `document`.
    Inline(Value),
    /// To be loaded, under `resource`.
    External(Box<ExternalResource>),
}

/// Something to be loaded from outside the definition.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalResource {
    /// The resource's name.
    pub name: Option<String>,
    /// Where to load it from.
    pub endpoint: Endpoint,
}

/// A network address, with how to authenticate there.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The address.
    pub uri: Uri,
    /// How to authenticate; absent for none.
    pub authentication: Option<Reference<Authentication>>,
    /// JSON pointer of the endpoint.
    pub pointer: String,
}

/// An address as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uri {
    /// A URI or an RFC 6570 template such as `https://example.com/orders/{id}`.
    Template(Text),
    /// `${ … }`, yielding a URI.
    Expression(Expression),
}

/// An authentication policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Authentication {
    /// The policy.
    pub scheme: Scheme,
    /// JSON pointer of the policy.
    pub pointer: String,
}

/// The known schemes of authentication.
#[derive(Debug, Clone, PartialEq)]
pub enum Scheme {
    /// HTTP Basic.
    Basic(Secretable<UserPassword>),
    /// Bearer token.
    Bearer(Secretable<BearerToken>),
    /// HTTP Digest.
    Digest(Secretable<UserPassword>),
    /// OAuth 2: the parameters as written, checked for shape.
    OAuth2(Secretable<Template>),
    /// `OpenID` Connect: the parameters as written, checked for shape.
    Oidc(Secretable<Template>),
}

/// Parameters given in place, or held by a secret (`use: name`).
#[derive(Debug, Clone, PartialEq)]
pub enum Secretable<T> {
    /// In place.
    Inline(T),
    /// The name of the secret that holds them.
    Secret(Text),
}

/// A user's name and password.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPassword {
    /// The user's name; may be `${ … }`.
    pub username: Template,
    /// The password; may be `${ … }`.
    pub password: Template,
}

/// A bearer token.
#[derive(Debug, Clone, PartialEq)]
pub struct BearerToken {
    /// The token; may be `${ … }`.
    pub token: Template,
}

//! Calls to services and functions.

use crate::model::data::{Endpoint, Template, Text};

/// Calls a service or function.
#[derive(Debug, Clone, PartialEq)]
pub enum CallTask {
    /// An HTTP request.
    Http(Box<HttpCall>),
    /// An operation of an `OpenAPI` document; the arguments as written, checked for shape.
    OpenApi(Template),
    /// A gRPC method; the arguments as written, checked for shape.
    Grpc(Template),
    /// An operation of an `AsyncAPI` document; the arguments as written, checked for shape.
    AsyncApi(Template),
    /// A Model Context Protocol method; the arguments as written, checked for shape.
    Mcp(Template),
    /// An agent-to-agent method; the arguments as written, checked for shape.
    A2a(Template),
    /// A function of `use.functions` or of a catalog (`name:version@catalog`), or a URI.
    Function {
        /// The function's name.
        name: Text,
        /// Its arguments.
        with: Option<Template>,
    },
}

impl CallTask {
    /// The protocol as written after `call:`, or `function`.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::OpenApi(_) => "openapi",
            Self::Grpc(_) => "grpc",
            Self::AsyncApi(_) => "asyncapi",
            Self::Mcp(_) => "mcp",
            Self::A2a(_) => "a2a",
            Self::Function { .. } => "function",
        }
    }
}

/// An HTTP request (specification: HTTP Call).
#[derive(Debug, Clone, PartialEq)]
pub struct HttpCall {
    /// The method, a string; may be `${ … }`.
    pub method: Template,
    /// Where to send it.
    pub endpoint: Endpoint,
    /// An object of strings, or one `${ … }`.
    pub headers: Option<Template>,
    /// An object of strings, or one `${ … }`.
    pub query: Option<Template>,
    /// The body.
    pub body: Option<Template>,
    /// What of the response is the task's output.
    pub output: HttpOutput,
    /// Whether redirects are followed; if not, a 3xx is an error. `false` when absent.
    pub redirect: bool,
}

/// What of an HTTP response is the task's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpOutput {
    /// The body as base64.
    Raw,
    /// The body, decoded by its content type.
    #[default]
    Content,
    /// Request, status code, headers and content.
    Response,
}

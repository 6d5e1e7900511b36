//! Calls.

use crate::diagnostic::code;
use crate::model::call::{CallTask, HttpCall, HttpOutput};
use crate::model::data::{Template, Text};
use crate::read::Reader;
use crate::read::field::{Fields, Spot};
use crate::read::shape::{self, Shape};

impl Reader<'_> {
    pub(super) fn call(&mut self, spot: &Spot<'_>, task: &Fields<'_>) -> Option<CallTask> {
        let name = self.text(
            spot,
            "a protocol such as `http`, or a function's name, a string",
        )?;
        match name.value.as_str() {
            "http" => {
                let with = self.with(task)?;
                self.http(&with).map(|http| CallTask::Http(Box::new(http)))
            }
            "openapi" => self.arguments(task, &shape::OPENAPI).map(CallTask::OpenApi),
            "grpc" => self.arguments(task, &shape::GRPC).map(CallTask::Grpc),
            "asyncapi" => self.asyncapi(task).map(CallTask::AsyncApi),
            "mcp" => self.mcp(task).map(CallTask::Mcp),
            "a2a" => self.a2a(task).map(CallTask::A2a),
            _ => self.function_call(name, task),
        }
    }

    fn with<'doc>(&mut self, task: &Fields<'doc>) -> Option<Spot<'doc>> {
        self.required(task, "with", "the call's arguments")
    }

    fn arguments(&mut self, task: &Fields<'_>, shape: &Shape) -> Option<Template> {
        let with = self.with(task)?;
        self.shaped(&with, shape)
    }

    fn function_call(&mut self, name: Text, task: &Fields<'_>) -> Option<CallTask> {
        let with = match task.get("with") {
            Some(spot) => Some(self.map_template(&spot)?),
            None => None,
        };
        Some(CallTask::Function { name, with })
    }

    fn http(&mut self, with: &Spot<'_>) -> Option<HttpCall> {
        let known = [
            "method", "endpoint", "headers", "body", "query", "output", "redirect",
        ];
        let fields = self.object(with, "a mapping with method and endpoint", &known)?;
        let method = self.required(&fields, "method", "an HTTP method such as `get`");
        let method = method.and_then(|spot| {
            self.filled(&spot, "an HTTP method, a string")?;
            Some(self.template(&spot))
        });
        let endpoint = self.required(&fields, "endpoint", "a URL");
        let endpoint = endpoint.and_then(|spot| self.endpoint(&spot));
        let headers = fields
            .get("headers")
            .and_then(|spot| self.strings_template(&spot));
        let query = fields
            .get("query")
            .and_then(|spot| self.strings_template(&spot));
        let body = fields.get("body").map(|spot| self.template(&spot));
        let output = fields.get("output").and_then(|spot| {
            let outputs = [
                ("raw", HttpOutput::Raw),
                ("content", HttpOutput::Content),
                ("response", HttpOutput::Response),
            ];
            self.word(&spot, &outputs)
        });
        let redirect = fields.get("redirect").and_then(|spot| self.boolean(&spot));
        Some(HttpCall {
            method: method?,
            endpoint: endpoint?,
            headers,
            query,
            body,
            output: output.unwrap_or_default(),
            redirect: redirect.unwrap_or_default(),
        })
    }

    fn asyncapi(&mut self, task: &Fields<'_>) -> Option<Template> {
        let with = self.with(task)?;
        let template = self.shaped(&with, &shape::ASYNCAPI)?;
        let fields = self.map(&with, "a mapping")?;
        self.one_of(&fields, &["channel", "operation"])?;
        let (exchange, spot) = self.one_of(&fields, &["message", "subscription"])?;
        if exchange == "subscription" {
            let consume = self.map(&spot, "a mapping")?.get("consume")?;
            let consume = self.map(&consume, "a mapping")?;
            self.one_of(&consume, &["amount", "while", "until"])?;
        }
        Some(template)
    }

    fn mcp(&mut self, task: &Fields<'_>) -> Option<Template> {
        let with = self.with(task)?;
        let template = self.shaped(&with, &shape::MCP)?;
        let transport = self.map(&with, "a mapping")?.get("transport")?;
        let transport = self.map(&transport, "a mapping")?;
        self.one_of(&transport, &["http", "stdio"])?;
        Some(template)
    }

    fn a2a(&mut self, task: &Fields<'_>) -> Option<Template> {
        let with = self.with(task)?;
        let template = self.shaped(&with, &shape::A2A)?;
        let fields = self.map(&with, "a mapping")?;
        if !fields.has("agentCard") && !fields.has("server") {
            let expected = "add `agentCard`, `server`, or both";
            self.report_key(
                code::MISSING_PROPERTY,
                &with,
                "the call names no agent",
                expected,
            );
            return None;
        }
        Some(template)
    }
}

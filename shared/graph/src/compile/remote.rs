//! Calls whose arguments executors read: `call: openapi`, `run.container` and their like.

use serde_json::{Value, json};
use weir_definition::model::data::{Template as TemplateSource, is_expression};

use super::Compiler;
use super::report::{Compiled, code};
use super::secret::secret_expression;
use crate::{Function, FunctionCall};

/// Where in the arguments of a function there are addresses and authentication policies.
pub(super) struct Places {
    /// Pointers of endpoints, each of which may have a policy of its own.
    pub endpoints: &'static [&'static str],
    /// Pointers of policies beside these.
    pub policies: &'static [&'static str],
}

impl<'d> Compiler<'d> {
    /// A call of `function` with the arguments as written, less `changed`, and with policies in the
    /// form of credentials.
    pub(super) fn function(
        &mut self,
        function: Function,
        source: &'d TemplateSource,
        places: &Places,
        change: impl FnOnce(&mut Value),
    ) -> Compiled<FunctionCall> {
        let mut with = source.value.clone();
        change(&mut with);
        let mut policies: Vec<String> = Vec::new();
        for path in places.endpoints {
            self.no_uri_template(source, path)?;
            policies.push(format!("{path}/authentication"));
        }
        policies.extend(places.policies.iter().map(|path| (*path).to_owned()));
        for path in &policies {
            let Some(policy) = source.value.pointer(path) else {
                continue;
            };
            let form = self.credentials(policy, &format!("{}{path}", source.pointer))?;
            if let Some(place) = with.pointer_mut(path) {
                *place = form;
            }
        }
        let with = self.template_at(&with, |path| {
            let policy = policies.iter().find(|policy| path.starts_with(*policy));
            format!("{}{}", source.pointer, policy.map_or(path, String::as_str))
        })?;
        Ok(FunctionCall {
            function,
            with,
            await_: true,
        })
    }

    pub(super) fn openapi(&mut self, source: &'d TemplateSource) -> Compiled<FunctionCall> {
        let places = Places {
            endpoints: &["/document/endpoint"],
            policies: &["/authentication"],
        };
        self.function(Function::Openapi, source, &places, |_| {})
    }

    pub(super) fn grpc(&mut self, source: &'d TemplateSource) -> Compiled<FunctionCall> {
        let places = Places {
            endpoints: &["/proto/endpoint"],
            policies: &["/service/authentication"],
        };
        self.no_digest(source, "/service/authentication")?;
        self.function(Function::Grpc, source, &places, |_| {})
    }

    pub(super) fn mcp(&mut self, source: &'d TemplateSource) -> Compiled<FunctionCall> {
        let places = Places {
            endpoints: &["/transport/http/endpoint"],
            policies: &[],
        };
        if source.value.pointer("/transport/options").is_some() {
            let pointer = format!("{}/transport/options", source.pointer);
            let remedy = "remove it: there are no options";
            return Err(self.unsupported(&pointer, "`transport.options`", remedy));
        }
        self.computed_or_map(source, "/parameters")?;
        self.no_digest(source, "/transport/http/endpoint/authentication")?;
        self.function(Function::Mcp, source, &places, |_| {})
    }

    pub(super) fn a2a(&mut self, source: &'d TemplateSource) -> Compiled<FunctionCall> {
        let places = Places {
            endpoints: &["/agentCard/endpoint", "/server"],
            policies: &[],
        };
        self.computed_or_map(source, "/parameters")?;
        self.no_digest(source, "/server/authentication")?;
        self.function(Function::A2a, source, &places, |_| {})
    }

    /// A text may stand for a map only as an expression.
    fn computed_or_map(&mut self, source: &TemplateSource, path: &str) -> Compiled<()> {
        let text = source.value.pointer(path).and_then(Value::as_str);
        if text.is_none_or(is_expression) {
            return Ok(());
        }
        let pointer = format!("{}{path}", source.pointer);
        let message = "a text that is no expression has no members";
        let remedy = "write a mapping, or one expression in `${ }`";
        Err(self.report_within(code::NOT_ALLOWED, &pointer, 0, message, remedy))
    }

    /// Digest needs a question of HTTP's, which these callers do not answer.
    fn no_digest(&mut self, source: &TemplateSource, path: &str) -> Compiled<()> {
        let mut policy = source.value.pointer(path);
        if let Some(name) = policy.and_then(|policy| policy.get("use")?.as_str()) {
            let place = format!("/use/authentications/{}", escaped(name));
            policy = self.definition.value.pointer(&place);
        }
        if policy.is_none_or(|policy| policy.get("digest").is_none()) {
            return Ok(());
        }
        let pointer = format!("{}{path}", source.pointer);
        let remedy = "use `basic`, `bearer`, `oauth2` or `oidc`";
        Err(self.unsupported(&pointer, "`digest` here", remedy))
    }

    /// The executor gets an address, not a template of one.
    fn no_uri_template(&mut self, source: &TemplateSource, path: &str) -> Compiled<()> {
        for path in [path.to_owned(), format!("{path}/uri")] {
            let text = source.value.pointer(&path).and_then(Value::as_str);
            if text.is_some_and(|text| text.contains('{') && !is_expression(text)) {
                let pointer = format!("{}{path}", source.pointer);
                let remedy = "write one expression: `${ \"https://host/\" + .path }`";
                return Err(self.unsupported(&pointer, "a URI template here", remedy));
            }
        }
        Ok(())
    }

    /// A policy, in place or by name, in the form of `protocol`'s credentials.
    fn credentials(&mut self, policy: &Value, pointer: &str) -> Compiled<Value> {
        let Some((scheme, with)) = policy.as_object().and_then(|map| map.iter().next()) else {
            return Err(self.report(code::UNKNOWN, pointer, "no policy", "write one"));
        };
        let pointer = format!("{pointer}/{scheme}");
        if scheme == "use" {
            let name = with.as_str().unwrap_or_default();
            let place = format!("/use/authentications/{}", escaped(name));
            let definition = self.definition;
            return match definition.value.pointer(&place) {
                Some(named) if named.get("use").is_none() => self.credentials(named, &place),
                Some(_) | None => {
                    let message = format!("`{name}` is not in `use.authentications`");
                    let remedy = "define it there, or write it in place";
                    Err(self.report_within(code::UNKNOWN, &pointer, 0, message, remedy))
                }
            };
        }
        let secret = with.get("use").and_then(Value::as_str);
        let part = |name: &str| match secret {
            Some(secret) => secret_expression(secret, &format!(".{name}")).into(),
            None => with.get(name).cloned().unwrap_or_default(),
        };
        match scheme.as_str() {
            "bearer" => Ok(json!({ "scheme": "bearer", "token": part("token") })),
            "basic" | "digest" => Ok(json!({
                "scheme": scheme,
                "username": part("username"),
                "password": part("password"),
            })),
            _ => {
                if with.get("grant").and_then(Value::as_str) == Some("authorization_code") {
                    return Err(self.needs_person(&pointer));
                }
                let with = secret.map_or_else(
                    || with.clone(),
                    |secret| secret_expression(secret, "").into(),
                );
                Ok(json!({ "scheme": "token", "oidc": scheme == "oidc", "with": with }))
            }
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

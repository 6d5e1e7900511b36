//! `call` and `run`.

use serde_json::Value;
use weir_definition::model::Reference;
use weir_definition::model::call::{
    CallTask, HttpCall as HttpSource, HttpOutput as HttpOutputSource,
};
use weir_definition::model::data::{
    Authentication as AuthenticationSource, Scheme, Secretable, Template as TemplateSource, Text,
};
use weir_definition::model::run::{Process, Return as ReturnSource, RunTask};
use weir_expression::Template;

use super::Compiler;
use super::report::{Compiled, Reported};
use crate::{Authentication, Call, HttpCall, HttpOutput, Return, Shell};

impl<'d> Compiler<'d> {
    pub(super) fn call(&mut self, call: &'d CallTask, pointer: &str) -> Compiled<Call> {
        let what = match call {
            CallTask::Http(http) => return self.http(http).map(Box::new).map(Call::Http),
            CallTask::Function { name, with } => {
                return self.worker(name, with.as_ref()).map(Call::Worker);
            }
            CallTask::OpenApi(_)
            | CallTask::Grpc(_)
            | CallTask::AsyncApi(_)
            | CallTask::Mcp(_)
            | CallTask::A2a(_) => format!("`call: {}`", call.protocol()),
        };
        Err(self.unsupported(&format!("{pointer}/call"), &what, "use `call: http`"))
    }

    fn http(&mut self, source: &'d HttpSource) -> Compiled<HttpCall> {
        let method = self.template(&source.method);
        let endpoint = self.uri(&source.endpoint.uri);
        let authentication = source.endpoint.authentication.as_ref();
        let authentication = authentication
            .map(|policy| self.authentication(policy))
            .transpose();
        let headers = source
            .headers
            .as_ref()
            .map(|headers| self.template(headers))
            .transpose();
        let query = source
            .query
            .as_ref()
            .map(|query| self.template(query))
            .transpose();
        let body = source
            .body
            .as_ref()
            .map(|body| self.template(body))
            .transpose();
        Ok(HttpCall {
            method: method?,
            endpoint: endpoint?,
            headers: headers?,
            query: query?,
            body: body?,
            output: match source.output {
                HttpOutputSource::Raw => HttpOutput::Raw,
                HttpOutputSource::Content => HttpOutput::Content,
                HttpOutputSource::Response => HttpOutput::Response,
            },
            redirect: source.redirect,
            authentication: authentication?,
        })
    }

    fn authentication(
        &mut self,
        policy: &'d Reference<AuthenticationSource>,
    ) -> Compiled<Authentication> {
        let components = &self.definition.use_.authentications;
        let policy = match policy {
            Reference::Inline(policy) => policy,
            Reference::Named(name) => match components.get(&name.value) {
                Some(policy) => policy,
                None => return Err(self.unknown(name, "authentications")),
            },
        };
        let scheme = match &policy.scheme {
            Scheme::Basic(Secretable::Inline(basic)) => {
                let username = self.template(&basic.username);
                let password = self.template(&basic.password);
                return Ok(Authentication::Basic {
                    username: username?,
                    password: password?,
                });
            }
            Scheme::Bearer(Secretable::Inline(bearer)) => {
                let token = self.template(&bearer.token)?;
                return Ok(Authentication::Bearer { token });
            }
            Scheme::Basic(Secretable::Secret(name)) | Scheme::Bearer(Secretable::Secret(name)) => {
                return Err(self.secret_refused(name));
            }
            Scheme::Digest(_) => "digest",
            Scheme::OAuth2(_) => "oauth2",
            Scheme::Oidc(_) => "oidc",
        };
        let pointer = format!("{}/{scheme}", policy.pointer);
        let remedy = "use `basic` or `bearer`";
        Err(self.unsupported(&pointer, &format!("`{scheme}` authentication"), remedy))
    }

    fn secret_refused(&mut self, name: &Text) -> Reported {
        let what = format!("`use: {}` (credentials from a secret)", name.value);
        let remedy = "write them in place, as literals or `${ }`";
        self.unsupported(&name.pointer, &what, remedy)
    }

    pub(super) fn run(&mut self, source: &'d RunTask, pointer: &str) -> Compiled<Shell> {
        let process = match &source.process {
            Process::Shell(shell) => shell,
            other @ (Process::Container(_) | Process::Script(_) | Process::Workflow(_)) => {
                let pointer = format!("{pointer}/run/{}", other.name());
                let what = format!("`run: {}`", other.name());
                return Err(self.unsupported(&pointer, &what, "use `shell`"));
            }
        };
        let command = self.template(&process.command);
        let stdin = process
            .stdin
            .as_ref()
            .map(|stdin| self.template(stdin))
            .transpose();
        let arguments = self.arguments(&process.arguments, pointer);
        let environment = process
            .environment
            .as_ref()
            .map(|map| self.template(map))
            .transpose();
        Ok(Shell {
            command: command?,
            arguments: arguments?,
            environment: environment?,
            stdin: stdin?,
            await_: source.await_,
            return_: match source.return_ {
                ReturnSource::Stdout => Return::Stdout,
                ReturnSource::Stderr => Return::Stderr,
                ReturnSource::Code => Return::Code,
                ReturnSource::All => Return::All,
                ReturnSource::None => Return::None,
            },
        })
    }

    /// The arguments as one template that yields an array.
    fn arguments(
        &mut self,
        arguments: &[TemplateSource],
        pointer: &str,
    ) -> Compiled<Option<Template>> {
        if arguments.is_empty() {
            return Ok(None);
        }
        let value = Value::Array(arguments.iter().map(|each| each.value.clone()).collect());
        let pointer = format!("{pointer}/run/shell/arguments");
        let template = self.template_at(&value, &pointer, |path| {
            let (place, rest) = split(path);
            let argument = place
                .parse()
                .ok()
                .and_then(|place: usize| arguments.get(place));
            argument.map_or_else(
                || pointer.clone(),
                |argument| format!("{}{rest}", argument.pointer),
            )
        });
        template.map(Some)
    }
}

/// The first token of a pointer, and the pointer from there.
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find('/').unwrap_or(path.len());
    path.split_at(end)
}

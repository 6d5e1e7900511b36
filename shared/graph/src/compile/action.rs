//! `call` and `run`.

use serde_json::Value;
use weir_definition::model::call::{
    CallTask, HttpCall as HttpSource, HttpOutput as HttpOutputSource,
};
use weir_definition::model::data::Template as TemplateSource;
use weir_definition::model::run::{Process, Return as ReturnSource, RunTask, Shell as ShellSource};
use weir_expression::Template;

use super::Compiler;
use super::remote::Places;
use super::report::{Compiled, code};
use crate::{
    Call, Function, FunctionCall, HttpCall, HttpOutput, Kind, Return, RunWorkflow, Shell,
    WorkflowRef,
};

/// What scripts can be written in (specification: Script Process).
const LANGUAGES: [&str; 2] = ["js", "python"];

impl<'d> Compiler<'d> {
    pub(super) fn call(&mut self, call: &'d CallTask, pointer: &str) -> Compiled<Call> {
        let what = match call {
            CallTask::Http(http) => return self.http(http).map(Box::new).map(Call::Http),
            CallTask::Function { name, with } => {
                return self.worker(name, with.as_ref()).map(Call::Worker);
            }
            CallTask::OpenApi(source) => return self.openapi(source).map(Call::Function),
            CallTask::Grpc(source) => return self.grpc(source).map(Call::Function),
            CallTask::Mcp(source) => return self.mcp(source).map(Call::Function),
            CallTask::A2a(source) => return self.a2a(source).map(Call::Function),
            CallTask::AsyncApi(_) => "`call: asyncapi`",
        };
        let remedy = "use `call: http`, or `emit` and `listen`";
        Err(self.unsupported(&format!("{pointer}/call"), what, remedy))
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

    pub(super) fn run(&mut self, source: &'d RunTask, pointer: &str) -> Compiled<Kind> {
        match &source.process {
            Process::Shell(shell) => {
                let shell = self.shell(source, shell, pointer)?;
                Ok(Kind::Shell(Box::new(shell)))
            }
            Process::Script(script) => {
                let script = self.script(source, script)?;
                Ok(Kind::Call(Call::Function(script)))
            }
            Process::Container(container) => {
                let container = self.container(source, container)?;
                Ok(Kind::Call(Call::Function(container)))
            }
            Process::Workflow(workflow) => {
                self.in_request = false;
                let run = self.run_workflow(source, workflow)?;
                Ok(Kind::Workflow(Box::new(run)))
            }
        }
    }

    /// A version of a workflow, once for all: what runs is what was counted.
    fn run_workflow(&mut self, run: &RunTask, source: &TemplateSource) -> Compiled<RunWorkflow> {
        let Some(workflow) = callee(&source.value) else {
            let what = "`run: workflow` without a fixed version";
            let remedy = "write the version of the workflow: what can run must be known before";
            return Err(self.unsupported(&source.pointer, what, remedy));
        };
        let document = &self.definition.document;
        let itself = [&document.namespace, &document.name, &document.version];
        if itself == [&workflow.namespace, &workflow.name, &workflow.version] {
            let message = format!("the workflow runs itself: {workflow} → {workflow}");
            let remedy = "a workflow has to end: repeat with `for` (and `while`)";
            return Err(self.report(code::CYCLE, &source.pointer, message, remedy));
        }
        let input = match source.value.get("input") {
            Some(input) => {
                let pointer = format!("{}/input", source.pointer);
                Some(self.template_at(input, |path| format!("{pointer}{path}"))?)
            }
            None => None,
        };
        Ok(RunWorkflow {
            bound: self.limits.callees.get(&workflow).copied(),
            workflow,
            input,
            await_: run.await_,
        })
    }

    fn script(&mut self, run: &RunTask, source: &'d TemplateSource) -> Compiled<FunctionCall> {
        let language = source.value.get("language").and_then(Value::as_str);
        let language = language.unwrap_or_default();
        if !LANGUAGES.contains(&language) {
            let pointer = format!("{}/language", source.pointer);
            let what = format!("the script language `{language}`");
            return Err(self.unsupported(&pointer, &what, "use `js` or `python`"));
        }
        let places = Places {
            endpoints: &["/source/endpoint"],
            policies: &[],
        };
        let return_ = returned(run.return_).name();
        let call = self.function(Function::Script, source, &places, |with| {
            with["return"] = return_.into();
        })?;
        Ok(FunctionCall {
            await_: run.await_,
            ..call
        })
    }

    fn shell(
        &mut self,
        source: &'d RunTask,
        process: &'d ShellSource,
        pointer: &str,
    ) -> Compiled<Shell> {
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
            return_: returned(source.return_),
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
        let template = self.template_at(&value, |path| {
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

pub(super) fn returned(source: ReturnSource) -> Return {
    match source {
        ReturnSource::Stdout => Return::Stdout,
        ReturnSource::Stderr => Return::Stderr,
        ReturnSource::Code => Return::Code,
        ReturnSource::All => Return::All,
        ReturnSource::None => Return::None,
    }
}

/// What a `run.workflow` names, if it says so literally.
pub(super) fn callee(source: &Value) -> Option<WorkflowRef> {
    let text = |name: &str| source.get(name).and_then(Value::as_str).map(str::to_owned);
    let workflow = WorkflowRef {
        namespace: text("namespace")?,
        name: text("name")?,
        version: text("version").filter(|version| version != "latest")?,
    };
    let literal = [&workflow.namespace, &workflow.name, &workflow.version];
    let literal = literal.into_iter().all(|text| !text.contains("${"));
    literal.then_some(workflow)
}

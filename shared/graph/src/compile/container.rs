//! `run.container`.

use serde_json::Value;
use weir_definition::model::data::{Template as TemplateSource, is_expression};
use weir_definition::model::run::RunTask;

use super::Compiler;
use super::remote::Places;
use super::report::{Compiled, code};
use crate::{Function, FunctionCall};

/// It refers to nothing that is fetched with a policy.
const PLACES: Places = Places {
    endpoints: &[],
    policies: &[],
};

impl<'d> Compiler<'d> {
    pub(super) fn container(
        &mut self,
        run: &RunTask,
        source: &'d TemplateSource,
    ) -> Compiled<FunctionCall> {
        let ports = self.pairs(source, "ports", is_mapped, "`\"8080\": 80`");
        let path = "`/on/the/host: /in/the/container`";
        let volumes = self.pairs(source, "volumes", is_mounted, path);
        ports.and(volumes)?;
        let return_ = super::action::returned(run.return_).name();
        let call = self.function(Function::Container, source, &PLACES, |with| {
            with["return"] = return_.into();
        })?;
        Ok(FunctionCall {
            await_: run.await_,
            ..call
        })
    }

    /// Checks what goes from the engine's host into the container; what is computed waits.
    fn pairs(
        &mut self,
        source: &TemplateSource,
        name: &str,
        fits: fn(&str, &str) -> bool,
        example: &str,
    ) -> Compiled<()> {
        let pairs = source.value.get(name).and_then(Value::as_object);
        for (host, container) in pairs.into_iter().flatten() {
            let text = container
                .as_str()
                .map_or_else(|| container.to_string(), str::to_owned);
            if !is_expression(&text) && !fits(host, &text) {
                let key = host.replace('~', "~0").replace('/', "~1");
                let pointer = format!("{}/{name}/{key}", source.pointer);
                let message = format!("`{name}` cannot map `{host}` to `{text}`");
                let remedy = format!("write {example}: the side of the engine's host comes first");
                return Err(self.report(code::NOT_ALLOWED, &pointer, message, remedy));
            }
        }
        Ok(())
    }
}

fn is_mapped(host: &str, container: &str) -> bool {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    let host = host.rsplit_once(':').map_or(host, |(_, port)| port);
    let (port, protocol) = container.split_once('/').unwrap_or((container, "tcp"));
    is_port(host) && is_port(port) && ["tcp", "udp", "sctp"].contains(&protocol)
}

fn is_mounted(host: &str, container: &str) -> bool {
    !host.is_empty() && container.starts_with('/')
}

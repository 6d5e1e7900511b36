//! `run.shell`: composing the command. With `await: false` the task ends at once, with its input
//! as output; the command runs all the same, and nobody hears how it went.

use serde_json::Value;
use weir_expression::Data;
use weir_graph::Shell;

use super::{Decider, arguments::Site, compose::Composer};
use crate::{Activity, Request, ShellRequest, WorkflowError};

impl Decider<'_> {
    pub(super) fn shell(
        &self,
        site: &Site<'_>,
        shell: &Shell,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let mut own = Composer::new(self, site, input);
        let arguments = shell.arguments.as_ref();
        let arguments = own.list("run.shell.arguments", "/arguments", arguments)?;
        let stdin = match &shell.stdin {
            Some(template) => match own.value("run.shell.stdin", "/stdin", template)? {
                Value::Null => None,
                Value::String(text) => Some(text),
                other
                @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    Some(other.to_string())
                }
            },
            None => None,
        };
        let environment = shell.environment.as_ref();
        let request = ShellRequest {
            command: own.text("run.shell.command", "/command", &shell.command)?,
            arguments,
            environment: own.texts("run.shell.environment", "/environment", environment)?,
            stdin,
            return_: shell.return_,
        };
        Ok(Activity::Action {
            request: Request::Shell(request),
            deferred: own.deferred(),
        })
    }
}

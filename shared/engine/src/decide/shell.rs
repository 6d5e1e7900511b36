//! `run.shell`: composing the command. With `await: false` the task ends at once, with its input
//! as output; the command runs all the same, and nobody hears how it went.

use serde_json::Value;
use weir_expression::Data;
use weir_graph::Shell;

use super::{
    Decider,
    arguments::Site,
    evaluate::{scalar_text, wrong},
};
use crate::{ShellRequest, WorkflowError};

impl Decider<'_> {
    pub(super) fn shell_request(
        &self,
        site: &Site<'_>,
        shell: &Shell,
        input: &Data,
    ) -> Result<ShellRequest, WorkflowError> {
        let mut arguments = Vec::new();
        if let Some(template) = &shell.arguments {
            let place = "run.shell.arguments";
            let given = self.fill_in(site, place, template, input)?;
            let values = given
                .as_array()
                .ok_or_else(|| wrong(place, "an array", &given))?;
            for value in values {
                let text = scalar_text(value);
                arguments.push(text.ok_or_else(|| wrong(place, "made of strings", value))?);
            }
        }
        let stdin = match &shell.stdin {
            Some(template) => match self.fill_in(site, "run.shell.stdin", template, input)? {
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
        Ok(ShellRequest {
            command: self.text(site, "run.shell.command", &shell.command, input)?,
            arguments,
            environment: self.texts(site, "run.shell.environment", environment, input)?,
            stdin,
            return_: shell.return_,
        })
    }
}

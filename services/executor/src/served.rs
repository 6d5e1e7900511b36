//! A function of one's own: a command that is run for each of its actions.
//!
//! The arguments come as JSON on standard input. What the command writes to standard output is the
//! output: JSON, or else a text. If it ends with another exit code than 0, that is an error.

use std::{collections::BTreeMap, ffi::OsString};

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{self, Request, Return};

use crate::{
    Action, Function,
    process::{Asked, run},
};

/// Runs a command for each action.
pub struct Served {
    name: &'static str,
    command: Vec<OsString>,
    concurrency_max: usize,
    output_bytes_max: usize,
    ending: TaskTracker,
}

impl Served {
    /// Serves the function with this token by `command`, a program and its arguments, at most so
    /// often at the same time. It may write so many bytes to stdout and stderr each.
    pub fn new(
        name: &'static str,
        command: Vec<OsString>,
        concurrency_max: usize,
        output_bytes_max: usize,
    ) -> Self {
        Self {
            name,
            command,
            concurrency_max,
            output_bytes_max,
            ending: TaskTracker::new(),
        }
    }
}

#[async_trait]
impl Function for Served {
    fn name(&self) -> &'static str {
        self.name
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let (Request::Worker(request), Some((program, before))) =
            (action.request, self.command.split_first())
        else {
            return Err(ErrorKind::Runtime.error("not an action of a worker"));
        };
        let stdin = request.arguments.as_value().to_string();
        let mut environment: BTreeMap<String, String> = std::env::vars().collect();
        environment.insert("WEIR_ACTION".to_owned(), action.id.to_owned());
        if let Some(traceparent) = action.traceparent {
            environment.insert("TRACEPARENT".to_owned(), traceparent.to_owned());
        }
        let asked = Asked {
            what: "serve",
            program,
            before: before.iter().map(OsString::as_os_str).collect(),
            arguments: &[],
            environment: &environment,
            stdin: Some(&stdin),
            return_: Return::All,
        };
        let ended = run(&asked, self.output_bytes_max, &self.ending).await?;
        outcome(&ended)
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

/// What a command that ended so means.
fn outcome(ended: &Value) -> Result<Value, WorkflowError> {
    let text = |name: &str| ended[name].as_str().unwrap_or_default().trim_end();
    let (stdout, stderr) = (text("stdout"), text("stderr"));
    let code = &ended["code"];
    if *code == 0 {
        return Ok(serde_json::from_str(stdout).unwrap_or_else(|_| stdout.into()));
    }
    if let Ok(error) = serde_json::from_str::<v1::WorkflowError>(stdout) {
        return Err((&error).into());
    }
    let detail = if stderr.is_empty() {
        format!("the command ended with {code}")
    } else {
        format!("the command ended with {code}: {stderr}")
    };
    Err(ErrorKind::Runtime.error(detail))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_answers_with_json_or_text_or_an_error() {
        let ended = |code: i32, stdout: &str, stderr: &str| {
            outcome(&json!({"code": code, "stdout": stdout, "stderr": stderr}))
        };
        assert_eq!(ended(0, "{\"x\": 1}\n", "noise"), Ok(json!({"x": 1})));
        assert_eq!(ended(0, "hello\n", ""), Ok(json!("hello")));
        assert_eq!(ended(0, "", ""), Ok(json!("")));
        let error = ended(1, "half", "no such order\n").unwrap_err();
        let detail = error.detail.as_deref();
        assert_eq!(detail, Some("the command ended with 1: no such order"));
        let error = ended(
            1,
            r#"{"type": "https://e.example/full", "status": 507}"#,
            "",
        );
        assert_eq!(error.unwrap_err().status, 507);
        let error = ended(137, "", "").unwrap_err();
        assert_eq!(error.detail.as_deref(), Some("the command ended with 137"));
    }
}

//! `run.script`: JavaScript by node, Python by python3, from the code in the definition or elsewhere.
//!
//! The code becomes a file in a folder of its own, so that standard input and arguments are the
//! author's. The folder goes when the script has ended.

use std::{collections::BTreeMap, ffi::OsString, io, path::PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Request, Return};

use crate::{
    Action, Function, Settings, StartError,
    process::{Asked, run, text},
    resource::{Resource, Resources},
};

/// Runs scripts on this machine.
pub struct Script {
    concurrency_max: usize,
    output_bytes_max: usize,
    node: Interpreter,
    python: Interpreter,
    resources: Resources,
    ending: TaskTracker,
}

/// An interpreter, as it was found when the executor started.
struct Interpreter {
    setting: &'static str,
    command: String,
    found: Option<PathBuf>,
}

/// The arguments of `run.script`.
#[derive(Deserialize)]
struct With {
    language: String,
    code: Option<String>,
    source: Option<Resource>,
    #[serde(default)]
    stdin: Value,
    #[serde(default)]
    arguments: Vec<Value>,
    #[serde(default)]
    environment: Option<BTreeMap<String, Value>>,
    #[serde(rename = "return")]
    return_: Return,
}

impl Script {
    /// Looks for the interpreters; what is missing is missed when a script needs it.
    ///
    /// # Errors
    /// The HTTP client for scripts from elsewhere cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            concurrency_max: settings.shell_concurrency_max,
            output_bytes_max: settings.shell_output_bytes_max,
            node: Interpreter::find("executor.node", &settings.node),
            python: Interpreter::find("executor.python", &settings.python),
            resources: Resources::new(settings)?,
            ending: TaskTracker::new(),
        })
    }

    fn interpreter(&self, language: &str) -> Result<(&PathBuf, &'static str), WorkflowError> {
        let (interpreter, file) = match language {
            "js" => (&self.node, "script.js"),
            "python" => (&self.python, "script.py"),
            other => {
                return Err(ErrorKind::Configuration.error(format!(
                    "script.language: `{other}` is not supported, use `js` or `python`"
                )));
            }
        };
        let found = interpreter.found.as_ref();
        found.map(|found| (found, file)).ok_or_else(|| {
            ErrorKind::Runtime.error(format!(
                "scripts in `{language}` cannot be run: `{}` was not found when the executor \
                 started; install it, or set {}",
                interpreter.command, interpreter.setting
            ))
        })
    }
}

#[async_trait]
impl Function for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Script(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not a script"));
        };
        let with: With = serde_json::from_value(arguments.with.as_value().clone())
            .map_err(|error| ErrorKind::Configuration.error(format!("script: {error}")))?;
        let (interpreter, file) = self.interpreter(&with.language)?;
        let code = match (&with.code, &with.source) {
            (Some(code), _) => code.clone().into(),
            (None, Some(source)) => self.resources.load(source, action).await?,
            (None, None) => {
                let detail = "script: there is neither `code` nor `source`";
                return Err(ErrorKind::Configuration.error(detail));
            }
        };
        let folder = write(file, code).await.map_err(|error| {
            ErrorKind::Runtime.error(format!("the script cannot be written to a file: {error}"))
        })?;
        let file: OsString = folder.path().join(file).into();
        let environment = with.environment.iter().flatten();
        let stdin = (!with.stdin.is_null()).then(|| text(&with.stdin));
        let asked = Asked {
            what: "script",
            program: interpreter.as_os_str(),
            before: vec![&file],
            arguments: &with.arguments.iter().map(text).collect::<Vec<_>>(),
            environment: &environment
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            stdin: stdin.as_deref(),
            return_: with.return_,
        };
        run(&asked, self.output_bytes_max, &self.ending).await
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

impl Interpreter {
    fn find(setting: &'static str, command: &str) -> Self {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let found = if command.contains('/') {
            Some(PathBuf::from(command)).filter(|path| path.is_file())
        } else {
            std::env::split_paths(&paths)
                .map(|folder| folder.join(command))
                .find(|path| path.is_file())
        };
        if found.is_none() {
            tracing::warn!(
                command,
                setting,
                "not found, scripts that need it will fail"
            );
        }
        Self {
            setting,
            command: command.to_owned(),
            found,
        }
    }
}

async fn write(name: &'static str, code: Bytes) -> io::Result<TempDir> {
    let written = tokio::task::spawn_blocking(move || {
        let folder = tempfile::Builder::new().prefix("weir-script-").tempdir()?;
        std::fs::write(folder.path().join(name), code)?;
        Ok(folder)
    });
    written.await.map_err(io::Error::other)?
}

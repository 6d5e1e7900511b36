//! Where secrets come from: files and the environment of this executor.
//!
//! The secret `db` of a workflow in the namespace `shop` is the file `shop/db` in the folder of
//! secrets, else the file `db`, else the variable `WEIR_SECRET_db`. So a folder named after a
//! namespace holds what only its workflows may read. A content that is a JSON object has members;
//! any other is a text, less the line break at its end.

use std::{io, path::PathBuf};

use serde_json::Value;
use weir_engine::{ErrorKind, WorkflowError};

/// Larger files are not read: a secret is a password, a key, a handful of them.
const BYTES_MAX: u64 = 64 * 1024;

/// The secrets that this executor can read.
#[derive(Clone, Debug)]
pub struct Secrets {
    folder: Option<PathBuf>,
    prefix: String,
}

impl Secrets {
    /// Secrets from the files in `folder`, and from variables that begin with `prefix`.
    pub fn new(folder: Option<PathBuf>, prefix: String) -> Self {
        Self { folder, prefix }
    }

    /// The secret called `name` of workflows in `namespace`. Read anew each time: secrets change.
    ///
    /// # Errors
    /// `authorization`, if there is none or it may not be read.
    pub(crate) async fn read(&self, namespace: &str, name: &str) -> Result<Value, WorkflowError> {
        let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(refused(
                name,
                "its name may have only letters, digits, `-`, `_` and `.`",
            ));
        }
        if let Some(folder) = &self.folder {
            for path in [folder.join(namespace).join(name), folder.join(name)] {
                match read(path).await {
                    Ok(text) => return Ok(value(&text)),
                    Err(error) if is_absent(&error) => {}
                    Err(error) => return Err(refused(name, &error.to_string())),
                }
            }
        }
        let variable = format!("{}{}", self.prefix, name.replace(['-', '.'], "_"));
        match std::env::var(&variable) {
            Ok(text) => Ok(value(&text)),
            Err(_) => Err(refused(
                name,
                &format!(
                    "there is no such file in executor.secrets_folder, and no variable {variable}"
                ),
            )),
        }
    }
}

async fn read(path: PathBuf) -> io::Result<String> {
    let file = tokio::fs::metadata(&path).await?;
    if !file.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    if file.len() > BYTES_MAX {
        let message = format!("it has {} bytes, at most {BYTES_MAX} are read", file.len());
        return Err(io::Error::other(message));
    }
    tokio::fs::read_to_string(&path).await
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn value(text: &str) -> Value {
    if let Ok(object @ Value::Object(_)) = serde_json::from_str(text) {
        return object;
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).into()
}

fn refused(name: &str, why: &str) -> WorkflowError {
    ErrorKind::Authorization.error(format!("the secret `{name}` cannot be read: {why}"))
}

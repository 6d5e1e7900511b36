//! What can be wrong with a configuration, in words for the person who wrote it.

use std::fmt;
use std::path::PathBuf;

/// Why there is no configuration. Nothing of it is worth a retry: a person has to change a layer.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing or not readable.
    #[error(
        "cannot read the configuration file {}: {source}\n  \
         check the path given by --config or WEIR_CONFIG and its permissions",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is neither TOML nor YAML, or not well formed.
    #[error("cannot parse the configuration file {}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser said, with its position.
        message: String,
    },
    /// Keys or values that cannot be taken; all that were found, not only the first.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

/// One key that is unknown or has a value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key.
    pub key: String,
    /// The layer that set it: a file, an environment variable, a flag. `None`: a default.
    pub origin: Option<String>,
    /// What is wrong and what would be right. Never contains a secret's value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration key `{}`", self.key)?;
        if let Some(origin) = &self.origin {
            write!(f, " (from {origin})")?;
        }
        write!(f, ": {}", self.message)
    }
}

fn lines(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(Problem::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

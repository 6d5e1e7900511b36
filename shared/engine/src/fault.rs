//! Errors as workflows see them: problem details (RFC 7807).

use std::fmt;

/// An error raised by a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowError {
    /// Type URI.
    pub type_: String,
    /// Status code.
    pub status: u64,
    /// Short summary.
    pub title: Option<String>,
    /// What happened this time.
    pub detail: Option<String>,
    /// Reference (JSON pointer) of the task it comes from; filled in when it is raised.
    pub instance: Option<String>,
}

impl fmt::Display for WorkflowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self
            .detail
            .as_ref()
            .or(self.title.as_ref())
            .unwrap_or(&self.type_);
        write!(f, "{what} (status {})", self.status)?;
        if let Some(instance) = &self.instance {
            write!(f, " at {instance}")?;
        }
        Ok(())
    }
}

/// The specification's standard error types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400
    Configuration,
    /// 400
    Validation,
    /// 400
    Expression,
    /// 401
    Authentication,
    /// 403
    Authorization,
    /// 408
    Timeout,
    /// 500, or the status of the response
    Communication,
    /// 500
    Runtime,
}

/// The type of the error of an instance that would do more than its bound says: a defect of Weir.
pub const BOUND_EXCEEDED: &str = "urn:weir:error:bound-exceeded";

/// Standard types live here (the current host of the specification).
const TYPES: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/";
/// Other prefixes that documents use for the same types.
const TYPES_ALSO: [&str; 3] = [
    "https://serverlessworkflow.io/spec/1.0.0/errors/",
    "https://open-workflow-specification.org/dsl/errors/types/",
    "https://serverlessworkflow.io/dsl/errors/types/",
];

impl ErrorKind {
    /// Last part of the type URI.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Validation => "validation",
            Self::Expression => "expression",
            Self::Authentication => "authentication",
            Self::Authorization => "authorization",
            Self::Timeout => "timeout",
            Self::Communication => "communication",
            Self::Runtime => "runtime",
        }
    }

    /// Default status.
    pub fn status(self) -> u64 {
        match self {
            Self::Configuration | Self::Validation | Self::Expression => 400,
            Self::Authentication => 401,
            Self::Authorization => 403,
            Self::Timeout => 408,
            Self::Communication | Self::Runtime => 500,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration error",
            Self::Validation => "Validation error",
            Self::Expression => "Expression error",
            Self::Authentication => "Authentication error",
            Self::Authorization => "Authorization error",
            Self::Timeout => "Timeout",
            Self::Communication => "Communication error",
            Self::Runtime => "Runtime error",
        }
    }

    /// An error of this kind.
    pub fn error(self, detail: impl Into<String>) -> WorkflowError {
        WorkflowError {
            type_: format!("{TYPES}{}", self.name()),
            status: self.status(),
            title: Some(self.title().to_owned()),
            detail: Some(detail.into()),
            instance: None,
        }
    }
}

/// Whether two type URIs name the same type: equal, or the same standard type under any of its
/// hosts.
pub fn same_type(one: &str, other: &str) -> bool {
    let standard = |uri| {
        [TYPES]
            .iter()
            .chain(&TYPES_ALSO)
            .find_map(|prefix| str::strip_prefix(uri, prefix))
    };
    one == other || matches!((standard(one), standard(other)), (Some(a), Some(b)) if a == b)
}

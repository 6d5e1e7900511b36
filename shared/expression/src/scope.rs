//! The `$` variables of one evaluation.

use crate::Data;

/// The variables every program may use, without the dollar sign.
pub const STANDARD_VARIABLES: [&str; 8] = [
    "context",
    "input",
    "output",
    "task",
    "workflow",
    "runtime",
    "secrets",
    "authorization",
];

/// Values of the `$` variables. What is not set is null.
///
/// Building one is cheap: values are shared, and only what a program uses is ever converted.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `$context`.
    pub context: Data,
    /// `$input`.
    pub input: Data,
    /// `$output`.
    pub output: Data,
    /// `$task`.
    pub task: Data,
    /// `$workflow`.
    pub workflow: Data,
    /// `$runtime`.
    pub runtime: Data,
    /// `$secrets`.
    pub secrets: Data,
    /// `$authorization`.
    pub authorization: Data,
    own: Vec<(String, Data)>,
}

impl Scope {
    /// Adds or replaces a variable of the definition's own (`item`, `index`, `error`, …), or a
    /// standard one. The name has no dollar sign.
    #[must_use]
    pub fn with(mut self, name: &str, value: Data) -> Self {
        self.set(name, value);
        self
    }

    /// As [`Scope::with`], in place. The latest value of a name wins.
    pub fn set(&mut self, name: &str, value: Data) {
        match name {
            "context" => self.context = value,
            "input" => self.input = value,
            "output" => self.output = value,
            "task" => self.task = value,
            "workflow" => self.workflow = value,
            "runtime" => self.runtime = value,
            "secrets" => self.secrets = value,
            "authorization" => self.authorization = value,
            _ => match self.own.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = value,
                None => self.own.push((name.to_owned(), value)),
            },
        }
    }

    /// The value of a variable; `None` if it is neither standard nor set.
    pub fn get(&self, name: &str) -> Option<&Data> {
        match name {
            "context" => Some(&self.context),
            "input" => Some(&self.input),
            "output" => Some(&self.output),
            "task" => Some(&self.task),
            "workflow" => Some(&self.workflow),
            "runtime" => Some(&self.runtime),
            "secrets" => Some(&self.secrets),
            "authorization" => Some(&self.authorization),
            _ => self
                .own
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value),
        }
    }
}

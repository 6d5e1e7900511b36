//! Values with their places, and what is wrong with them.

use std::sync::Arc;

use serde_json::{Map, Value};
use weir_definition::{Diagnostic, Position, Source, duration};
use weir_graph::{Kind, Program};

use super::names::{listed, nearest};

/// A property that tests do not have.
pub(super) const UNKNOWN_PROPERTY: &str = "T001";
/// A property that must be there is not.
pub(super) const MISSING_PROPERTY: &str = "T002";
/// A value of the wrong type, or one that is not allowed.
pub(super) const WRONG_VALUE: &str = "T003";
/// A task that the workflow does not have, or one of several.
pub(super) const UNKNOWN_TASK: &str = "T004";
/// Of several properties, exactly one may be there.
pub(super) const EXCLUSIVE: &str = "T005";
/// Something empty that must not be.
pub(super) const EMPTY: &str = "T006";

/// What stands for the workflow among the names of tasks.
const WORKFLOW: &str = "$workflow";

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Spot<'v> {
    pub value: &'v Value,
    pub pointer: String,
}

/// The members of a mapping.
pub(super) struct Fields<'v> {
    members: &'v Map<String, Value>,
    pointer: String,
}

impl<'v> Spot<'v> {
    pub fn root(value: &'v Value) -> Self {
        Self {
            value,
            pointer: String::new(),
        }
    }

    fn child(&self, token: &str, value: &'v Value) -> Self {
        let token = token.replace('~', "~0").replace('/', "~1");
        Self {
            value,
            pointer: format!("{}/{token}", self.pointer),
        }
    }

    /// What messages call it: its key, or which item it is.
    fn name(&self) -> String {
        match self.pointer.rsplit('/').next() {
            None | Some("") => "the document".to_owned(),
            Some(name) => match name.parse::<usize>() {
                Ok(index) => format!("item {}", index + 1),
                Err(_) => format!("`{name}`"),
            },
        }
    }
}

impl<'v> Fields<'v> {
    pub fn get(&self, name: &str) -> Option<Spot<'v>> {
        Some(Spot {
            value: self.members.get(name)?,
            pointer: format!("{}/{name}", self.pointer),
        })
    }
}

/// Reads a document and collects what is wrong with it.
pub(super) struct Reader<'s> {
    source: &'s Source,
    program: &'s Program,
    problems: Vec<Diagnostic>,
}

impl<'s> Reader<'s> {
    pub fn new(source: &'s Source, program: &'s Program) -> Self {
        Self {
            source,
            program,
            problems: Vec::new(),
        }
    }

    pub fn into_problems(mut self) -> Vec<Diagnostic> {
        self.problems
            .sort_by_key(|problem| (problem.position, problem.code));
        self.problems.dedup();
        self.problems
    }

    pub fn position(&self, spot: &Spot<'_>) -> Position {
        let span = self.source.key_span(&spot.pointer);
        self.source.position(span.start)
    }

    pub fn problem(
        &mut self,
        code: &'static str,
        spot: &Spot<'_>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let span = self.source.key_span(&spot.pointer);
        self.problems.push(Diagnostic {
            code,
            message: message.into(),
            remedy: expected.into(),
            pointer: spot.pointer.clone(),
            position: self.source.position(span.start),
            span,
        });
    }

    fn wrong(&mut self, spot: &Spot<'_>, expected: &str) {
        let found = match spot.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(text) if text.trim().is_empty() => "empty",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        let message = format!("{} is {found}", spot.name());
        self.problem(WRONG_VALUE, spot, message, format!("expected {expected}"));
    }

    /// The entries of a mapping, whatever their names.
    pub fn entries<'v>(&mut self, spot: &Spot<'v>, what: &str) -> Option<Vec<(&'v str, Spot<'v>)>> {
        let Some(members) = spot.value.as_object() else {
            self.wrong(spot, what);
            return None;
        };
        let entries = members.iter();
        Some(
            entries
                .map(|(name, value)| (name.as_str(), spot.child(name, value)))
                .collect(),
        )
    }

    /// The members of a mapping that may have only those `known`.
    pub fn fields<'v>(&mut self, spot: &Spot<'v>, known: &[&str]) -> Option<Fields<'v>> {
        let among = format!("{} may have {}", spot.name(), listed(known, "and"));
        for (name, entry) in self.entries(spot, &format!("a mapping: {among}"))? {
            if !known.contains(&name) {
                let expected = match nearest(name, known) {
                    Some(meant) => format!("did you mean `{meant}`? {among}"),
                    None => among.clone(),
                };
                let message = format!("unknown property `{name}`");
                self.problem(UNKNOWN_PROPERTY, &entry, message, expected);
            }
        }
        let members = spot.value.as_object()?;
        Some(Fields {
            members,
            pointer: spot.pointer.clone(),
        })
    }

    pub fn required<'v>(
        &mut self,
        fields: &Fields<'v>,
        of: &Spot<'_>,
        name: &str,
        what: &str,
    ) -> Option<Spot<'v>> {
        let found = fields.get(name);
        if found.is_none() {
            let message = format!("{} has no `{name}`", of.name());
            self.problem(
                MISSING_PROPERTY,
                of,
                message,
                format!("add `{name}:` with {what}"),
            );
        }
        found
    }

    /// The one property among `names` that is there.
    pub fn one_of<'v, 'n>(
        &mut self,
        fields: &Fields<'v>,
        of: &Spot<'_>,
        names: &[&'n str],
    ) -> Option<(&'n str, Spot<'v>)> {
        let mut present = names
            .iter()
            .filter_map(|name| Some((*name, fields.get(name)?)));
        match (present.next(), present.next()) {
            (Some(found), None) => Some(found),
            (None, _) => {
                let message = format!("{} has none of {}", of.name(), listed(names, "and"));
                let expected = format!("add exactly one of {}", listed(names, "or"));
                self.problem(EXCLUSIVE, of, message, expected);
                None
            }
            (Some((first, _)), Some((second, spot))) => {
                let message = format!("`{second}` cannot stand beside `{first}`");
                let expected = format!("keep one of {}", listed(names, "and"));
                self.problem(EXCLUSIVE, &spot, message, expected);
                None
            }
        }
    }

    pub fn items<'v>(&mut self, spot: &Spot<'v>, what: &str) -> Option<Vec<Spot<'v>>> {
        let Some(items) = spot.value.as_array() else {
            self.wrong(spot, what);
            return None;
        };
        let items = items.iter().enumerate();
        Some(
            items
                .map(|(index, value)| spot.child(&index.to_string(), value))
                .collect(),
        )
    }

    pub fn text<'v>(&mut self, spot: &Spot<'v>) -> Option<&'v str> {
        let text = spot.value.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.wrong(spot, "a text");
        }
        text
    }

    /// A duration, in milliseconds.
    pub fn duration(&mut self, spot: &Spot<'_>) -> Option<u64> {
        match duration::parse_value(spot.value) {
            Ok(ms) => Some(ms),
            Err(error) => {
                let message = format!("{} is no duration: {error}", spot.name());
                let expected = "write `{ minutes: 15 }` or `PT15M`";
                self.problem(WRONG_VALUE, spot, message, expected);
                None
            }
        }
    }

    /// The task that a key or a text names: its name, or the JSON pointer to it.
    pub fn task(&mut self, spot: &Spot<'_>, name: &str) -> Option<Arc<str>> {
        if let Some(task) = self.program.find(name) {
            return Some(task.reference.clone());
        }
        // What stands around an extended task has its name, too.
        let tasks = self.program.tasks.iter();
        let tasks = tasks.filter(|task| !matches!(task.kind, Kind::Extended { .. }));
        let named: Vec<&str> = tasks
            .clone()
            .filter(|task| *task.name == *name)
            .map(|task| &*task.reference)
            .collect();
        match named[..] {
            [only] => return Some(only.into()),
            [] => {
                let all: Vec<&str> = tasks.map(|task| &*task.name).collect();
                let expected = match nearest(name, &all) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("its tasks are {}", listed(&all, "and")),
                };
                let message = format!("the workflow has no task `{name}`");
                self.problem(UNKNOWN_TASK, spot, message, expected);
            }
            _ => {
                let message = format!("the workflow has {} tasks `{name}`", named.len());
                let expected = format!("write the pointer to one: {}", listed(&named, "or"));
                self.problem(UNKNOWN_TASK, spot, message, expected);
            }
        }
        None
    }

    /// A list of tasks.
    pub fn tasks(&mut self, spot: &Spot<'_>) -> Option<Vec<Arc<str>>> {
        self.names(spot, false)
    }

    /// A list of tasks, and of the workflow, which is the empty pointer.
    pub fn waits(&mut self, spot: &Spot<'_>) -> Option<Vec<Arc<str>>> {
        self.names(spot, true)
    }

    fn names(&mut self, spot: &Spot<'_>, workflow_too: bool) -> Option<Vec<Arc<str>>> {
        let items = self.items(spot, "a list of tasks")?;
        let found = items.iter().filter_map(|item| match self.text(item)? {
            WORKFLOW if workflow_too => Some("".into()),
            name => self.task(item, name),
        });
        Some(found.collect())
    }
}

//! Task lists, what tasks share, and what kind they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{clip, code};
use crate::model::task::{FlowDirective, NamedTask, Task, TaskKind, TaskList};
use crate::read::Reader;
use crate::read::field::{Fields, Spot, list, nearest};

/// The tasks that a `then` may name.
pub(super) type Targets<'doc> = BTreeSet<&'doc str>;

/// What all tasks may have.
const COMMON: [&str; 7] = [
    "if", "input", "output", "export", "timeout", "then", "metadata",
];

/// What makes a task's kind, and what else such a task has. `for` stands before `do`, which it
/// includes.
pub(crate) const KINDS: [(&str, &[&str]); 12] = [
    ("for", &["while", "do"]),
    ("call", &["with"]),
    ("do", &[]),
    ("emit", &[]),
    ("fork", &[]),
    ("listen", &["foreach"]),
    ("raise", &[]),
    ("run", &[]),
    ("set", &[]),
    ("switch", &[]),
    ("try", &["catch"]),
    ("wait", &[]),
];

impl Reader<'_> {
    /// A list of tasks, one after the other; each may go to any other of them.
    pub(super) fn tasks(&mut self, spot: &Spot<'_>) -> Option<TaskList> {
        let entries = self.task_entries(spot)?;
        let names = entries.iter().map(|(name, _)| *name).collect();
        Some(self.named_tasks(&entries, &names))
    }

    /// The branches of a fork, which run side by side: none can go to another.
    pub(super) fn branches(&mut self, spot: &Spot<'_>) -> Option<TaskList> {
        let entries = self.task_entries(spot)?;
        Some(self.named_tasks(&entries, &Targets::new()))
    }

    fn task_entries<'doc>(&mut self, spot: &Spot<'doc>) -> Option<Vec<(&'doc str, Spot<'doc>)>> {
        let items = self.list(spot, "a list of tasks, `- name: …`")?;
        if items.is_empty() {
            let message = format!("{} has no tasks", spot.name);
            self.report(code::EMPTY, spot, message, "add a task: `- name: …`");
            return None;
        }
        let entries = items
            .iter()
            .map(|item| self.named_item(item, "a task's name and the task"));
        let entries: Vec<_> = entries.collect::<Vec<_>>().into_iter().flatten().collect();
        self.refuse_duplicates(&entries, "task");
        Some(entries)
    }

    pub(super) fn refuse_duplicates(&mut self, entries: &[(&str, Spot<'_>)], what: &str) {
        let mut lines = BTreeMap::new();
        for (name, spot) in entries {
            if self.is_full() {
                break;
            }
            let start = spot.key.unwrap_or_default().start;
            if let Some(first) = lines.get(name) {
                let line = crate::source::position(self.text, *first).line;
                let message = format!("a second {what} has the name `{name}`");
                let expected = format!("names are unique in a list; the first is in line {line}");
                self.report_key(code::DUPLICATE_NAME, spot, message, expected);
            } else {
                lines.insert(*name, start);
            }
        }
    }

    fn named_tasks(&mut self, entries: &[(&str, Spot<'_>)], targets: &Targets<'_>) -> TaskList {
        let mut tasks = TaskList::new();
        for (name, spot) in entries {
            if self.is_full() {
                break;
            }
            if let Some(task) = self.task(spot, targets) {
                tasks.push(NamedTask {
                    name: (*name).to_owned(),
                    task,
                });
            }
        }
        tasks
    }

    /// A task, whose `then` may name one of `targets`.
    pub(super) fn task(&mut self, spot: &Spot<'_>, targets: &Targets<'_>) -> Option<Task> {
        let fields = self.map(spot, "a task: a mapping such as `call: http`")?;
        let (kind, properties) = self.kind_name(&fields)?;
        let known: Vec<&str> = [kind]
            .iter()
            .chain(properties)
            .chain(&COMMON)
            .copied()
            .collect();
        self.refuse_unknown(&fields, &known);

        let if_ = fields.get("if").and_then(|spot| self.expression(&spot));
        let input = fields.get("input").and_then(|spot| self.input(&spot));
        let kind = self.kind(kind, &fields, targets);
        let output = fields.get("output").and_then(|spot| self.output(&spot));
        let export = fields.get("export").and_then(|spot| self.export(&spot));
        let timeout = fields
            .get("timeout")
            .and_then(|spot| self.timeout_ref(&spot));
        let then = fields
            .get("then")
            .and_then(|spot| self.directive(&spot, targets));
        let metadata = fields
            .get("metadata")
            .and_then(|spot| self.map_template(&spot));
        Some(Task {
            if_,
            input,
            output,
            export,
            timeout,
            then,
            metadata: metadata.map(|metadata| metadata.value),
            kind: kind?,
            pointer: spot.pointer.clone(),
        })
    }

    /// The one property that makes the task's kind, and the others that go with it.
    fn kind_name(
        &mut self,
        fields: &Fields<'_>,
    ) -> Option<(&'static str, &'static [&'static str])> {
        let Some(found) = KINDS.iter().find(|(kind, _)| fields.has(kind)) else {
            self.report_no_kind(fields);
            return None;
        };
        let (kind, properties) = *found;
        let is_other = |name: &str| name != kind && !properties.contains(&name);
        let is_kind = |name: &str| KINDS.iter().any(|(kind, _)| *kind == name);
        let other = fields
            .matching(|name| is_other(name) && is_kind(name))
            .next();
        if let Some((other, spot)) = other {
            let message = format!(
                "{} is of two kinds, `{kind}` and `{other}`",
                fields.spot.name
            );
            let expected = "a task does one thing: make two tasks of it";
            self.report_key(code::TASK_KIND, &spot, message, expected);
            return None;
        }
        Some((kind, properties))
    }

    fn report_no_kind(&mut self, fields: &Fields<'_>) {
        let mut kinds = KINDS.map(|(kind, _)| kind);
        kinds.sort_unstable();
        let kinds = kinds.as_slice();
        let among = format!("a task has exactly one of {}", list(kinds, "and"));
        let others = fields.matching(|name| !COMMON.contains(&name));
        let meant = others.filter_map(|(name, spot)| Some((name, nearest(name, kinds)?, spot)));
        if let Some((name, meant, spot)) = meant.take(1).next() {
            let message = format!("unknown property `{name}`");
            let expected = format!("did you mean `{meant}`? {among}");
            self.report_key(code::UNKNOWN_PROPERTY, &spot, message, expected);
            return;
        }
        let message = format!("{} does not say what to do", fields.spot.name);
        self.report_key(code::TASK_KIND, &fields.spot, message, among);
    }

    fn kind(&mut self, kind: &str, fields: &Fields<'_>, targets: &Targets<'_>) -> Option<TaskKind> {
        let spot = fields.get(kind)?;
        match kind {
            "call" => self.call(&spot, fields).map(TaskKind::Call),
            "do" => self.tasks(&spot).map(TaskKind::Do),
            "emit" => self.emit(&spot).map(TaskKind::Emit),
            "for" => self
                .for_(&spot, fields)
                .map(|task| TaskKind::For(Box::new(task))),
            "fork" => self.fork(&spot).map(TaskKind::Fork),
            "listen" => self
                .listen(&spot, fields)
                .map(|task| TaskKind::Listen(Box::new(task))),
            "raise" => self
                .raise(&spot)
                .map(|task| TaskKind::Raise(Box::new(task))),
            "run" => self.run(&spot).map(TaskKind::Run),
            "set" => self.set(&spot).map(TaskKind::Set),
            "switch" => self.switch(&spot, targets).map(TaskKind::Switch),
            "try" => self
                .try_(&spot, fields, targets)
                .map(|task| TaskKind::Try(Box::new(task))),
            _ => self.duration(&spot).map(TaskKind::Wait),
        }
    }

    /// Where to go next: a directive, or one of `targets`.
    pub(super) fn directive(
        &mut self,
        spot: &Spot<'_>,
        targets: &Targets<'_>,
    ) -> Option<FlowDirective> {
        let what = "`continue`, `exit`, `end`, or the name of a task in the same list, a string";
        match self.filled(spot, what)? {
            "continue" => Some(FlowDirective::Continue),
            "exit" => Some(FlowDirective::Exit),
            "end" => Some(FlowDirective::End),
            name if targets.contains(name) => Some(FlowDirective::Task(name.to_owned())),
            _ if self.is_full() => None,
            name => {
                let mut known = vec!["continue", "exit", "end"];
                known.extend(targets);
                let among = format!("in this list: {}", list(&known, "and"));
                let expected = match nearest(name, &known) {
                    Some(meant) => format!("did you mean `{meant}`? {among}"),
                    None => among,
                };
                let message = format!(
                    "`then: {}` leads nowhere: no such task in this list",
                    clip(name)
                );
                self.report(code::UNKNOWN_TARGET, spot, message, expected);
                None
            }
        }
    }
}

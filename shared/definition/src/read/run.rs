//! Processes.

use crate::diagnostic::code;
use crate::model::data::Template;
use crate::model::run::{Process, Return, RunTask, Shell};
use crate::read::field::Spot;
use crate::read::{Reader, shape};

const PROCESSES: [&str; 4] = ["container", "script", "shell", "workflow"];

impl Reader<'_> {
    pub(super) fn run(&mut self, spot: &Spot<'_>) -> Option<RunTask> {
        let known = [
            "container",
            "script",
            "shell",
            "workflow",
            "await",
            "return",
        ];
        let fields = self.object(spot, "a mapping with one process", &known)?;
        let await_ = fields.get("await").and_then(|spot| self.boolean(&spot));
        let return_ = fields.get("return").and_then(|spot| {
            let returns = [
                ("stdout", Return::Stdout),
                ("stderr", Return::Stderr),
                ("code", Return::Code),
                ("all", Return::All),
                ("none", Return::None),
            ];
            self.word(&spot, &returns)
        });
        let (name, process) = self.one_of(&fields, &PROCESSES)?;
        let process = match name {
            "container" => Process::Container(self.container(&process)?),
            "script" => Process::Script(self.script(&process)?),
            "shell" => Process::Shell(Box::new(self.shell(&process)?)),
            _ => Process::Workflow(self.shaped(&process, &shape::WORKFLOW)?),
        };
        Some(RunTask {
            process,
            await_: await_.unwrap_or(true),
            return_: return_.unwrap_or_default(),
        })
    }

    fn shell(&mut self, spot: &Spot<'_>) -> Option<Shell> {
        let known = ["command", "stdin", "arguments", "environment"];
        let fields = self.object(spot, "a mapping with `command`", &known)?;
        let command = self
            .required(&fields, "command", "a shell command")
            .and_then(|spot| {
                self.filled(&spot, "a shell command, a string")?;
                Some(self.template(&spot))
            });
        let stdin = fields
            .get("stdin")
            .and_then(|spot| self.string_template(&spot));
        let arguments = fields
            .get("arguments")
            .and_then(|spot| self.string_list(&spot));
        let environment = fields
            .get("environment")
            .and_then(|spot| self.map_template(&spot));
        Some(Shell {
            command: command?,
            stdin,
            arguments: arguments.unwrap_or_default(),
            environment,
        })
    }

    fn script(&mut self, spot: &Spot<'_>) -> Option<Template> {
        let template = self.shaped(spot, &shape::SCRIPT)?;
        let fields = self.map(spot, "a mapping")?;
        self.one_of(&fields, &["code", "source"])?;
        Some(template)
    }

    fn container(&mut self, spot: &Spot<'_>) -> Option<Template> {
        let template = self.shaped(spot, &shape::CONTAINER)?;
        let Some(lifetime) = self.map(spot, "a mapping")?.get("lifetime") else {
            return Some(template);
        };
        let fields = self.map(&lifetime, "a mapping")?;
        let eventually = fields.get("cleanup")?.string() == Some("eventually");
        if eventually {
            self.required(&fields, "after", "the time until the container is removed")?;
        } else if let Some(after) = fields.get("after") {
            let message = "`after` goes with `cleanup: eventually` only";
            let expected = "remove `after`, or write `cleanup: eventually`";
            self.report_key(code::EXCLUSIVE, &after, message, expected);
        }
        Some(template)
    }
}

//! Tasks that steer the flow: for, fork, switch, set.

use crate::diagnostic::{clip, code};
use crate::model::data::Template;
use crate::model::task::{Collection, ForTask, ForkTask, SwitchCase};
use crate::read::Reader;
use crate::read::field::{Fields, Spot};
use crate::read::task::Targets;
use crate::source::node::NodeKind;

impl Reader<'_> {
    pub(super) fn for_(&mut self, spot: &Spot<'_>, task: &Fields<'_>) -> Option<ForTask> {
        let tasks = self.required(task, "do", "the tasks of one iteration");
        let tasks = tasks.and_then(|spot| self.tasks(&spot));
        let while_ = task.get("while").and_then(|spot| self.expression(&spot));
        let fields = self.object(spot, "a mapping with `in`", &["each", "in", "at"])?;
        let each = self.variable(&fields, "each", "item");
        let at = self.variable(&fields, "at", "index");
        let in_ = self.required(&fields, "in", "an expression that yields an array");
        let in_ = in_.and_then(|spot| self.collection(&spot));
        Some(ForTask {
            each: each?,
            at: at?,
            in_: in_?,
            while_,
            tasks: tasks?,
        })
    }

    fn collection(&mut self, spot: &Spot<'_>) -> Option<Collection> {
        // The schema wants mappings as items; there is no reason to refuse others.
        if let NodeKind::Sequence(_) = spot.node.kind {
            return Some(Collection::Inline(self.template(spot)));
        }
        if spot.string().is_none() {
            self.wrong_type(
                spot,
                "an expression that yields an array, a string, or a list",
            );
            return None;
        }
        self.expression(spot).map(Collection::Expression)
    }

    /// The name of a variable, without `$`.
    pub(super) fn variable(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        default: &str,
    ) -> Option<String> {
        let Some(spot) = fields.get(name) else {
            return Some(default.to_owned());
        };
        let text = self.filled(&spot, "a variable's name, a string")?;
        let inside = |char: char| char.is_ascii_alphanumeric() || char == '_';
        if text.chars().all(inside) && !text.starts_with(|char: char| char.is_ascii_digit()) {
            return Some(text.to_owned());
        }
        let message = format!("`{}` cannot be a variable's name", clip(text));
        let expected = "expected letters, digits and `_`, not a digit first, and no `$`";
        self.report(code::NAME, &spot, message, expected);
        None
    }

    pub(super) fn fork(&mut self, spot: &Spot<'_>) -> Option<ForkTask> {
        let fields = self.object(spot, "a mapping with `branches`", &["branches", "compete"])?;
        let branches = self.required(&fields, "branches", "a list of tasks");
        let branches = branches.and_then(|spot| self.branches(&spot));
        let compete = match fields.get("compete") {
            Some(spot) => self.boolean(&spot),
            None => Some(false),
        };
        Some(ForkTask {
            branches: branches?,
            compete: compete?,
        })
    }

    pub(super) fn set(&mut self, spot: &Spot<'_>) -> Option<Template> {
        if spot.string().is_some() {
            return Some(self.template(spot));
        }
        let what = "a mapping of names to values, or one expression in `${ }`";
        if self.map(spot, what)?.is_empty() {
            self.report(
                code::EMPTY,
                spot,
                "`set` sets nothing",
                format!("expected {what}"),
            );
            return None;
        }
        Some(self.template(spot))
    }

    pub(super) fn switch(
        &mut self,
        spot: &Spot<'_>,
        targets: &Targets<'_>,
    ) -> Option<Vec<SwitchCase>> {
        let items = self.list(spot, "a list of cases, `- name: …`")?;
        if items.is_empty() {
            let expected = "add a case: `- name: …` with `when` and `then`";
            self.report(code::EMPTY, spot, "the switch has no cases", expected);
            return None;
        }
        let entries = items
            .iter()
            .map(|item| self.named_item(item, "a case's name and the case"));
        let entries: Vec<_> = entries.collect::<Vec<_>>().into_iter().flatten().collect();
        self.refuse_duplicates(&entries, "case");
        let cases = entries
            .iter()
            .map(|(name, spot)| self.case(name, spot, targets));
        let cases: Vec<_> = cases.collect::<Vec<_>>().into_iter().flatten().collect();
        self.refuse_second_default(&entries);
        Some(cases)
    }

    fn case(&mut self, name: &str, spot: &Spot<'_>, targets: &Targets<'_>) -> Option<SwitchCase> {
        let fields = self.object(spot, "a mapping with `when` and `then`", &["when", "then"])?;
        let when = match fields.get("when") {
            Some(spot) => Some(self.expression(&spot)?),
            None => None,
        };
        let then = self.required(&fields, "then", "where to go")?;
        let then = self.directive(&then, targets)?;
        Some(SwitchCase {
            name: name.to_owned(),
            when,
            then,
            pointer: spot.pointer.clone(),
        })
    }

    fn refuse_second_default(&mut self, entries: &[(&str, Spot<'_>)]) {
        let is_default =
            |spot: &Spot<'_>| spot.node.entries().is_some() && spot.node.member("when").is_none();
        let mut defaults = entries.iter().filter(|(_, spot)| is_default(spot));
        let Some((first, _)) = defaults.next() else {
            return;
        };
        for (name, spot) in defaults {
            let message = format!("`{name}` is a second default of this switch");
            let expected = format!("add `when`; `{first}` is the default already");
            self.report_key(code::SECOND_DEFAULT, spot, message, expected);
        }
    }
}

//! `raise` and `switch`: tasks that decide by themselves.

use weir_expression::Data;
use weir_graph::{Case, ErrorTemplate};

use super::{Decider, arguments::Site, evaluate::wrong};
use crate::WorkflowError;

impl Decider<'_> {
    /// The error that a `raise` raises.
    pub(super) fn raised(
        &self,
        site: &Site<'_>,
        template: &ErrorTemplate,
        input: &Data,
    ) -> Result<WorkflowError, WorkflowError> {
        let optional = |place, template: &Option<_>| match template {
            Some(template) => self.text(site, place, template, input).map(Some),
            None => Ok(None),
        };
        let place = "raise.error.status";
        let status = self.fill_in(site, place, &template.status, input)?;
        let number = status
            .as_u64()
            .or_else(|| status.as_str()?.trim().parse().ok());
        Ok(WorkflowError {
            type_: self.text(site, "raise.error.type", &template.type_, input)?,
            status: number.ok_or_else(|| wrong(place, "a status code", &status))?,
            title: optional("raise.error.title", &template.title)?,
            detail: optional("raise.error.detail", &template.detail)?,
            instance: optional("raise.error.instance", &template.instance)?,
        })
    }

    /// The first matching case of a `switch`, or its default; none: no case matches.
    pub(super) fn choose(
        &self,
        site: &Site<'_>,
        cases: &[Case],
        input: &Data,
    ) -> Result<Option<usize>, WorkflowError> {
        for (index, case) in cases.iter().enumerate() {
            if let Some(when) = &case.when
                && self.test(site, &format!("switch.{}.when", case.name), when, input)?
            {
                return Ok(Some(index));
            }
        }
        Ok(cases.iter().position(|case| case.when.is_none()))
    }
}

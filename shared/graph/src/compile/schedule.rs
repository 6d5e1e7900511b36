//! `schedule`: the times at which instances start.

use weir_definition::duration::DurationSpec;
use weir_definition::model::Schedule as Source;

use super::Compiler;
use super::report::{Compiled, code};
use crate::Schedule;

impl Compiler<'_> {
    pub(super) fn schedule(&mut self, source: &Source) -> Compiled<Option<Schedule>> {
        let given = [
            ("every", source.every.is_some()),
            ("cron", source.cron.is_some()),
            ("after", source.after.is_some()),
        ];
        let mut given = given.into_iter().filter(|(_, is_given)| *is_given);
        if let (Some((one, _)), Some((other, _))) = (given.next(), given.next()) {
            let what = format!("`schedule` with both `{one}` and `{other}`");
            let remedy = "deploy a workflow for each, that runs this one";
            return Err(self.unsupported(&format!("/schedule/{other}"), &what, remedy));
        }
        if let Some(every) = &source.every {
            let ms = self.literal(every, "/schedule/every")?;
            return Ok(Some(Schedule::Every { ms }));
        }
        if let Some(after) = &source.after {
            let ms = self.literal(after, "/schedule/after")?;
            return Ok(Some(Schedule::After { ms }));
        }
        let Some(cron) = &source.cron else {
            return Ok(None);
        };
        Schedule::cron(&cron.value).map(Some).map_err(|error| {
            let message = format!("`{}` is no schedule: {error}", cron.value);
            let remedy = "write minute, hour, day of the month, month and day of the week, such as \
                          `0 9 * * MON-FRI`; before them, a time zone: `CRON_TZ=Europe/Berlin`";
            self.report(code::CRON, &cron.pointer, message, remedy)
        })
    }

    fn literal(&mut self, duration: &DurationSpec, pointer: &str) -> Compiled<u64> {
        match duration {
            DurationSpec::Literal(ms) => Ok(*ms),
            DurationSpec::Expression(_) => {
                let message = "a schedule cannot be computed: there is no instance yet";
                let remedy = "write the duration: `PT5M`";
                Err(self.report(code::VARIABLE, pointer, message, remedy))
            }
        }
    }
}

//! Spans of time that are computed.

use weir_expression::Data;
use weir_graph::{Interval, parse_duration};

use super::{Decider, arguments::Site};
use crate::{ErrorKind, WorkflowError};

impl Decider<'_> {
    /// In milliseconds. What an expression yields is clamped to the configured maximum.
    pub(super) fn interval(
        &self,
        site: &Site<'_>,
        place: &str,
        interval: &Interval,
        on: &Data,
    ) -> Result<u64, WorkflowError> {
        let mapping = match interval {
            Interval::Literal(ms) => return Ok(*ms),
            Interval::Computed(mapping) => mapping,
        };
        let value = self.map(site, place, mapping, on)?;
        let ms = parse_duration(&value).map_err(|reason| {
            ErrorKind::Expression.error(format!("{place}: {value} is no duration: {reason}"))
        })?;
        Ok(ms.min(self.program.limits.wait_ms_max))
    }
}

//! Durations in a document.

use crate::diagnostic::{clip, code};
use crate::duration::{self, DurationSpec};
use crate::model::data::{Expression, is_expression};
use crate::read::Reader;
use crate::read::field::Spot;
use crate::source::node::NodeKind;

const EXPECTED: &str = "expected parts such as `seconds: 30`, ISO 8601 such as PT30S, \
                        or an expression in `${ }`";

impl Reader<'_> {
    pub(super) fn duration(&mut self, spot: &Spot<'_>) -> Option<DurationSpec> {
        match &spot.node.kind {
            NodeKind::String(text) if is_expression(text) => {
                let pointer = spot.pointer.clone();
                Some(DurationSpec::Expression(Expression {
                    text: text.clone(),
                    pointer,
                }))
            }
            NodeKind::String(text) => self.iso_duration(spot, text),
            NodeKind::Mapping(_) => self.duration_parts(spot),
            NodeKind::Number(number) => {
                let message = format!("the duration {} is {number}, without a unit", spot.name);
                self.report(code::DURATION, spot, message, EXPECTED);
                None
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Sequence(_) => {
                self.wrong_type(spot, "a duration: parts such as `seconds: 30`, or PT30S");
                None
            }
        }
    }

    fn iso_duration(&mut self, spot: &Spot<'_>, text: &str) -> Option<DurationSpec> {
        match duration::parse_iso(text) {
            Ok(ms) => Some(DurationSpec::Literal(ms)),
            Err(reason) => {
                let message = format!("`{}` is not a duration: {reason}", clip(text));
                self.report(code::DURATION, spot, message, EXPECTED);
                None
            }
        }
    }

    fn duration_parts(&mut self, spot: &Spot<'_>) -> Option<DurationSpec> {
        let names = duration::PARTS.map(|(name, _)| name);
        let fields = self.object(spot, "a duration", &names)?;
        if fields.is_empty() {
            let message = format!("the duration {} has no parts", spot.name);
            self.report(code::EMPTY, spot, message, EXPECTED);
            return None;
        }
        let mut total = Some(0_u64);
        for (name, unit_ms) in duration::PARTS {
            if let Some(part) = fields.get(name) {
                let count = self.integer(&part, 0..=u64::MAX)?;
                total = total.and_then(|sum| sum.checked_add(count.checked_mul(unit_ms)?));
            }
        }
        if total.is_none() {
            let message = format!("the duration {} is too long", spot.name);
            self.report(
                code::DURATION,
                spot,
                message,
                "expected less than 584 million years",
            );
        }
        total.map(DurationSpec::Literal)
    }

    /// A duration that must not be zero, where it is known.
    pub(super) fn interval(&mut self, spot: &Spot<'_>) -> Option<DurationSpec> {
        let duration = self.duration(spot)?;
        if duration == DurationSpec::Literal(0) {
            let message = format!("{} is no time at all", spot.name);
            self.report(
                code::NOT_ALLOWED,
                spot,
                message,
                "expected at least a millisecond",
            );
            return None;
        }
        Some(duration)
    }
}

//! Durations: objects of parts, ISO 8601 text, or expressions.

use serde_json::Value;
use thiserror::Error;

use crate::model::data::Expression;

/// A duration as a definition gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationSpec {
    /// Known now, in milliseconds.
    Literal(u64),
    /// `${ … }`, yielding an object of parts or ISO 8601 text: see [`parse_value`].
    Expression(Expression),
}

/// Why something is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It is neither a string nor an object.
    #[error("neither ISO 8601 text nor an object of parts")]
    Type,
    /// An object with a part that is none, or with none.
    #[error("its parts are days, hours, minutes, seconds and milliseconds, whole and not negative")]
    Parts,
    /// It does not begin with `P`.
    #[error("ISO 8601 durations begin with `P`")]
    Start,
    /// It is negative.
    #[error("it is negative")]
    Negative,
    /// There is no part at all, or none after `T`.
    #[error("a part is missing after `P` or `T`")]
    Incomplete,
    /// A part is not a number and one of the units, in their order.
    #[error("its parts are numbers with units, in this order: Y M W D, then T and H M S")]
    Part,
    /// It does not fit 64 bits of milliseconds.
    #[error("it is too long")]
    Overflow,
}

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The parts of an object, with their milliseconds.
pub(crate) const PARTS: [(&str, u64); 5] = [
    ("days", DAY_MS),
    ("hours", HOUR_MS),
    ("minutes", MINUTE_MS),
    ("seconds", SECOND_MS),
    ("milliseconds", 1),
];

/// The units of ISO 8601 before and after the `T`. A year is 365 days and a month 30, since a
/// duration here is a length of time and no calendar is at hand.
const DATE_UNITS: [(char, u64); 4] = [
    ('Y', 365 * DAY_MS),
    ('M', 30 * DAY_MS),
    ('W', 7 * DAY_MS),
    ('D', DAY_MS),
];
const TIME_UNITS: [(char, u64); 3] = [('H', HOUR_MS), ('M', MINUTE_MS), ('S', SECOND_MS)];

/// The digits of a fraction that are read; a year has fewer than 10^11 milliseconds.
const FRACTION_DIGITS: u32 = 12;

/// The milliseconds of a duration that an expression yielded: an object of parts or ISO 8601.
pub fn parse_value(value: &Value) -> Result<u64, DurationError> {
    match value {
        Value::String(text) => parse_iso(text),
        Value::Object(parts) if !parts.is_empty() => {
            parts.iter().try_fold(0_u64, |sum, (name, count)| {
                let unit = PARTS.iter().find(|(part, _)| part == name);
                let (_, unit_ms) = unit.ok_or(DurationError::Parts)?;
                let count = count.as_u64().ok_or(DurationError::Parts)?;
                let part_ms = count.checked_mul(*unit_ms).ok_or(DurationError::Overflow)?;
                sum.checked_add(part_ms).ok_or(DurationError::Overflow)
            })
        }
        Value::Object(_) => Err(DurationError::Parts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(DurationError::Type)
        }
    }
}

/// The milliseconds of an ISO 8601 duration such as `P1DT2H` or `PT0.5S`.
///
/// Every part may have a fraction; what is less than half a millisecond is dropped. A year counts
/// 365 days, a month 30.
pub fn parse_iso(text: &str) -> Result<u64, DurationError> {
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let rest = text.strip_prefix('P').ok_or(DurationError::Start)?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    if rest.is_empty() || time.is_some_and(str::is_empty) {
        return Err(DurationError::Incomplete);
    }
    let date_ms = parts(date, &DATE_UNITS)?;
    let time_ms = parts(time.unwrap_or_default(), &TIME_UNITS)?;
    date_ms.checked_add(time_ms).ok_or(DurationError::Overflow)
}

fn parts(mut text: &str, units: &[(char, u64)]) -> Result<u64, DurationError> {
    let mut units = units.iter();
    let mut sum = 0_u64;
    while !text.is_empty() {
        if text.starts_with('-') {
            return Err(DurationError::Negative);
        }
        let end = text.find(|char: char| !char.is_ascii_digit() && char != '.');
        let (number, rest) = text.split_at(end.ok_or(DurationError::Part)?);
        let mut rest = rest.chars();
        let symbol = rest.next().ok_or(DurationError::Part)?;
        let unit = units
            .find(|(unit, _)| *unit == symbol)
            .ok_or(DurationError::Part)?;
        sum = sum
            .checked_add(part(number, unit.1)?)
            .ok_or(DurationError::Overflow)?;
        text = rest.as_str();
    }
    Ok(sum)
}

/// `number` units of `unit_ms` each; at least a digit on each side of a point.
fn part(number: &str, unit_ms: u64) -> Result<u64, DurationError> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return Err(DurationError::Part),
        Some(parts) => parts,
        None => (number, ""),
    };
    if whole.is_empty() || fraction.contains('.') {
        return Err(DurationError::Part);
    }
    let whole: u64 = whole.parse().map_err(|_| DurationError::Overflow)?;
    let whole_ms = whole.checked_mul(unit_ms).ok_or(DurationError::Overflow)?;
    let scale = 10_u128.pow(FRACTION_DIGITS);
    let numerator = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(FRACTION_DIGITS as usize)
        .fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
    let fraction_ms = (numerator * u128::from(unit_ms) + scale / 2) / scale;
    let fraction_ms = u64::try_from(fraction_ms).map_err(|_| DurationError::Overflow)?;
    whole_ms
        .checked_add(fraction_ms)
        .ok_or(DurationError::Overflow)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn iso_durations() {
        let day = 86_400_000;
        let table = [
            ("PT0S", 0),
            ("PT1S", 1_000),
            ("PT0.5S", 500),
            ("PT0.0004S", 0),
            ("PT0.0005S", 1),
            ("PT1.5H", 5_400_000),
            ("PT1M", 60_000),
            ("P1M", 30 * day),
            ("P1Y", 365 * day),
            ("P2W", 14 * day),
            ("P1.5D", 36 * 3_600_000),
            ("P0.5Y", 365 * day / 2),
            ("P1D", day),
            ("P1DT1S", day + 1_000),
            ("P1Y2M3W4DT5H6M7.5S", (365 + 60 + 21 + 4) * day + 18_367_500),
            ("PT007S", 7_000),
            ("PT18446744073709551S", 18_446_744_073_709_551_000),
        ];
        for (text, ms) in table {
            assert_eq!(parse_iso(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_iso_duration() {
        let table = [
            ("", DurationError::Start),
            ("1h", DurationError::Start),
            ("pt1s", DurationError::Start),
            (" PT1S", DurationError::Start),
            ("-PT5S", DurationError::Negative),
            ("PT-5S", DurationError::Negative),
            ("P", DurationError::Incomplete),
            ("PT", DurationError::Incomplete),
            ("P1DT", DurationError::Incomplete),
            ("P1", DurationError::Part),
            ("P1H", DurationError::Part),
            ("PT1D", DurationError::Part),
            ("P1D2Y", DurationError::Part),
            ("P1D1D", DurationError::Part),
            ("PT1,5S", DurationError::Part),
            ("PT.5S", DurationError::Part),
            ("PT1.S", DurationError::Part),
            ("PT1.2.3S", DurationError::Part),
            ("PTS", DurationError::Part),
            ("PT1S ", DurationError::Part),
            ("PT1ST1S", DurationError::Part),
            ("PT\u{661}S", DurationError::Part),
            ("P1é", DurationError::Part),
            ("P99999999999999999999Y", DurationError::Overflow),
            ("P999999999Y", DurationError::Overflow),
        ];
        for (text, error) in table {
            assert_eq!(parse_iso(text), Err(error), "{text}");
        }
    }

    #[test]
    fn durations_that_expressions_yield() {
        assert_eq!(parse_value(&json!("PT2S")), Ok(2_000));
        assert_eq!(
            parse_value(&json!({ "hours": 1, "seconds": 2 })),
            Ok(3_602_000)
        );
        assert_eq!(parse_value(&json!({})), Err(DurationError::Parts));
        assert_eq!(
            parse_value(&json!({ "years": 1 })),
            Err(DurationError::Parts)
        );
        assert_eq!(
            parse_value(&json!({ "seconds": -1 })),
            Err(DurationError::Parts)
        );
        assert_eq!(
            parse_value(&json!({ "seconds": 0.5 })),
            Err(DurationError::Parts)
        );
        assert_eq!(
            parse_value(&json!({ "days": u64::MAX })),
            Err(DurationError::Overflow)
        );
        assert_eq!(parse_value(&json!(5)), Err(DurationError::Type));
    }
}

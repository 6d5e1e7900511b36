//! Plain YAML scalars by the core schema of YAML 1.2 (section 10.3.2).

use serde_json::Number;

use crate::source::node::NodeKind;

/// A number that JSON cannot hold.
pub(super) struct Unrepresentable;

/// What a plain scalar is: `on`, `yes` and `012` hold no surprises here.
pub(super) fn resolve(text: &str) -> Result<NodeKind, Unrepresentable> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(NodeKind::Null),
        "true" | "True" | "TRUE" => return Ok(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(NodeKind::Bool(false)),
        _ => {}
    }
    match number(text) {
        Some(Ok(number)) => Ok(NodeKind::Number(number)),
        Some(Err(unrepresentable)) => Err(unrepresentable),
        None => Ok(NodeKind::String(text.to_owned())),
    }
}

/// The number that a text is; `None` if it is no number at all.
pub(super) fn number(text: &str) -> Option<Result<Number, Unrepresentable>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(Unrepresentable));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|char| char.is_digit(radix))
        {
            let number = u64::from_str_radix(digits, radix).map(Number::from);
            return Some(number.map_err(|_| Unrepresentable));
        }
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(integer(text).ok_or(Unrepresentable));
    }
    if !is_float(unsigned) {
        return None;
    }
    let float = text.parse::<f64>().ok().and_then(Number::from_f64);
    Some(float.ok_or(Unrepresentable))
}

fn integer(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let unsigned = text.parse::<u64>().ok().map(Number::from);
    unsigned.or_else(|| text.parse::<i64>().ok().map(Number::from))
}

/// `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, then perhaps an exponent.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

//! Checks before jaq's time conversions, which overflow on absurd input, and which would look up
//! time zones on this machine. The conversions themselves know UTC only.

use jaq_core::native::{bome, unary};

use super::{Named, not_a, plain, valued};
use crate::value::{Error, Num, Val, ValR};

/// Beyond the year 9999 either way.
const SECONDS_MAX: f64 = 1e12;

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("_time", |cv| bome(time(cv.1))),
        valued("_format", 1, |cv| {
            unary(cv, |value, format| no_zone(&format).map(|()| value))
        }),
    ]
}

/// Passes seconds since the epoch, or a broken down time, on if they are within reason.
fn time(value: Val) -> ValR {
    let within = |number: &Num, most: f64| number.as_f64().abs() <= most;
    let sensible = match &value {
        Val::Num(seconds) => within(seconds, SECONDS_MAX),
        Val::Arr(parts) => {
            let mut parts = parts.items().iter().take(6);
            parts.all(|part| part.as_num().is_some_and(|part| within(part, 9999.0)))
                // The month is counted from zero, and jaq adds one.
                && value.as_items().and_then(|parts| parts.get(1)).and_then(Val::as_num)
                    .is_some_and(|month| within(month, 11.0))
        }
        Val::Null(_) | Val::Bool(_) | Val::Str(_) | Val::Obj(_) => false,
    };
    if sensible {
        Ok(value)
    } else {
        Err(not_a(&value, "a time in seconds or parts"))
    }
}

/// Time zone names (`%Q`, `%Z`) would be looked up on this machine.
fn no_zone(format: &Val) -> Result<(), Error> {
    let text = format
        .as_str()
        .ok_or_else(|| not_a(format, "a time format"))?;
    if text.contains(['Q', 'Z']) && has_zone(text) {
        return Err(Error::str(
            "time formats with zone names (%Z, %Q) are not supported",
        ));
    }
    Ok(())
}

fn has_zone(format: &str) -> bool {
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character == '%' {
            // Flags, widths and colons may stand between.
            let directive = characters.find(|next| next.is_alphabetic() || *next == '%');
            if matches!(directive, Some('Q' | 'Z')) {
                return true;
            }
        }
    }
    false
}

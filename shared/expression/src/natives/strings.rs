//! Strings.

use jaq_core::native::{bome, unary};

use super::{Named, not_a, plain, valued};
use crate::meter;
use crate::value::{Error, Num, Val, ValR, exhausted};

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("utf8bytelength", |cv| {
            bome(paid(&cv.1).map(|text| Val::int(text.len())))
        }),
        plain("ascii_downcase", |cv| {
            bome(paid(&cv.1).and_then(|text| Val::text(text.to_ascii_lowercase())))
        }),
        plain("ascii_upcase", |cv| {
            bome(paid(&cv.1).and_then(|text| Val::text(text.to_ascii_uppercase())))
        }),
        plain("explode", |cv| bome(paid(&cv.1).and_then(explode))),
        plain("implode", |cv| bome(implode(&cv.1))),
        plain("trim", |cv| {
            bome(paid(&cv.1).and_then(|text| Val::text(text.trim())))
        }),
        plain("ltrim", |cv| {
            bome(paid(&cv.1).and_then(|text| Val::text(text.trim_start())))
        }),
        plain("rtrim", |cv| {
            bome(paid(&cv.1).and_then(|text| Val::text(text.trim_end())))
        }),
        valued("startswith", 1, |cv| {
            unary(cv, |value, part| {
                Ok(Val::Bool(paid(&value)?.starts_with(paid(&part)?)))
            })
        }),
        valued("endswith", 1, |cv| {
            unary(cv, |value, part| {
                Ok(Val::Bool(paid(&value)?.ends_with(paid(&part)?)))
            })
        }),
        valued("ltrimstr", 1, |cv| {
            unary(cv, |value, part| trimmed(value, &part, true, false))
        }),
        valued("rtrimstr", 1, |cv| {
            unary(cv, |value, part| trimmed(value, &part, false, true))
        }),
        valued("trimstr", 1, |cv| {
            unary(cv, |value, part| trimmed(value, &part, true, true))
        }),
        valued("split", 1, |cv| {
            unary(cv, |value, separator| value / separator)
        }),
        valued("join", 1, |cv| {
            unary(cv, |value, separator| join(&value, &separator))
        }),
    ]
}

/// The string's content, paid for once.
pub(super) fn paid(value: &Val) -> Result<&str, Error> {
    let text = value.as_str().ok_or_else(|| not_a(value, "a string"))?;
    if meter::tick_bytes(text.len()) {
        Ok(text)
    } else {
        Err(exhausted())
    }
}

fn explode(text: &str) -> ValR {
    let codes: Vec<Val> = text.chars().map(|code| Val::int(code as usize)).collect();
    Val::array(codes)
}

fn implode(value: &Val) -> ValR {
    let items = value
        .as_items()
        .ok_or_else(|| not_a(value, "an array of code points"))?;
    if !meter::tick(1 + items.len() as u64 / 8) {
        return Err(exhausted());
    }
    let mut text = String::new();
    for item in items {
        let code = item
            .as_num()
            .and_then(Num::floor)
            .ok_or_else(|| not_a(item, "a code point"))?;
        let code = u32::try_from(code).ok().and_then(char::from_u32);
        text.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Val::text(text)
}

fn trimmed(value: Val, part: &Val, left: bool, right: bool) -> ValR {
    let (Some(text), Some(part)) = (value.as_str(), part.as_str()) else {
        return Ok(value);
    };
    let mut rest = text;
    if left {
        rest = rest.strip_prefix(part).unwrap_or(rest);
    }
    if right {
        rest = rest.strip_suffix(part).unwrap_or(rest);
    }
    if rest.len() == text.len() {
        Ok(value)
    } else {
        Val::text(rest)
    }
}

/// Nulls join as nothing, numbers and booleans as their text.
fn join(value: &Val, separator: &Val) -> ValR {
    let items = value.as_items().ok_or_else(|| not_a(value, "an array"))?;
    let separator = match (separator.as_str(), items.is_empty()) {
        (Some(separator), _) => separator,
        (None, true) => "",
        (None, false) => return Err(not_a(separator, "a string")),
    };
    let bytes = value
        .bytes()
        .saturating_add(items.len().saturating_mul(separator.len()));
    if !(meter::tick_bytes(bytes) && meter::tick(items.len() as u64) && meter::admits(bytes, 0)) {
        return Err(exhausted());
    }
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        match item {
            Val::Null(_) => {}
            Val::Str(text) => joined.push_str(text),
            Val::Bool(_) | Val::Num(_) => joined.push_str(&crate::value::to_text(item)),
            Val::Arr(_) | Val::Obj(_) => {
                return Err(Error::str(format_args!(
                    "string and {} cannot be added",
                    item.kind()
                )));
            }
        }
    }
    Val::text(joined)
}

//! Types, numbers and conversions.

use jaq_core::native::{bome, unary};

use super::{Named, not_a, plain, valued};
use crate::meter;
use crate::value::{Error, Num, Val, ValR, exhausted, from_json, to_text};

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("null", |_| bome(Ok(Val::NULL))),
        plain("true", |_| bome(Ok(Val::Bool(true)))),
        plain("false", |_| bome(Ok(Val::Bool(false)))),
        plain("not", |cv| bome(Ok(Val::Bool(!cv.1.truthy())))),
        plain("type", |cv| bome(Ok(Val::string(cv.1.kind())))),
        plain("_error", |cv| bome(Err(Error::new(cv.1)))),
        plain("nan", |_| bome(Ok(Val::Num(Num::Float(f64::NAN))))),
        plain("infinite", |_| {
            bome(Ok(Val::Num(Num::Float(f64::INFINITY))))
        }),
        plain("isnan", |cv| {
            bome(number(&cv.1).map(|number| Val::Bool(number.is_nan())))
        }),
        plain("isinfinite", |cv| {
            bome(number(&cv.1).map(|number| Val::Bool(number.as_f64().is_infinite())))
        }),
        plain("isnormal", |cv| {
            bome(number(&cv.1).map(|number| Val::Bool(number.as_f64().is_normal())))
        }),
        plain("length", |cv| bome(length(&cv.1))),
        plain("abs", |cv| {
            bome(number(&cv.1).map(|number| Val::Num(number.abs())))
        }),
        plain("tojson", |cv| {
            bome(if meter::tick_bytes(cv.1.bytes()) {
                Val::text(to_text(&cv.1))
            } else {
                Err(exhausted())
            })
        }),
        plain("fromjson", |cv| bome(parse(&cv.1))),
        plain("tonumber", |cv| bome(to_number(cv.1))),
        plain("toboolean", |cv| bome(to_boolean(cv.1))),
        valued("has", 1, |cv| {
            unary(cv, |value, key| value.has(&key).map(Val::Bool))
        }),
        valued("contains", 1, |cv| {
            unary(cv, |value, part| contains(&value, &part).map(Val::Bool))
        }),
    ]
}

fn number(value: &Val) -> Result<&Num, Error> {
    value.as_num().ok_or_else(|| not_a(value, "a number"))
}

fn length(value: &Val) -> ValR {
    Ok(match value {
        Val::Null(_) => Val::int(0),
        Val::Bool(_) => return Err(Error::str("boolean has no length")),
        Val::Num(number) => Val::Num(number.abs()),
        Val::Str(text) => {
            if !meter::tick_bytes(text.len()) {
                return Err(exhausted());
            }
            Val::int(text.chars().count())
        }
        Val::Arr(array) => Val::int(array.items().len()),
        Val::Obj(object) => Val::int(object.entries().len()),
    })
}

fn parse(value: &Val) -> ValR {
    let text = value
        .as_str()
        .ok_or_else(|| not_a(value, "a string of JSON"))?;
    // Parsed values take several times the memory of their text.
    if !meter::tick_bytes(text.len().saturating_mul(8)) {
        return Err(exhausted());
    }
    if text.trim() == "nan" {
        return Ok(Val::Num(Num::Float(f64::NAN)));
    }
    let parsed: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| Error::str(format_args!("string is not valid JSON: {error}")))?;
    let parsed =
        from_json(&parsed).ok_or_else(|| Error::str("string of JSON is nested too deep"))?;
    if meter::admits(parsed.bytes(), parsed.depth()) {
        Ok(parsed)
    } else {
        Err(exhausted())
    }
}

fn to_number(value: Val) -> ValR {
    match &value {
        Val::Num(_) => Ok(value),
        Val::Str(text) => match Num::parse(text) {
            Some(Num::Float(float)) => Ok(Val::from(float)),
            Some(number) => Ok(Val::Num(number)),
            None => Err(Error::str("string cannot be parsed as a number")),
        },
        Val::Null(_) | Val::Bool(_) | Val::Arr(_) | Val::Obj(_) => Err(Error::str(format_args!(
            "{} cannot be parsed as a number",
            value.kind()
        ))),
    }
}

fn to_boolean(value: Val) -> ValR {
    match value.as_str() {
        Some("true") => Ok(Val::Bool(true)),
        Some("false") => Ok(Val::Bool(false)),
        _ if matches!(value, Val::Bool(_)) => Ok(value),
        _ => Err(Error::str(format_args!(
            "{} cannot be parsed as a boolean",
            value.kind()
        ))),
    }
}

fn contains(value: &Val, part: &Val) -> Result<bool, Error> {
    match (value, part) {
        (Val::Str(text), Val::Str(part)) => {
            if !meter::tick_bytes(text.len()) {
                return Err(exhausted());
            }
            Ok(text.contains(part.as_str()))
        }
        (Val::Arr(array), Val::Arr(part)) => {
            for wanted in part.items() {
                let mut found = false;
                for item in array.items() {
                    if same_kind(item, wanted) && contains(item, wanted)? {
                        found = true;
                        break;
                    }
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::Obj(object), Val::Obj(part)) => {
            for (key, wanted) in part.entries() {
                match object.get(key) {
                    Some(item) if same_kind(item, wanted) && contains(item, wanted)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        _ if same_kind(value, part) => {
            if !meter::tick(1) {
                return Err(exhausted());
            }
            Ok(value == part)
        }
        _ => Err(Error::str(format_args!(
            "{} and {} cannot have their containment checked",
            value.kind(),
            part.kind()
        ))),
    }
}

fn same_kind(x: &Val, y: &Val) -> bool {
    x.kind() == y.kind()
}

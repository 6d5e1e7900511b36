//! From JSON values and back.

use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::{Array, Key, Num, Object, Val};
use crate::meter::DEPTH_MAX;

/// Converts a value; `None` if it is deeper than [`DEPTH_MAX`].
pub(crate) fn from_json(value: &Value) -> Option<Val> {
    convert(value, DEPTH_MAX)
}

fn convert(value: &Value, levels: usize) -> Option<Val> {
    Some(match value {
        Value::Null => Val::NULL,
        Value::Bool(flag) => Val::Bool(*flag),
        Value::Number(number) => Val::Num(match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Num::Int(int),
            (None, Some(int)) => Num::from_i128(int.into()),
            (None, None) => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::String(text) => Val::string(text.as_str()),
        Value::Array(items) => {
            let levels = levels.checked_sub(1)?;
            let items = items
                .iter()
                .map(|item| convert(item, levels))
                .collect::<Option<_>>()?;
            Val::Arr(Arc::new(Array::new(items)))
        }
        Value::Object(map) => {
            let levels = levels.checked_sub(1)?;
            let entry =
                |(key, item): (&String, _)| Some((Key::from(key.as_str()), convert(item, levels)?));
            Val::Obj(Arc::new(Object::new(
                map.iter().map(entry).collect::<Option<_>>()?,
            )))
        }
    })
}

/// Converts a value to JSON. As jq prints them, not-a-number is null and the infinities are the
/// largest doubles; integers beyond 64 bits lose precision.
pub(crate) fn to_json(value: &Val) -> Value {
    match value {
        Val::Null(_) => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Num(number) => number_to_json(number),
        Val::Str(text) => Value::String(text.as_str().to_owned()),
        Val::Arr(array) => Value::Array(array.items.iter().map(to_json).collect()),
        Val::Obj(object) => {
            let entry = |(key, item): (&Key, _)| (String::from(&**key), to_json(item));
            Value::Object(object.entries.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

fn number_to_json(number: &Num) -> Value {
    match number {
        Num::Int(int) => Value::from(*int),
        Num::Wide(int) => match u64::try_from(**int) {
            Ok(int) => Value::from(int),
            Err(_) => Value::from(number.as_f64()),
        },
        Num::Float(float) if float.is_nan() => Value::Null,
        Num::Float(float) => {
            Number::from_f64(float.clamp(f64::MIN, f64::MAX)).map_or(Value::Null, Value::Number)
        }
    }
}

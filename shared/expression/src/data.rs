//! Shared, immutable JSON values.

use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::Value;

/// An immutable JSON value, cheap to clone and to evaluate programs on.
///
/// jq programs work on values of another shape; the conversion costs more than most programs, so
/// it is done when a program first needs it, and then shared by all clones.
#[derive(Clone)]
pub struct Data(Arc<Inner>);

struct Inner {
    value: Value,
    converted: OnceLock<jaq_json::Val>,
    size_bytes: OnceLock<usize>,
}

static NULL: LazyLock<Data> = LazyLock::new(|| Data::from(Value::Null));

impl Data {
    /// The null value, shared.
    pub fn null() -> Self {
        NULL.clone()
    }

    /// The JSON value.
    pub fn as_value(&self) -> &Value {
        &self.0.value
    }

    /// The JSON value, copied only if it is shared.
    pub fn into_value(self) -> Value {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.value,
            Err(shared) => shared.value.clone(),
        }
    }

    /// An estimate of the value's size as JSON text, in bytes. Computed once.
    pub fn size_bytes(&self) -> usize {
        *self.0.size_bytes.get_or_init(|| size_bytes(&self.0.value))
    }

    pub(crate) fn converted(&self) -> jaq_json::Val {
        self.0
            .converted
            .get_or_init(|| to_val(&self.0.value))
            .clone()
    }
}

impl From<Value> for Data {
    fn from(value: Value) -> Self {
        Self(Arc::new(Inner {
            value,
            converted: OnceLock::new(),
            size_bytes: OnceLock::new(),
        }))
    }
}

impl Default for Data {
    fn default() -> Self {
        Self::null()
    }
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.value.fmt(f)
    }
}

fn size_bytes(value: &Value) -> usize {
    match value {
        Value::Null => 4,
        Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size_bytes(item) + 1).sum::<usize>(),
        Value::Object(map) => {
            2 + map
                .iter()
                .map(|(key, item)| key.len() + 4 + size_bytes(item))
                .sum::<usize>()
        }
    }
}

fn to_val(value: &Value) -> jaq_json::Val {
    use jaq_json::{Num, Val};
    match value {
        Value::Null => Val::Null,
        Value::Bool(flag) => Val::Bool(*flag),
        Value::Number(number) => Val::Num(match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Num::from_integral(int),
            (None, Some(int)) => Num::from_integral(int),
            (None, None) => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::String(text) => Val::utf8_str(text.clone()),
        Value::Array(items) => items.iter().map(to_val).collect(),
        Value::Object(map) => Val::obj(
            map.iter()
                .map(|(key, item)| (Val::utf8_str(key.clone()), to_val(item)))
                .collect(),
        ),
    }
}

pub(crate) fn from_val(value: &jaq_json::Val) -> Value {
    use jaq_json::{Num, Val};
    match value {
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Num(number) => match number {
            Num::Int(int) => Value::from(*int as i64),
            other @ (Num::BigInt(_) | Num::Float(_) | Num::Dec(_)) => {
                let text = other.to_string();
                match text.parse::<u64>() {
                    Ok(int) => Value::from(int),
                    Err(_) => text.parse::<f64>().map_or(Value::Null, Value::from),
                }
            }
        },
        Val::TStr(text) | Val::BStr(text) => {
            Value::String(String::from_utf8_lossy(text).into_owned())
        }
        Val::Arr(items) => Value::Array(items.iter().map(from_val).collect()),
        Val::Obj(map) => Value::Object(
            map.iter()
                .map(|(key, item)| match from_val(key) {
                    Value::String(key) => (key, from_val(item)),
                    other @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::Array(_)
                    | Value::Object(_)) => (other.to_string(), from_val(item)),
                })
                .collect(),
        ),
    }
}

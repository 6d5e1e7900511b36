//! Shared, immutable JSON values.

use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::Value;

use crate::value::{Val, from_json};

/// An immutable JSON value, cheap to clone and to evaluate programs on.
///
/// jq programs work on values of another shape; the conversion costs more than most programs, so
/// it is done when a program first needs it, and then shared by all clones.
#[derive(Clone)]
pub struct Data(Arc<Inner>);

struct Inner {
    value: Value,
    converted: OnceLock<Option<Val>>,
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

    /// The value as programs handle it; `None` if it is nested too deep.
    pub(crate) fn converted(&self) -> Option<Val> {
        self.0
            .converted
            .get_or_init(|| from_json(&self.0.value))
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

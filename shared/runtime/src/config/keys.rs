//! Which keys exist, what shape their values have, and which is meant by a misspelt one.

use serde_json::Value;

use super::Config;

/// The prefix of the environment's keys.
pub(super) const PREFIX: &str = "WEIR_";

/// All keys with their defaults, in the order of declaration: the serialised defaults themselves,
/// so that a new field is known as soon as it is declared.
pub(super) struct Keys(Value);

impl Keys {
    pub(super) fn new() -> Self {
        Self(serde_json::to_value(Config::default()).unwrap_or_default())
    }

    /// The default of `key`, `None` if there is no such key. Sections are no keys.
    pub(super) fn default_of(&self, key: &str) -> Option<&Value> {
        let (section, name) = key.split_once('.')?;
        self.0.get(section)?.get(name)
    }

    /// Whether `key` is a key or a section.
    pub(super) fn exists(&self, key: &str) -> bool {
        self.default_of(key).is_some() || self.0.get(key).is_some()
    }

    /// Every key.
    pub(super) fn all(&self) -> impl Iterator<Item = String> {
        self.0
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(section, names)| {
                let names = names.as_object().into_iter().flatten();
                names.map(move |(name, _)| format!("{section}.{name}"))
            })
    }

    /// The key that was most probably meant by `unknown`.
    pub(super) fn nearest(&self, unknown: &str) -> String {
        let name = last_segment(unknown);
        let score = |key: &String| {
            // The right name under the wrong section is nearer than anything merely similar.
            let same_name = f64::from(u8::from(last_segment(key) == name));
            same_name + strsim::normalized_damerau_levenshtein(key, unknown)
        };
        self.all()
            .max_by(|a, b| score(a).total_cmp(&score(b)))
            .unwrap_or_default()
    }

    /// `text` from the environment or a flag as the type that `key` has by default; text that does
    /// not fit stays text, for the typed reader to refuse.
    pub(super) fn typed(&self, key: &str, text: &str) -> config::ValueKind {
        match self.default_of(key) {
            Some(Value::Number(_)) => match text.trim().parse::<u64>() {
                Ok(number) => number.into(),
                Err(_) => text.into(),
            },
            Some(Value::Array(_)) => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                items.map(str::to_owned).collect::<Vec<_>>().into()
            }
            Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Object(_)) | None => {
                text.into()
            }
        }
    }
}

/// How `key` is written in the environment.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn last_segment(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

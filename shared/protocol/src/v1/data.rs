//! JSON data inside stored forms: shared, not copied.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use weir_expression::Data;

pub(super) fn serialize<S: Serializer>(data: &Data, serializer: S) -> Result<S::Ok, S::Error> {
    data.as_value().serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
    Value::deserialize(deserializer).map(Data::from)
}

/// The same for data that may be absent; an explicit `null` is data.
pub(super) mod optional {
    use super::{Data, Deserialize, Deserializer, Serializer, Value};

    #[allow(clippy::ref_option, reason = "serde passes the field's reference")]
    pub fn serialize<S: Serializer>(data: &Option<Data>, serializer: S) -> Result<S::Ok, S::Error> {
        match data {
            Some(data) => super::serialize(data, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Data>, D::Error> {
        Value::deserialize(d).map(|value| Some(Data::from(value)))
    }
}

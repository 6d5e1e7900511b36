//! Reading events, strictly: the SDK reads, and what it lets through is checked here.

use base64::prelude::{BASE64_STANDARD, Engine};
use cloudevents::{
    Event,
    message::{BinaryDeserializer, BinarySerializer, MessageAttributeValue},
};
use serde_json::{Map, Value};
use weir_expression::DEPTH_MAX;

use super::{BATCH, CloudEvent, CloudEventError, STRUCTURED};
use crate::json::{self, JsonError};

/// Prefix of attribute headers in binary mode.
const PREFIX: &str = "ce-";
/// Context attributes that must be there.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];
/// Context attributes that may be there.
const OPTIONAL: [&str; 4] = ["datacontenttype", "dataschema", "subject", "time"];
/// Longest attribute value, in bytes: events travel in headers and subjects.
const ATTRIBUTE_BYTES_MAX: usize = 4096;
/// Levels of an event: expressions take one more, for a workflow gets it in an array.
const LEVELS_MAX: usize = DEPTH_MAX - 1;

pub(super) fn structured(body: &[u8]) -> Result<CloudEvent, CloudEventError> {
    let value: Value = json::read(body, LEVELS_MAX).map_err(|e| not_json(&e))?;
    CloudEvent::from_value(value)
}

pub(super) fn batch(body: &[u8]) -> Result<Vec<CloudEvent>, CloudEventError> {
    let values: Vec<Value> = json::read(body, LEVELS_MAX + 1).map_err(|e| not_json(&e))?;
    let indexed = |(index, value)| {
        CloudEvent::from_value(value).map_err(|error| match error {
            CloudEventError::Attribute { attribute, reason } => CloudEventError::Attribute {
                attribute: format!("{index}/{attribute}"),
                reason,
            },
            CloudEventError::Body(reason) => {
                CloudEventError::Body(format!("event {index}: {reason}"))
            }
            CloudEventError::NotACloudEvent => CloudEventError::NotACloudEvent,
        })
    };
    values.into_iter().enumerate().map(indexed).collect()
}

pub(super) fn message<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> Result<CloudEvent, CloudEventError> {
    let headers: Vec<(String, &str)> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let header = |name: &str| {
        headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, v)| *v)
    };
    let content_type = header("content-type").or_else(|| header("ce-datacontenttype"));
    let media_type = content_type.map(|text| text.split(';').next().unwrap_or_default().trim());
    match media_type {
        Some(media) if media.eq_ignore_ascii_case(STRUCTURED) => structured(body),
        Some(media) if media.eq_ignore_ascii_case(BATCH) => Err(CloudEventError::Body(
            "a batch is accepted over HTTP only: send one event a message".to_owned(),
        )),
        _ if header("ce-specversion").is_some() => binary(&headers, content_type, body),
        // Publishers without headers (`nats pub` and the like): the event as plain JSON.
        None if body.first() == Some(&b'{') => structured(body),
        _ => Err(CloudEventError::NotACloudEvent),
    }
}

/// Binary mode: attributes in headers, data in the body.
fn binary(
    headers: &[(String, &str)],
    content_type: Option<&str>,
    body: &[u8],
) -> Result<CloudEvent, CloudEventError> {
    let mut attributes = Vec::new();
    for (name, value) in headers {
        let Some(name) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if name == "datacontenttype" {
            continue;
        }
        if attributes.iter().any(|(known, _)| known == name) {
            return Err(attribute(name, "it is given twice"));
        }
        // How headers that cannot be read are shown: two that differ may look the same.
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(attribute(
                name,
                "its header holds bytes that are not UTF-8, or a line break: percent-encode them",
            ));
        }
        let value = percent_decode(value)
            .ok_or_else(|| attribute(name, "its percent-encoding is not UTF-8"))?;
        attributes.push((name.to_owned(), value));
    }
    for name in REQUIRED {
        if !attributes.iter().any(|(known, _)| known == name) {
            return Err(attribute(
                name,
                &format!("it is required: send a header `{PREFIX}{name}`"),
            ));
        }
    }
    let binary = Binary {
        attributes,
        content_type: content_type.map(str::to_owned),
    };
    let event = binary
        .into_event()
        .map_err(|error| CloudEventError::Body(error.to_string()))?;
    let Ok(Value::Object(mut object)) = serde_json::to_value(&event) else {
        return Err(CloudEventError::NotACloudEvent);
    };
    put_data(&mut object, content_type, body)?;
    CloudEvent::from_value(Value::Object(object))
}

/// Data as JSON where its content type says so, as text where it is text, else in base64.
fn put_data(
    object: &mut Map<String, Value>,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), CloudEventError> {
    if body.is_empty() {
        return Ok(());
    }
    let media = content_type.unwrap_or("application/json");
    let media = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if media == "application/json" || media.ends_with("+json") {
        object.insert(
            "data".to_owned(),
            json::read(body, LEVELS_MAX - 1).map_err(|e| not_json(&e))?,
        );
    } else if media.starts_with("text/") {
        let text = std::str::from_utf8(body)
            .map_err(|error| CloudEventError::Body(format!("{media} is not UTF-8: {error}")))?;
        object.insert("data".to_owned(), Value::String(text.to_owned()));
    } else {
        object.insert(
            "data_base64".to_owned(),
            Value::String(BASE64_STANDARD.encode(body)),
        );
    }
    Ok(())
}

/// A message in binary mode, without its data.
struct Binary {
    attributes: Vec<(String, String)>,
    content_type: Option<String>,
}

impl BinaryDeserializer for Binary {
    fn deserialize_binary<R: Sized, V: BinarySerializer<R>>(
        self,
        mut visitor: V,
    ) -> cloudevents::message::Result<R> {
        let version = self
            .attributes
            .iter()
            .find(|(name, _)| name == "specversion");
        let version = version.map_or("", |(_, value)| value.as_str());
        visitor = visitor.set_spec_version(version.try_into()?)?;
        if let Some(content_type) = self.content_type {
            let value = MessageAttributeValue::String(content_type);
            visitor = visitor.set_attribute("datacontenttype", value)?;
        }
        for (name, value) in self.attributes {
            let value = MessageAttributeValue::String(value);
            visitor = match name.as_str() {
                "specversion" => visitor,
                known if REQUIRED.contains(&known) || OPTIONAL.contains(&known) => {
                    visitor.set_attribute(known, value)?
                }
                extension => visitor.set_extension(extension, value)?,
            };
        }
        visitor.end()
    }
}

/// What the SDK does not check.
pub(super) fn validate(value: &Value) -> Result<(), CloudEventError> {
    let Value::Object(object) = value else {
        return Err(CloudEventError::Body(format!(
            "expected a JSON object, found {}",
            kind(value)
        )));
    };
    for name in REQUIRED {
        match object.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {}
            None | Some(Value::Null) => return Err(attribute(name, "it is required")),
            Some(other) => {
                let found = if other == "" {
                    "an empty string"
                } else {
                    kind(other)
                };
                return Err(attribute(
                    name,
                    &format!("expected a non-empty string, found {found}"),
                ));
            }
        }
    }
    if object.get("specversion").and_then(Value::as_str) != Some("1.0") {
        return Err(attribute("specversion", "only 1.0 is supported"));
    }
    if object.contains_key("data") && object.contains_key("data_base64") {
        return Err(CloudEventError::Body(
            "it has both `data` and `data_base64`".to_owned(),
        ));
    }
    for (name, value) in object {
        if !matches!(name.as_str(), "data" | "data_base64") {
            validate_attribute(name, value)?;
        }
    }
    // The SDK checks the formats: time, dataschema, base64.
    let mut head = object.clone();
    if head.contains_key("data") {
        head.insert("data".to_owned(), Value::Null);
        head.remove("datacontenttype");
    }
    serde_json::from_value::<Event>(Value::Object(head))
        .map(drop)
        .map_err(|error| CloudEventError::Body(error.to_string()))
}

fn validate_attribute(name: &str, value: &Value) -> Result<(), CloudEventError> {
    let is_name_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_name_char) {
        return Err(attribute(
            name,
            "names have lower-case letters and digits only, at most 64",
        ));
    }
    match value {
        Value::String(text) if text.len() > ATTRIBUTE_BYTES_MAX => Err(attribute(
            name,
            &format!("it has more than {ATTRIBUTE_BYTES_MAX} bytes"),
        )),
        Value::String(text) if text.chars().any(char::is_control) => {
            Err(attribute(name, "it has control characters"))
        }
        Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Null => Ok(()),
        Value::Array(_) | Value::Object(_) => Err(attribute(
            name,
            &format!(
                "expected a string, number or boolean, found {}",
                kind(value)
            ),
        )),
    }
}

fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = (first == b'%').then(|| tail.get(..2)).flatten();
        let decoded = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).ok()
}

fn not_json(error: &JsonError) -> CloudEventError {
    CloudEventError::Body(match error {
        JsonError::TooDeep(error) => error.to_string(),
        JsonError::Invalid(error) => format!("not valid JSON: {error}"),
    })
}

fn attribute(name: &str, reason: &str) -> CloudEventError {
    let name = name.chars().filter(|c| !c.is_control()).take(64).collect();
    CloudEventError::Attribute {
        attribute: name,
        reason: reason.to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use weir_expression::Data;

    use super::*;

    fn decode(headers: &[(&str, &str)], body: &str) -> Result<Value, String> {
        CloudEvent::from_message(headers.iter().copied(), body.as_bytes())
            .map(|event| event.data().as_value().clone())
            .map_err(|error| error.to_string())
    }

    const HEAD: [(&str, &str); 4] = [
        ("Ce-Specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
    ];

    #[test]
    fn both_modes_say_the_same() {
        let body = json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "t",
            "datacontenttype": "application/json", "orderid": "o-1", "time": "2026-01-01T00:00:00Z",
            "data": {"a": 1}});
        let structured = decode(
            &[(
                "content-type",
                "application/cloudevents+json; charset=utf-8",
            )],
            &body.to_string(),
        );
        let mut headers = HEAD.to_vec();
        headers.extend([
            ("content-type", "application/json"),
            ("CE-OrderId", "o-1"),
            ("ce-time", "2026-01-01T00:00:00Z"),
        ]);
        assert_eq!(structured, Ok(body.clone()));
        assert_eq!(decode(&headers, r#"{"a": 1}"#), Ok(body.clone()));
        assert_eq!(decode(&[], &body.to_string()), Ok(body));
    }

    #[test]
    fn data_follows_the_content_type() {
        let with = |media, body| {
            let mut headers = HEAD.to_vec();
            headers.push(("content-type", media));
            decode(&headers, body).map(|v| (v["data"].clone(), v["data_base64"].clone()))
        };
        assert_eq!(with("text/plain", "hi"), Ok((json!("hi"), Value::Null)));
        assert_eq!(
            with("application/x", "hi"),
            Ok((Value::Null, json!("aGk=")))
        );
        assert_eq!(
            with("application/vnd.x+json", "[1]"),
            Ok((json!([1]), Value::Null))
        );
        assert!(
            with("application/json", "{")
                .unwrap_err()
                .contains("not valid JSON")
        );
        assert_eq!(with("application/json", ""), Ok((Value::Null, Value::Null)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let event = |change: Value| {
            let mut event = json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"});
            for (name, value) in change.as_object().unwrap() {
                event[name] = value.clone();
            }
            CloudEvent::from_value(event)
                .map(drop)
                .map_err(|error| error.to_string())
        };
        for (change, message) in [
            (
                json!({"id": ""}),
                "`id`: expected a non-empty string, found an empty string",
            ),
            (json!({"id": null}), "`id`: it is required"),
            (
                json!({"type": 3}),
                "`type`: expected a non-empty string, found a number",
            ),
            (json!({"specversion": "0.3"}), "only 1.0"),
            (json!({"Bad-Name": "x"}), "lower-case letters"),
            (json!({"ext": {"a": 1}}), "found an object"),
            (json!({"time": "yesterday"}), "CloudEvent body"),
            (json!({"data": 1, "data_base64": "aGk="}), "both"),
            (json!({"data_base64": "?"}), "decode error"),
            (json!({"source": "a\nb"}), "control characters"),
        ] {
            let error = event(change.clone()).expect_err(&change.to_string());
            assert!(error.contains(message), "{change}: {error}");
        }
        assert_eq!(event(json!({"data": {"any": []}, "ext1": true})), Ok(()));
        assert!(decode(&[("content-type", "application/json")], "{}").is_err());
        assert!(decode(&HEAD[1..], "").is_err());
        assert!(decode(&HEAD[..3], "").unwrap_err().contains("ce-type"));
        let mut unreadable = HEAD;
        unreadable[1].1 = "a\u{fffd}";
        let error = decode(&unreadable, "").unwrap_err();
        assert!(error.contains("`id`: its header holds bytes"), "{error}");
        unreadable[1].1 = "a%EF%BF%BD";
        assert!(
            decode(&unreadable, "").is_ok(),
            "percent-encoded, it was meant"
        );
    }

    #[test]
    fn batches_name_the_event() {
        let good = json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"});
        let batch = json!([good, {"specversion": "1.0"}]).to_string();
        let error = CloudEvent::from_batch(batch.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("`1/id`"), "{error}");
        assert_eq!(
            CloudEvent::from_batch(json!([good]).to_string().as_bytes())
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn different_events_have_different_message_ids() {
        let ids = [
            ("a", "b/c"),
            ("a/b", "c"),
            ("a", "b%2Fc"),
            ("a/b", "%2Fc"),
            ("a", "b"),
        ];
        let ids = ids.map(|(source, id)| crate::cloudevent::message_id(source, id));
        assert_eq!(ids[4], "event/a/b");
        assert_eq!(std::collections::BTreeSet::from(ids).len(), 5);
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(
            percent_decode("a%20b%e2%82%ac%zz").as_deref(),
            Some("a b€%zz")
        );
        assert_eq!(percent_decode("%ff"), None);
    }

    #[test]
    fn events_are_shared_not_copied() {
        let event = CloudEvent::from_value(
            json!({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}),
        );
        let data: Data = event.unwrap().data().clone();
        assert_eq!(data.as_value()["id"], "1");
    }
}

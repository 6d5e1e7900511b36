//! The pieces that the schema is put together from.

use serde_json::{Map, Value, json};

/// A name and the schema of what stands there.
pub(super) type Named = (&'static str, Value);

/// `${ … }`, as [`crate::model::data::is_expression`] has it.
pub(super) const EXPRESSION: &str = r"^\s*\$\{\s*\S[\s\S]*\}\s*$";

/// One of the schema's own definitions.
pub(super) fn link(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// The same schema with words for people.
pub(super) fn about(mut schema: Value, text: &str) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), Value::from(text));
    }
    schema
}

/// The same schema with further keywords.
pub(super) fn with(mut schema: Value, more: Value) -> Value {
    if let (Value::Object(schema), Value::Object(more)) = (&mut schema, more) {
        schema.extend(more);
    }
    schema
}

/// Any value.
pub(super) fn any(text: &str) -> Value {
    json!({ "description": text })
}

/// A string.
pub(super) fn text(text: &str) -> Value {
    json!({ "type": "string", "description": text })
}

/// A string that is not blank.
pub(super) fn filled(text: &str) -> Value {
    json!({ "type": "string", "pattern": r"\S", "description": text })
}

/// A string of a certain form; `remedy` is what editors say if it has another.
pub(super) fn formed(pattern: &str, remedy: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "patternErrorMessage": remedy })
}

/// One of a few words.
pub(super) fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// True or false.
pub(super) fn boolean(text: &str) -> Value {
    json!({ "type": "boolean", "description": text })
}

/// A whole number.
pub(super) fn integer(least: u64, most: u64) -> Value {
    let whole = json!({ "type": "integer", "minimum": least });
    // Editors read numbers as floating point; what is beyond them needs no maximum.
    if most == u64::MAX {
        return whole;
    }
    with(whole, json!({ "maximum": most }))
}

/// A mapping with these properties and no others.
pub(super) fn object(properties: Vec<Named>, required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    let object = json!({ "type": "object", "properties": properties });
    let closed = json!({ "additionalProperties": false });
    if required.is_empty() {
        return with(object, closed);
    }
    with(with(object, json!({ "required": required })), closed)
}

/// A mapping of any names to values of one kind.
pub(super) fn map_of(values: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// A mapping of anything.
pub(super) fn map(text: &str) -> Value {
    json!({ "type": "object", "description": text })
}

/// A list.
pub(super) fn list_of(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A list of at least one thing with a name, `- name: …`.
pub(super) fn named_list(values: &Value) -> Value {
    with(list_of(&named_item(values)), json!({ "minItems": 1 }))
}

/// An item `- name: …`.
pub(super) fn named_item(values: &Value) -> Value {
    with(
        map_of(values),
        json!({ "minProperties": 1, "maxProperties": 1 }),
    )
}

/// Any of several schemas.
pub(super) fn either(schemas: &[Value]) -> Value {
    json!({ "anyOf": schemas })
}

/// That exactly one of these properties is there.
pub(super) fn one_of(names: &[&str]) -> Value {
    let one = names.iter().map(|name| json!({ "required": [name] }));
    json!({ "oneOf": one.collect::<Vec<_>>() })
}

/// That at least one of these properties is there.
pub(super) fn some_of(names: &[&str]) -> Value {
    let one = names.iter().map(|name| json!({ "required": [name] }));
    json!({ "anyOf": one.collect::<Vec<_>>() })
}

/// That these two properties are not both there.
pub(super) fn not_both(one: &str, other: &str) -> Value {
    json!({ "not": { "required": [one, other] } })
}

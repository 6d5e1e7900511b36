//! How many items a collection can have, where its expression or a schema tells.

use serde_json::Value;

use crate::Size;

/// The most items that an expression yields, and how that is known.
///
/// An array (`["red", "green"]`), a range (`[range(10)]`) and a slice with an end (`.items[:100]`)
/// say it themselves; for a plain path into the task's input or `$workflow.input` it is `maxItems`
/// of the schema there. The schemas are those of the values the path starts from, and already
/// enforced.
pub(super) fn items_max(
    expression: &str,
    input: Option<&Value>,
    workflow_input: Option<&Value>,
) -> Option<(u64, Size)> {
    if let Some(length) = array(expression).or_else(|| range(expression)) {
        return Some((length, Size::Exact));
    }
    if let Some(length) = slice(expression) {
        return Some((length, Size::Slice));
    }
    let (schema, path) = if let Some(path) = expression.strip_prefix("$workflow.input") {
        (workflow_input?, path)
    } else {
        let path = expression.strip_prefix("$input").unwrap_or(expression);
        (input?, path)
    };
    declared(schema, names(path)?).map(|length| (length, Size::Schema))
}

/// The length of an array without programs in it: what is JSON is jq too.
fn array(expression: &str) -> Option<u64> {
    let items: Vec<Value> = serde_json::from_str(expression).ok()?;
    u64::try_from(items.len()).ok()
}

/// The length of `[range(5)]` or `[range(1; 6)]`.
fn range(expression: &str) -> Option<u64> {
    let numbers = expression.strip_prefix("[range(")?.strip_suffix(")]")?;
    match numbers.split_once(';') {
        Some((from, to)) => Some(number(to)?.saturating_sub(number(from)?)),
        None => number(numbers),
    }
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The length of a slice that ends the expression.
fn slice(expression: &str) -> Option<u64> {
    let (sliced, range) = expression.strip_suffix(']')?.rsplit_once('[')?;
    let (from, to) = range.split_once(':')?;
    let from = if from.trim().is_empty() {
        0
    } else {
        number(from)?
    };
    let length = number(to)?.saturating_sub(from);
    // The slice is of the whole value only after a plain path or a pipe, which binds weakest.
    let plain = names(variable(sliced)).is_some();
    let piped = sliced
        .strip_suffix('.')
        .is_some_and(|rest| rest.trim_end().ends_with('|') && !rest.contains('#'));
    (plain || piped).then_some(length)
}

/// The path that follows a variable, if one begins the text.
fn variable(text: &str) -> &str {
    match text.strip_prefix('$') {
        Some(rest) => rest.trim_start_matches(is_name),
        None => text,
    }
}

/// The names of a path such as `.order.lines`; none of `.` and the empty path.
pub(crate) fn names(path: &str) -> Option<Vec<&str>> {
    if path.is_empty() || path == "." {
        return Some(Vec::new());
    }
    let names: Vec<&str> = path.strip_prefix('.')?.split('.').collect();
    let plain = |name: &&str| {
        name.chars().all(is_name) && !name.starts_with(|first: char| first.is_ascii_digit())
    };
    let is_path = names.iter().all(|name| !name.is_empty() && plain(name));
    is_path.then_some(names)
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// `maxItems` of what the schema says about the value at a path of property names.
fn declared(schema: &Value, path: Vec<&str>) -> Option<u64> {
    let mut schema = schema;
    for name in path {
        schema = itself(schema)?.get("properties")?.get(name)?;
    }
    itself(schema)?.get("maxItems")?.as_u64()
}

/// The schema, unless it refers to another: older drafts then ignore everything beside.
fn itself(schema: &Value) -> Option<&Value> {
    schema.get("$ref").is_none().then_some(schema)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Value;

    fn items_max(
        expression: &str,
        input: Option<&Value>,
        workflow_input: Option<&Value>,
    ) -> Option<u64> {
        super::items_max(expression, input, workflow_input).map(|(length, _)| length)
    }

    #[test]
    fn reads_expressions() {
        let cases = [
            ("[]", Some(0)),
            (r#"["a", {"b": [1, 2]}]"#, Some(2)),
            // May yield anything.
            ("[.a[], 1]", None),
            (r#"["\(.a)"]"#, None),
            ("[range(5)]", Some(5)),
            ("[range(1; 6)]", Some(5)),
            ("[range(6; 1)]", Some(0)),
            ("[range(.n)]", None),
            ("[range(3), range(3)]", None),
            ("[range(0; 9; 2)]", None),
            (".[:3]", Some(3)),
            (".items[:100]", Some(100)),
            (".a.b[ 2 : 10 ]", Some(8)),
            (".items[5:3]", Some(0)),
            ("$input.items[:4]", Some(4)),
            ("$context[:4]", Some(4)),
            (".items | map(.x) | .[:7]", Some(7)),
            (".a, .b | .[:7]", Some(7)),
            // Only the last operand is sliced.
            (".a + .b[:7]", None),
            (".a[] | .b[:7]", None),
            // The rest is a comment.
            (".a # | .[:7]", None),
            (".items[:-1]", None),
            (".items[2:]", None),
            (".items[3]", None),
            (".items", None),
        ];
        for (expression, expected) in cases {
            assert_eq!(items_max(expression, None, None), expected, "{expression}");
        }
    }

    #[test]
    fn reads_schemas() {
        let schema = json!({
            "maxItems": 2,
            "properties": {
                "order": {"properties": {"lines": {"maxItems": 20}}},
                "other": {"$ref": "#/properties/order", "maxItems": 3},
            },
        });
        let cases = [
            (".", Some(2)),
            (".order.lines", Some(20)),
            ("$input.order.lines", Some(20)),
            (".order", None),
            (".other", None),
            (".order.lines[]", None),
            (".order.lines + []", None),
            ("$workflow.input.order.lines", None),
            ("$context.order.lines", None),
        ];
        for (expression, expected) in cases {
            assert_eq!(
                items_max(expression, Some(&schema), None),
                expected,
                "{expression}"
            );
        }
        let workflow = items_max("$workflow.input.order.lines", None, Some(&schema));
        assert_eq!(workflow, Some(20));
        assert_eq!(items_max("$workflow.inputs", None, Some(&schema)), None);
    }
}

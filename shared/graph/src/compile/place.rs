//! Where in the source a byte of a scalar stands.

use weir_definition::{Source, Span};

/// From byte `offset` of the string at `pointer` to the scalar's end in the source.
///
/// Quotes, escapes, folded lines and indentation lie between the string and its source; where
/// they cannot be followed it is the whole scalar.
pub(super) fn within(source: &Source, pointer: &str, value: &str, offset: usize) -> Span {
    let span = source.value_span(pointer);
    let raw = source.text().get(span.start..span.end).unwrap_or_default();
    let skipped = follow(raw, value, offset).unwrap_or(0);
    Span {
        start: span.start + skipped,
        end: span.end,
    }
}

/// The bytes of `raw` before byte `offset` of `value`. White space is skipped on both sides, since
/// that is where YAML makes them differ.
fn follow(raw: &str, value: &str, offset: usize) -> Option<usize> {
    let style = Style::of(raw);
    let mut at = style.header(raw);
    for char in value
        .get(..offset)?
        .chars()
        .filter(|char| !char.is_whitespace())
    {
        at += style.blank(&raw[at..]);
        at += style.length(&raw[at..], char)?;
    }
    let next = value[offset..].chars().next();
    match next {
        Some(char) if !char.is_whitespace() => Some(at + style.blank(&raw[at..])),
        Some(_) | None => Some(at),
    }
}

/// How YAML (and JSON) write a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Block,
}

impl Style {
    fn of(raw: &str) -> Self {
        match raw.bytes().next() {
            Some(b'\'') => Self::Single,
            Some(b'"') => Self::Double,
            Some(b'|' | b'>') => Self::Block,
            Some(_) | None => Self::Plain,
        }
    }

    /// The bytes before the content.
    fn header(self, raw: &str) -> usize {
        match self {
            Self::Plain => 0,
            Self::Single | Self::Double => 1,
            Self::Block => raw.find('\n').map_or(raw.len(), |newline| newline + 1),
        }
    }

    /// The bytes of white space, escaped or not, at the start of `rest`.
    fn blank(self, rest: &str) -> usize {
        let mut trimmed = rest.trim_start();
        while self == Self::Double
            && let Some(after) = ["\\n", "\\t", "\\r", "\\ ", "\\\n"]
                .iter()
                .find_map(|escape| trimmed.strip_prefix(escape))
        {
            trimmed = after.trim_start();
        }
        rest.len() - trimmed.len()
    }

    /// The bytes at the start of `rest` that stand for `char`.
    fn length(self, rest: &str, char: char) -> Option<usize> {
        let escape = match (self, char) {
            (Self::Single, '\'') => "''",
            (Self::Double, '"') => "\\\"",
            (Self::Double, '\\') => "\\\\",
            _ => {
                return rest.starts_with(char).then(|| char.len_utf8());
            }
        };
        rest.starts_with(escape).then_some(escape.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"
document: {dsl: 1.0.3, namespace: test, name: test, version: 0.1.0}
do:
  - a:
      set:
        plain: ${ .first | WRONG }
        plain lines: ${ .first
          | WRONG }
        single: '${ .it''s | WRONG }'
        double: "${ \"it\\\"s\" | WRONG }"
        double lines: "${ .first\n\t
          | WRONG }"
        escaped: "${ \u002efirst | WRONG }"
        folded: >-
          ${ .first

          | WRONG }
        literal: |
          ${ .first
              | WRONG }
        wide: ${ "äöü→" | WRONG }
"#;

    fn place(name: &str, offset: impl Fn(&str) -> usize) -> String {
        let definition = weir_definition::parse(DOCUMENT, "test.yaml").unwrap();
        let pointer = format!("/do/0/a/set/{name}");
        let value = definition
            .value
            .pointer(&pointer)
            .unwrap()
            .as_str()
            .unwrap();
        let span = within(&definition.source, &pointer, value, offset(value));
        definition.source.text()[span.start..span.end].to_owned()
    }

    #[test]
    fn finds_the_place_in_any_style() {
        for name in [
            "plain",
            "plain lines",
            "single",
            "double",
            "double lines",
            "folded",
            "literal",
            "wide",
        ] {
            let found = place(name, |value| value.find("WRONG").unwrap());
            assert!(found.starts_with("WRONG"), "{name}: {found}");
        }
    }

    #[test]
    fn finds_the_end() {
        assert_eq!(place("plain", str::len), "");
        assert_eq!(place("single", str::len), "'");
    }

    #[test]
    fn takes_the_whole_scalar_where_it_cannot_follow() {
        let found = place("escaped", |value| value.find("WRONG").unwrap());
        assert!(found.starts_with("\"${"), "{found}");
    }
}

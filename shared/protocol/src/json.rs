//! JSON from outside, within the depth that expressions take and stored records can hold.

use serde::de::DeserializeOwned;
use weir_expression::DEPTH_MAX;

/// Levels of a message to an instance: a value, in an envelope.
pub const MESSAGE_LEVELS_MAX: usize = DEPTH_MAX + 1;

/// Why text from outside is not taken.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Deeper than allowed.
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
    /// Not JSON, or not as expected.
    #[error(transparent)]
    Invalid(#[from] serde_json::Error),
}

/// Arrays and objects in each other beyond what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "arrays and objects nest more than {levels_max} levels at line {line} column {column}: \
     flatten the data, or send the inner part as text"
)]
pub struct TooDeep {
    /// What is allowed.
    pub levels_max: usize,
    /// Line of the first bracket beyond, from 1.
    pub line: usize,
    /// Its column in bytes, from 1.
    pub column: usize,
}

/// Reads JSON text whose arrays and objects nest at most `levels_max` levels.
///
/// # Errors
/// Says where the text goes wrong.
pub fn read<T: DeserializeOwned>(text: &[u8], levels_max: usize) -> Result<T, JsonError> {
    check_depth(text, levels_max)?;
    Ok(serde_json::from_slice(text)?)
}

/// Checks how deep the arrays and objects of JSON text nest.
///
/// # Errors
/// Says where the first one is that is too deep.
pub fn check_depth(text: &[u8], levels_max: usize) -> Result<(), TooDeep> {
    let (mut levels, mut line, mut line_begin) = (0_usize, 1, 0);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'\n' => {
                line += 1;
                line_begin = at + 1;
            }
            b'[' | b'{' if !in_string => {
                levels += 1;
                if levels > levels_max {
                    return Err(TooDeep {
                        levels_max,
                        line,
                        column: at - line_begin + 1,
                    });
                }
            }
            b']' | b'}' if !in_string => levels = levels.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_first_bracket_beyond_is_named() {
        let too_deep = |line, column| TooDeep {
            levels_max: 2,
            line,
            column,
        };
        assert_eq!(check_depth(b"[[], {}]", 2), Ok(()));
        assert_eq!(check_depth(b"[[[]]]", 2), Err(too_deep(1, 3)));
        assert_eq!(check_depth(b"{\"a\":\n  [1, {}]}", 2), Err(too_deep(2, 7)));
    }

    #[test]
    fn brackets_in_strings_are_text() {
        let text = br#"["[[[[", "\"[[", "\\", {"{[": 1}]"#;
        assert!(read::<Value>(text, 2).is_ok());
        assert!(matches!(read::<Value>(text, 1), Err(JsonError::TooDeep(_))));
    }

    #[test]
    fn what_is_no_json_is_said() {
        let error = read::<Value>(b"{\"a\": }", 9).unwrap_err();
        assert!(error.to_string().contains("line 1 column 7"), "{error}");
    }
}

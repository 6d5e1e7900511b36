//! A diagnostic as plain lines of text.

use crate::diagnostic::{self, Diagnostic};

/// The most characters of a source line that are shown.
const EXCERPT_CHARS_MAX: usize = 100;

/// The characters shown before the place in a line that is too long.
const EXCERPT_CHARS_BEFORE: usize = 40;

pub(super) fn render(diagnostic: &Diagnostic, source: &str, file_name: &str) -> String {
    let Diagnostic {
        code,
        message,
        remedy,
        position,
        ..
    } = diagnostic;
    let (line, column) = (position.line, position.column);
    let (message, remedy) = (
        diagnostic::printable(message),
        diagnostic::printable(remedy),
    );
    let (excerpt, caret) = excerpt(diagnostic, source);
    let severity = diagnostic.severity().name();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    format!(
        "{file_name}:{line}:{column}: {severity}: {message} [{code}]\n\
         {margin} |\n\
         {number} | {excerpt}\n\
         {margin} | {caret}\n\
         {margin} = {remedy}\n"
    )
}

/// The source line and the carets under it.
fn excerpt(diagnostic: &Diagnostic, source: &str) -> (String, String) {
    let line_index = diagnostic.position.line.saturating_sub(1) as usize;
    let line = source.split('\n').nth(line_index).unwrap_or_default();
    let chars: Vec<char> = line
        .chars()
        .filter(|char| !matches!(char, '\r' | '\u{feff}'))
        .collect();
    let place = (diagnostic.position.column.saturating_sub(1) as usize).min(chars.len());

    let first = if chars.len() > EXCERPT_CHARS_MAX {
        place.saturating_sub(EXCERPT_CHARS_BEFORE)
    } else {
        0
    };
    let last = chars.len().min(first + EXCERPT_CHARS_MAX);
    let prefix = if first > 0 { "…" } else { "" };
    let suffix = if last < chars.len() { "…" } else { "" };
    let shown: String = chars[first..last]
        .iter()
        .map(|char| printable(*char))
        .collect();

    let spanned = source
        .get(diagnostic.span.start..diagnostic.span.end)
        .unwrap_or_default();
    let width = spanned.lines().next().unwrap_or_default().chars().count();
    let carets = width.clamp(1, last.saturating_sub(place).max(1));
    let indent = prefix.chars().count() + place - first;
    let caret = format!("{}{}", " ".repeat(indent), "^".repeat(carets));
    (format!("{prefix}{}{suffix}", shown.trim_end()), caret)
}

/// Keeps carets aligned, and control sequences of hostile documents off the terminal.
fn printable(char: char) -> char {
    match char {
        '\t' => ' ',
        char if char.is_control() => '\u{fffd}',
        char => char,
    }
}

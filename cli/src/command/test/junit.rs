//! Results as JUnit XML, for build servers.

use std::{borrow::Cow, fmt::Write as _};

use weir_rehearsal::Performance;

use super::Suite;

pub(super) fn document(suites: &[Suite]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for suite in suites {
        let cases = &suite.report.performances;
        let failed = cases.iter().filter(|case| !case.failures.is_empty());
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">",
            escaped(&suite.name),
            cases.len(),
            failed.count(),
            suite.took.as_secs_f64()
        );
        for case in cases {
            write_case(&mut out, suite, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn write_case(out: &mut String, suite: &Suite, case: &Performance) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
        escaped(&suite.workflow),
        escaped(&case.name),
        escaped(&suite.name),
        case.position.line
    );
    if case.failures.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    for failure in &case.failures {
        let message = format!(
            "{}: expected {}, came {}",
            failure.what, failure.expected, failure.came
        );
        let trace = case.trace.join("\n");
        let _ = writeln!(
            out,
            "      <failure message=\"{}\">{}</failure>",
            escaped(&message),
            escaped(&trace)
        );
    }
    out.push_str("    </testcase>\n");
}

/// Text as XML holds it; characters that XML cannot hold are replaced.
fn escaped(text: &str) -> Cow<'_, str> {
    let special = |char: char| matches!(char, '&' | '<' | '>' | '"') || !is_allowed(char);
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            char if is_allowed(char) => out.push(char),
            _ => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}

fn is_allowed(char: char) -> bool {
    !char.is_control() || matches!(char, '\t' | '\n' | '\r')
}

#[test]
fn text_is_escaped() {
    assert_eq!(escaped("plain\n"), "plain\n");
    assert_eq!(
        escaped("a<b & \"c\"\u{1b}"),
        "a&lt;b &amp; &quot;c&quot;\u{fffd}"
    );
}

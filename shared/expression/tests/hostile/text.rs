//! Texts that break parsers, and programs that reach for the world.

use serde_json::Value;

use crate::{
    Fate::{self, Ended, Failed, Refused},
    check, owned,
};

#[test]
fn hostile_text() {
    let nested = |open: &str, close: &str, times: usize| {
        format!("{}1{}", open.repeat(times), close.repeat(times))
    };
    let mut table: Vec<(String, Fate)> = [
        ("(", ")"),
        ("[", "]"),
        ("{a:", "}"),
        ("\"\\(", ")\""),
        ("if ", " then 1 end"),
        ("def f: ", "; f"),
        ("map(", ")"),
        ("reduce (", ") as $x (0; .)"),
        ("[.[", "]]"),
    ]
    .into_iter()
    .map(|(open, close)| (nested(open, close, 1500), Refused))
    .collect();
    let prefixes = [
        "-",
        "try ",
        "label $x | ",
        ". as $x | ",
        ". as [$x] | ",
        "1 + ",
        "1 | ",
        "1 // ",
        "1 or ",
        ".a |= ",
        "if true then ",
        "reduce ",
        "if ",
    ];
    table.extend(prefixes.map(|prefix| (nested(prefix, "", 16_000 / prefix.len()), Refused)));
    table.extend(
        [
            "(", "[", "{", "\"\\(", "if ", "((\"", "# \\\n", "\\", "$", "@", "..", "?",
        ]
        .map(|text| (text.repeat(16_000 / text.len()), Refused)),
    );
    table.extend([
        (format!(".{}", ".a".repeat(5000)), Refused),
        (format!(".{}", "[0]".repeat(5000)), Refused),
        (format!("[{}1]", "1,".repeat(5000)), Ended),
        (
            format!(
                "{{{}}}",
                (0..900)
                    .map(|n| format!("k{n}: {n}"))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
            Ended,
        ),
        (format!("\"{}\"", "\\n".repeat(5000)), Ended),
        (format!("\"{}\"", "x".repeat(20_000)), Refused),
        ("#".repeat(10_000), Refused),
        (format!("1 {}", "#".repeat(10_000)), Ended),
        (format!("#{}\n1", "(".repeat(1000)), Ended),
        (format!("\"{}\"", "(".repeat(1000)), Ended),
        (format!("#\\\n{}", nested("(", ")", 1500)), Refused),
        (format!("{}1e9", "9".repeat(10_000)), Ended),
        (format!("\"{}\"", "\\u0000".repeat(1000)), Ended),
        (String::new(), Refused),
        ("\u{0}".to_owned(), Refused),
        ("\u{feff}.".to_owned(), Refused),
        ("ä".to_owned(), Refused),
        ("\"\\ä\"".to_owned(), Refused),
        ("\"\\u12".to_owned(), Refused),
        ("_tick".to_owned(), Refused),
        ("!tick".to_owned(), Refused),
        ("main".to_owned(), Refused),
        ("_modify(.; .)".to_owned(), Refused),
        ("$!".to_owned(), Refused),
        ("def _modify(a; b): 1; .a |= 2".to_owned(), Ended),
        ("def main: 1; main".to_owned(), Ended),
        ("import \"a\" as a; 1".to_owned(), Refused),
        ("include \"a\"; 1".to_owned(), Refused),
        ("a::b".to_owned(), Refused),
    ]);
    check(table, Value::Null);
}

#[test]
fn the_world() {
    check(
        [
            "env",
            "$ENV",
            "env.HOME",
            "now",
            "input",
            "inputs",
            "input_filename",
            "localtime",
            "input_line_number",
            "strflocaltime(\"%H\")",
            "debug",
            "debug(1)",
            "stderr",
            "halt",
            "halt(1)",
            "halt_error",
            "halt_error(1)",
            "$__loc__",
            "$__prog_args",
            "get_search_list",
            "escape_sh",
            "error_empty",
            "path_value(.)",
            "key_values",
            "jn(1e9; 1)",
            "limit(1; input)",
            "modulemeta",
        ]
        .into_iter()
        .map(|program| (program.to_owned(), Refused))
        .collect(),
        Value::Null,
    );
}

#[test]
fn absurd_times() {
    check(
        owned([
            ("1e300 | todate", Failed),
            ("-1e300 | gmtime", Failed),
            ("9223372036854775807 | gmtime", Failed),
            ("[2024, 127, 1, 0, 0, 0, 0, 0] | mktime", Failed),
            ("[1e300, 1, 1, 0, 0, 1e300, 0, 0] | mktime", Failed),
            ("[] | mktime", Failed),
            ("[2024, 1] | mktime", Failed),
            ("[2024, 1, 1, 0, 0, 0] | strftime(\"%Q%Z%%%5\")", Failed),
            ("\"Europe/Berlin\" | strptime(\"%Q\")", Failed),
            ("\"Europe/Berlin\" | strptime(\"%:Q\")", Failed),
            ("0 | strftime(\"%\" * 100001)", Failed),
            ("0 | strftime(\"%9999999999d\")", Failed),
            ("\"x\" | fromdate", Failed),
        ]),
        Value::Null,
    );
}

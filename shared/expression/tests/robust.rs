//! Random values and random programs: nothing panics, and nothing is lost.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};
use weir_expression::{Data, Expression, Limits, Mode, Scope, Template, UriTemplate};

const PROGRAMS: [&str; 48] = [
    ".",
    ".a",
    ".[0]",
    ".[]?",
    "..",
    "keys?",
    "length?",
    "type",
    "tostring",
    "tojson | fromjson",
    "[.[]?] | sort",
    "[..] | unique",
    "[..] | group_by(type)",
    "[..] | min, max",
    "add?",
    "map(.)?",
    "map_values(.)?",
    "to_entries?",
    "with_entries(.)?",
    "flatten?",
    "[paths]",
    "[leaf_paths]",
    "walk(.)",
    "del(.[0]?)",
    "del(.a)?",
    "[.. | numbers] | add",
    "reverse?",
    "[.. | strings] | join(\",\")",
    "(.. | numbers) |= . + 1",
    ".a.b = 1",
    ".[3] = 1",
    ".a += 1",
    "@json",
    "@base64 | @base64d",
    "@uri | @urid",
    "@html",
    "[.. | strings | test(\"a+\")]",
    "[.. | strings | gsub(\"[a-z]\"; \"x\")]",
    "[.. | strings | explode | implode]",
    "[.. | numbers | floor, sqrt, todate?, gmtime?]",
    "[.. | numbers | . % 7, . / 3, -.]",
    "[.[1:]?, .[:-1]?, .[0.5:1.5]?]",
    ". == .",
    ". < {}",
    "contains(.)?",
    "indices(.)?",
    "[.. as $x | .. as $y | $x < $y] | length",
    "[.. | scalars | tonumber?]",
];

fn json_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
    ];
    let text = prop_oneof!["[ab]{0,4}", "\\PC{0,8}", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map("[ab]{0,2}|\\PC{0,3}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// jq's vocabulary, and what is near it.
#[rustfmt::skip]
const WORDS: [&str; 113] = [
    ".", "..", ".a", ".[0]", ".[]", ".[]?", "|", "|", "|", ",", ",", "+", "-", "*", "/", "%",
    "//", "==", "<", "and", "or", "not", "=", "|=", "+=", "//=", "(", ")", "(", ")", "[", "]",
    "{", "}", "{a:", "}", "1", "0", "-1", "2.5", "1e9", "\"a\"", "\"\\(", ")\"", "$context", "$x",
    "as $x |", "as [$x] |", "if", "then", "else", "end", "try", "catch", "reduce", "foreach",
    "(0; .)", "def f:", "def f(g):", ";", "f", "g", "f(.)", "map(", "select(", "limit(3;",
    "first(", "path(", "repeat(", "until(", "range(", "range(5)", "keys", "length", "add",
    "tojson", "fromjson", "sort", "flatten", "explode", "implode", "tostring", "tonumber",
    "error", "empty", "null", "true", "label $x |", "break $x", "del(", "walk(", "paths",
    "getpath(", "setpath(", "?", ":", "@base64", "@csv", "test(\"a\")", "gsub(\"a\";",
    "ltrimstr(", "splits(", "combinations", "to_entries", "with_entries(", "group_by(", "input",
    "now", "#", "\n", "!", "_", "é",
];

/// Programs of random words: most do not compile, the others do strange things.
fn program() -> impl Strategy<Value = String> {
    vec(prop::sample::select(WORDS.as_slice()), 0..24).prop_map(|words| words.join(" "))
}

fn limits() -> Limits {
    Limits {
        steps_max: 20_000,
        output_bytes_max: 1 << 20,
        ..Limits::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixed_programs_on_random_values(value in json_value()) {
        let (input, scope) = (Data::from(value.clone()), Scope::default());
        for program in PROGRAMS {
            let expression = Expression::compile_with(program, &[], limits()).unwrap();
            let first = expression.eval(&input, &scope);
            prop_assert_eq!(first, expression.eval(&input, &scope), "{}", program);
        }
        prop_assert_eq!(input.as_value(), &value);
    }

    #[test]
    fn values_survive(value in json_value()) {
        let input = Data::from(value.clone());
        for program in [".", "tojson | fromjson", "[.] | .[0]", "{a: .} | .a", ". as $x | $x"] {
            let expression = Expression::compile(program, &[]).unwrap();
            let found = expression.eval(&input, &Scope::default()).unwrap();
            prop_assert_eq!(&found, &value, "{}", program);
        }
        let expression = Expression::compile("$item == .", &["item"]).unwrap();
        let scope = Scope::default().with("item", input.clone());
        prop_assert!(expression.test(&input, &scope).unwrap());
    }

    #[test]
    fn order_is_total(x in json_value(), y in json_value(), z in json_value()) {
        let input = Data::from(json!([x, y, z]));
        let sorted = Expression::compile("sort | .[0] <= .[1] and .[1] <= .[2]", &[]).unwrap();
        prop_assert!(sorted.test(&input, &Scope::default()).unwrap());
        let one = Expression::compile("[.[0] < .[1], .[0] == .[1], .[0] > .[1]] | map(select(.)) | length", &[]);
        prop_assert_eq!(one.unwrap().eval(&input, &Scope::default()).unwrap(), json!(1));
    }

    #[test]
    fn random_programs(program in program(), value in json_value()) {
        if let Ok(expression) = Expression::compile_with(&program, &["x"], limits()) {
            let _ = expression.eval(&Data::from(value), &Scope::default());
        }
    }

    #[test]
    fn random_texts(text in any::<String>(), noise in "[.\\[\\](){}\"\\\\$@#;:,|?a-c0-9 \n]{0,40}") {
        for text in [text, noise] {
            if let Err(error) = Expression::compile(&text, &[]) {
                prop_assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
            }
            let _ = UriTemplate::compile(&text, &[]);
            let value = Value::from(text);
            prop_assert!(Template::compile(&value, Mode::Loose, &[]).is_ok());
            let _ = Template::compile(&value, Mode::Strict, &[]);
        }
    }
}

//! Conditions, loops, definitions, errors.

use serde_json::json;

use crate::{check, eval};

#[test]
fn control() {
    check(&[
        ("if . then \"yes\" else \"no\" end", json!(0), json!("yes")),
        (
            "if . > 2 then 1 elif . > 1 then 2 else 3 end",
            json!(2),
            json!(2),
        ),
        ("if . then 1 end", json!(null), json!(null)),
        (". and true, . or false", json!(null), json!(false)),
        (
            "[true, false, null, 0] | map(not)",
            json!(0),
            json!([false, true, true, false]),
        ),
        ("try error(\"x\") catch .", json!(0), json!("x")),
        ("try error({code: 1}) catch .code", json!(0), json!(1)),
        (
            "[.[] | tonumber? // \"bad\"]",
            json!(["1", "x"]),
            json!([1, "bad"]),
        ),
        ("reduce .[] as $x (0; . + $x)", json!([1, 2, 3]), json!(6)),
        (
            "reduce .[] as [$k, $v] ({}; .[$k] = $v)",
            json!([["a", 1]]),
            json!({"a": 1}),
        ),
        (
            "[foreach .[] as $x (0; . + $x)]",
            json!([1, 2]),
            json!([1, 3]),
        ),
        (
            "[foreach .[] as $x (0; . + $x; [$x, .])]",
            json!([1, 2]),
            json!([[1, 1], [2, 3]]),
        ),
        (
            "[label $out | .[] | if . > 1 then break $out else . end]",
            json!([1, 2, 1]),
            json!([1]),
        ),
        (
            ". as {a: $x, b: [$y]} | [$x, $y]",
            json!({"a": 1, "b": [2]}),
            json!([1, 2]),
        ),
        (". as {$a} | $a", json!({"a": 1}), json!(1)),
        ("def f(g): [g, g]; f(. + 1)", json!(1), json!([2, 2])),
        ("def f($a; $b): $a - $b; f(3; 1)", json!(0), json!(2)),
        ("def f: 1; def g: f + 1; g | f", json!(0), json!(1)),
        ("def map(f): \"mine\"; map(.)", json!([1]), json!("mine")),
        ("first(1 | until(. > 10; . * 2))", json!(0), json!(16)),
        (
            "[limit(9; 1 | while(. < 10; . * 2))]",
            json!(0),
            json!([1, 2, 4, 8]),
        ),
        (
            "[limit(4; recurse(if . < 3 then . + 1 else empty end))]",
            json!(1),
            json!([1, 2, 3]),
        ),
        (
            "[limit(3; repeat(\"a\"))]",
            json!(0),
            json!(["a", "a", "a"]),
        ),
        ("[recurse]", json!([[1]]), json!([[[1]], [1], 1])),
        ("isempty(empty), isempty(1)", json!(0), json!(true)),
        ("[.[] as $x | $x * 2] | add", json!([1, 2]), json!(6)),
        ("# a comment\n1 # another", json!(0), json!(1)),
    ]);
}

#[test]
fn errors() {
    let table = [
        (".a", json!(1), "Cannot index number with \"a\""),
        (".[0]", json!({}), "Cannot index object with number"),
        (".[]", json!(1), "Cannot iterate over number"),
        ("1 + \"a\"", json!(0), "number and string cannot be added"),
        (
            "1 / 0",
            json!(0),
            "number and number cannot be divided because the divisor is zero",
        ),
        (
            "1 % 0",
            json!(0),
            "number and number cannot be divided (remainder) because the divisor is zero",
        ),
        (
            "{} - {}",
            json!(0),
            "object and object cannot be subtracted",
        ),
        ("error(\"out of stock\")", json!(0), "out of stock"),
        ("error({code: 1})", json!(0), "{\"code\":1}"),
        ("error", json!(null), "null"),
        ("keys", json!(1), "number has no keys"),
        ("length", json!(true), "boolean has no length"),
        (
            "tonumber",
            json!("x"),
            "string cannot be parsed as a number",
        ),
        (
            "fromjson",
            json!("[1"),
            "string is not valid JSON: EOF while parsing a list at line 1 column 2",
        ),
        ("{(1): 2}", json!(0), "Cannot use number as object key"),
        (
            ".[-2] = 1",
            json!([1]),
            "Out of bounds negative array index",
        ),
        (
            "implode",
            json!(["a"]),
            "string given where a code point is needed",
        ),
        ("test(\"(\")", json!("a"), "invalid regular expression: "),
    ];
    for (program, input, expected) in table {
        let message = eval(program, &input).unwrap_err();
        assert!(message.starts_with(expected), "{program}: {message}");
    }
}

#[test]
fn errors_do_not_show_values() {
    let secret = json!({"token": "s3cr3t"});
    for program in [
        ".token + 1",
        ".token[0]",
        ".token | keys",
        ".token | tonumber",
        ".token | fromjson",
        "1 - .",
        ".token | todate",
        ".token | .[]",
        ". * 2",
        ".token | implode",
        ".token | mktime",
        ".token | sin",
        ".token | floor",
        "path(.token | tostring)",
        ".token | strptime(\"%Y\")",
        ".token | fromdate",
        "[.token] | @sh | tonumber",
        ".token | flatten",
        "-.token",
    ] {
        let message = eval(program, &secret).unwrap_err();
        assert!(!message.contains("s3cr3t"), "{program}: {message}");
    }
}

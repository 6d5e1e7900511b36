//! jq's semantics, row by row. The outputs are those of jq 1.8, except where a comment says so.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use weir_expression::{Data, Expression, Scope};

fn eval(program: &str, input: &Value) -> Result<Value, String> {
    let expression = Expression::compile(program, &[]).map_err(|error| error.to_string())?;
    expression
        .eval(&Data::from(input.clone()), &Scope::default())
        .map_err(|error| error.to_string())
}

#[track_caller]
fn check<const N: usize>(table: &[(&str, Value, Value); N]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(program, input, expected)| {
            let found = eval(program, input);
            // `1` and `1.0` differ.
            let same = found.as_ref().is_ok_and(|found| found == expected);
            (!same).then(|| format!("{program} on {input}: {found:?}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_and_null() {
    let order = json!({"id": 7, "items": [{"sku": "a", "price": 2}, {"sku": "b", "price": 3}]});
    check(&[
        (".", json!([1, null]), json!([1, null])),
        (".id", order.clone(), json!(7)),
        (".items[1].sku", order.clone(), json!("b")),
        (".items[-1].price", order.clone(), json!(3)),
        (".items[5].price", order.clone(), json!(null)),
        (".nothing.at.all", order.clone(), json!(null)),
        ("[.items[].price]", order.clone(), json!([2, 3])),
        (".[\"id\"]", order.clone(), json!(7)),
        (".\"id\"", order.clone(), json!(7)),
        (".items | length", order.clone(), json!(2)),
        ("[.. | numbers]", order, json!([7, 2, 3])),
        (".a", Value::Null, Value::Null),
        (".[0]", Value::Null, Value::Null),
        (".[1:2]", Value::Null, Value::Null),
        (".[]?", Value::Null, Value::Null),
        ("[.[]?]", json!(1), json!([])),
        (".colors + [\"red\"]", Value::Null, json!(["red"])),
        (".count + 1", json!({}), json!(1)),
        ("null + null", Value::Null, Value::Null),
        (".a // \"default\"", json!({"a": false}), json!("default")),
        ("(.a, .b, .c) // 9", json!({"b": 1, "c": 2}), json!(1)),
        (
            "[.[1:], .[:1], .[-1:], .[1:2]]",
            json!("añb"),
            json!(["ñb", "a", "b", "ñ"]),
        ),
        (
            "[.[1:], .[:-1], .[5:], .[2:1]]",
            json!([1, 2, 3]),
            json!([[2, 3], [1, 2], [], []]),
        ),
        (".[1.7]", json!([1, 2, 3]), json!(2)),
        ("empty", json!(1), json!(null)),
        ("1, 2, error(\"never reached\")", json!(0), json!(1)),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("1 + 1", json!(0), json!(2)),
        ("6 / 2", json!(0), json!(3)),
        ("7 / 2", json!(0), json!(3.5)),
        (
            "[7 % 3, -7 % 3, 7 % -3, 5.9 % 2.1]",
            json!(0),
            json!([1, -1, 1, 1]),
        ),
        ("0.1 + 0.2", json!(0), json!(0.1 + 0.2)),
        ("1.5 * 2", json!(0), json!(3)),
        (".", json!(1.0), json!(1.0)),
        // jq rounds these to doubles.
        (
            ". + 1",
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_994_i64),
        ),
        (".", json!(u64::MAX), json!(u64::MAX)),
        (". - 1", json!(u64::MAX), json!(u64::MAX - 1)),
        (". * 2 / 2", json!(u64::MAX), json!(u64::MAX)),
        (
            "-(.)",
            json!(i64::MIN),
            json!(9_223_372_036_854_775_808_u64),
        ),
        ("1e1000", json!(0), json!(f64::MAX)),
        ("nan", json!(0), Value::Null),
        ("[nan] | sort", json!(0), json!([null])),
        (
            "[nan < nan, nan == nan, nan > nan]",
            json!(0),
            json!([true, false, false]),
        ),
        (
            "[.[] | floor, round, ceil]",
            json!([1.5, -1.5]),
            json!([1, 2, 2, -2, -2, -1]),
        ),
        (
            "[pow(2; 10), sqrt, (. | log2)]",
            json!(16),
            json!([1024, 4, 4]),
        ),
        ("map(abs)", json!([-1, 2.5, -0.5]), json!([1, 2.5, 0.5])),
        (
            "map(tostring)",
            json!([1, 1.5, 1e-7, 100]),
            json!(["1", "1.5", "1e-07", "100"]),
        ),
        (
            "map(tonumber)",
            json!(["1", "-2.5", "1e3"]),
            json!([1, -2.5, 1000]),
        ),
        (
            "[limit(1; infinite), -1] | map(isinfinite)",
            json!(0),
            json!([true, false]),
        ),
    ]);
}

#[test]
fn strings() {
    check(&[
        (
            "\"\\(.a) and \\(.b)\"",
            json!({"a": 1, "b": [2]}),
            json!("1 and [2]"),
        ),
        (". + \"b\"", json!("a"), json!("ab")),
        (". * 3", json!("ab"), json!("ababab")),
        (
            "[. * 0, . * 0.9, . * -1]",
            json!("ab"),
            json!(["", "", null]),
        ),
        (". / \", \"", json!("a, b"), json!(["a", "b"])),
        ("split(\"\")", json!("añ"), json!(["a", "ñ"])),
        (
            "join(\"-\")",
            json!(["a", 1, true, null]),
            json!("a-1-true-"),
        ),
        ("[length, utf8bytelength]", json!("añ"), json!([2, 3])),
        (
            "[ascii_downcase, ascii_upcase]",
            json!("aÄ"),
            json!(["aÄ", "AÄ"]),
        ),
        (
            "[ltrimstr(\"a\"), rtrimstr(\"c\"), trimstr(\"a\")]",
            json!("abc"),
            json!(["bc", "ab", "bc"]),
        ),
        ("ltrimstr(\"a\")", json!(1), json!(1)),
        (
            "[trim, ltrim, rtrim]",
            json!(" a "),
            json!(["a", "a ", " a"]),
        ),
        (
            "[startswith(\"a\"), endswith(\"a\")]",
            json!("ab"),
            json!([true, false]),
        ),
        (
            "[explode, (explode | implode)]",
            json!("aé"),
            json!([[97, 233], "aé"]),
        ),
        (
            "[index(\",\"), rindex(\",\"), indices(\",\")]",
            json!("a,b,c"),
            json!([1, 3, [1, 3]]),
        ),
        ("indices(\"aa\")", json!("aaa"), json!([0, 1])),
        (
            "[contains(\"b\"), inside(\"abcd\")]",
            json!("abc"),
            json!([true, true]),
        ),
        (
            "tojson",
            json!({"a": "\"\n\u{7f}"}),
            json!("{\"a\":\"\\\"\\n\\u007f\"}"),
        ),
        ("fromjson", json!("{\"a\":[1]}"), json!({"a": [1]})),
        (
            "@csv",
            json!([1, "a\"b", null, true]),
            json!("1,\"a\"\"b\",,true"),
        ),
        ("@tsv", json!(["a\tb", "c\\"]), json!("a\\tb\tc\\\\")),
        (
            "@sh \"echo \\(.)\"",
            json!("it's"),
            json!("echo 'it'\\''s'"),
        ),
        ("@html", json!("<&'\">"), json!("&lt;&amp;&#39;&quot;&gt;")),
        (
            "[@uri, (@uri | @urid)]",
            json!("a b/ñ~"),
            json!(["a%20b%2F%C3%B1~", "a b/ñ~"]),
        ),
        (
            "[@base64, (@base64 | @base64d)]",
            json!("añ"),
            json!(["YcOx", "añ"]),
        ),
        ("@base64d", json!("YQ"), json!("a")),
        ("@json \"x=\\(.)\"", json!({"a": 1}), json!("x={\"a\":1}")),
    ]);
}

#[test]
fn regular_expressions() {
    check(&[
        ("test(\"B\"; \"i\")", json!("abc"), json!(true)),
        ("test([\"B\", \"i\"])", json!("abc"), json!(true)),
        (
            "[match(\"ñ.\"; \"g\") | .offset, .length, .string]",
            json!("añbñc"),
            json!([1, 2, "ñb", 3, 2, "ñc"]),
        ),
        (
            "match(\"(?<x>a)|(b)\").captures",
            json!("a"),
            json!([
                {"offset": 0, "length": 1, "string": "a", "name": "x"},
                {"offset": -1, "length": 0, "string": null, "name": null}
            ]),
        ),
        (
            "capture(\"(?<w>[a-z]+)-(?<n>\\\\d+)\")",
            json!("ab-12"),
            json!({"w": "ab", "n": "12"}),
        ),
        ("[scan(\"[a-z]\")]", json!("a1b"), json!(["a", "b"])),
        (
            "[scan(\"([a-z])(\\\\d)\")]",
            json!("a1b2"),
            json!([["a", "1"], ["b", "2"]]),
        ),
        (
            "split(\", *\"; null)",
            json!("a, b,c"),
            json!(["a", "b", "c"]),
        ),
        (
            "[splits(\"\\\\s+\")]",
            json!("a  b c"),
            json!(["a", "b", "c"]),
        ),
        (
            "sub(\"(?<x>b)\"; \"<\\(.x)>\")",
            json!("abab"),
            json!("a<b>ab"),
        ),
        ("gsub(\"[aeiou]\"; \"\")", json!("weir"), json!("wr")),
        ("gsub(\"\"; \"-\")", json!("ab"), json!("-a-b-")),
        (
            "gsub(\"(?<c>.)\"; .c | ascii_upcase)",
            json!("ab"),
            json!("AB"),
        ),
    ]);
}

#[test]
fn arrays_and_objects() {
    check(&[
        ("map(. + 1)", json!([1, 2]), json!([2, 3])),
        (
            ".items | map(.price) | add",
            json!({"items": [{"price": 1.5}, {"price": 2}]}),
            json!(3.5),
        ),
        (
            "[add, ([] | add), add(.[] * 2)]",
            json!([1, 2]),
            json!([3, null, 6]),
        ),
        ("add", json!([[1], [2]]), json!([1, 2])),
        (". - [2]", json!([1, 2, 3, 2]), json!([1, 3])),
        (
            "sort",
            json!([{}, [], "a", 1, true, false, null]),
            json!([null, false, true, 1, "a", [], {}]),
        ),
        (
            "sort_by(.a, .b) | map(.b)",
            json!([{"a": 2, "b": 1}, {"a": 1, "b": 3}, {"a": 1, "b": 2}]),
            json!([2, 3, 1]),
        ),
        (
            "group_by(.a) | map(length)",
            json!([{"a": 1}, {"a": 2}, {"a": 1}]),
            json!([2, 1]),
        ),
        (
            "[unique, min, max]",
            json!([3, 1, 3]),
            json!([[1, 3], 1, 3]),
        ),
        (
            "[min_by(.a), max_by(.a)]",
            json!([{"a": 1, "b": 1}, {"a": 1, "b": 2}]),
            json!([{"a": 1, "b": 1}, {"a": 1, "b": 2}]),
        ),
        (
            "unique_by(length)",
            json!(["bb", "a", "cc"]),
            json!(["a", "bb"]),
        ),
        (
            "[flatten, flatten(1)]",
            json!([1, [2, [3]]]),
            json!([[1, 2, 3], [1, 2, [3]]]),
        ),
        (
            "[first, last, nth(1), first(.[]), last(.[]), nth(1; .[])]",
            json!([1, 2, 3]),
            json!([1, 3, 2, 1, 3, 2]),
        ),
        (
            "[limit(2; .[]), skip(2; .[])]",
            json!([1, 2, 3]),
            json!([1, 2, 3]),
        ),
        (
            "[any, all, any(. > 2), all(. > 0)]",
            json!([1, 2, null]),
            json!([true, false, false, false]),
        ),
        ("reverse", json!([1, 2]), json!([2, 1])),
        (
            "transpose",
            json!([[1, 2], [3]]),
            json!([[1, 3], [2, null]]),
        ),
        (
            "[combinations]",
            json!([[1, 2], [3, 4]]),
            json!([[1, 3], [1, 4], [2, 3], [2, 4]]),
        ),
        (
            "[range(3)], [range(1; 3)], [range(5; 0; -2)]",
            json!(0),
            json!([0, 1, 2]),
        ),
        ("[range(5; 0; -2)]", json!(0), json!([5, 3, 1])),
        ("bsearch(2)", json!([1, 2, 3]), json!(1)),
        ("bsearch(0)", json!([1, 2, 3]), json!(-1)),
        ("contains([\"ba\"])", json!(["foobar"]), json!(true)),
        ("IN(1, 2)", json!(2), json!(true)),
        (
            "INDEX(.id) | keys",
            json!([{"id": 2}, {"id": "a"}]),
            json!(["2", "a"]),
        ),
    ]);
    check(&[
        (
            "{a: 1, \"b c\": 2, (.k): 3, k}",
            json!({"k": "z"}),
            json!({"a": 1, "b c": 2, "z": 3, "k": "z"}),
        ),
        ("1 as $x | {$x, y: $x}", json!(0), json!({"x": 1, "y": 1})),
        // Objects keep the order in which their keys were inserted.
        (
            "{b: 1} + {a: 2} + {b: 3}",
            json!(0),
            json!({"b": 3, "a": 2}),
        ),
        (
            "{a: {b: 1}} * {a: {c: 2}}",
            json!(0),
            json!({"a": {"b": 1, "c": 2}}),
        ),
        (
            "[keys, keys_unsorted, length]",
            json!({"b": 1, "a": 2}),
            json!([["a", "b"], ["b", "a"], 2]),
        ),
        (
            "[has(\"a\"), has(\"b\")]",
            json!({"a": null}),
            json!([true, false]),
        ),
        (
            "to_entries",
            json!({"b": 1}),
            json!([{"key": "b", "value": 1}]),
        ),
        (
            "from_entries",
            json!([{"name": "a", "value": 1}, {"k": 2, "v": 3}]),
            json!({"a": 1, "2": 3}),
        ),
        (
            "with_entries(.value += 1)",
            json!({"a": 1}),
            json!({"a": 2}),
        ),
        (
            "map_values(select(. > 1))",
            json!({"a": 1, "b": 2}),
            json!({"b": 2}),
        ),
        (
            "pick(.a.b)",
            json!({"a": {"b": 1, "c": 2}}),
            json!({"a": {"b": 1}}),
        ),
        ("[paths]", json!({"a": [1]}), json!([["a"], ["a", 0]])),
        (
            "[leaf_paths]",
            json!({"a": [1], "b": 2}),
            json!([["a", 0], ["b"]]),
        ),
        (
            "walk(if type == \"number\" then . + 1 else . end)",
            json!([1, {"a": 2}]),
            json!([2, {"a": 3}]),
        ),
        (
            "[.[] | type]",
            json!([null, true, 1, "a", [], {}]),
            json!(["null", "boolean", "number", "string", "array", "object"]),
        ),
        ("{a: 1} < {b: 0}", json!(0), json!(true)),
        ("{a: 1, b: 2} == {b: 2, a: 1}", json!(0), json!(true)),
    ]);
}

#[test]
fn assignments() {
    check(&[
        (".a.b = 5", json!({}), json!({"a": {"b": 5}})),
        (".[2] = 1", Value::Null, json!([null, null, 1])),
        (".a += 1", json!({}), json!({"a": 1})),
        (".a //= 3", json!({"a": null}), json!({"a": 3})),
        (".[] *= 2", json!([1, 2]), json!([2, 4])),
        (".a |= map(. + 1)", json!({"a": [1]}), json!({"a": [2]})),
        (".a = .b", json!({"b": 1}), json!({"b": 1, "a": 1})),
        ("(.a, .b) = 1", Value::Null, json!({"a": 1, "b": 1})),
        (".a += .b", json!({"a": 1, "b": 2}), json!({"a": 3, "b": 2})),
        (
            "(.[] | select(. > 1)) |= empty",
            json!([3, 1, 2]),
            json!([1]),
        ),
        ("(.a // .b) = 1", json!({"b": 2}), json!({"b": 1})),
        (
            "(if .a then .b else .c end) = 9",
            json!({}),
            json!({"c": 9}),
        ),
        ("first(.[]) = 5", json!([1, 2]), json!([5, 2])),
        (
            "getpath([\"a\", \"b\"]) = 1",
            Value::Null,
            json!({"a": {"b": 1}}),
        ),
        (
            "(.. | numbers) |= . + 1",
            json!([1, {"a": 2}]),
            json!([2, {"a": 3}]),
        ),
        (".[1:] = [9]", json!([1, 2, 3]), json!([1, 9])),
        (".[1:] |= map(. * 2)", json!([1, 2, 3]), json!([1, 4, 6])),
        (
            "del(.a, .c)",
            json!({"a": 1, "b": 2, "c": 3}),
            json!({"b": 2}),
        ),
        ("del(.[0, 2])", json!([1, 2, 3]), json!([2])),
        ("del(.[] | select(. == 2))", json!([2, 1, 2]), json!([1])),
        ("del(.[1:])", json!([1, 2, 3]), json!([1])),
        ("del(.x.y)", json!({"a": 1}), json!({"a": 1})),
        ("setpath([\"a\", 0]; 1)", Value::Null, json!({"a": [1]})),
        (
            "delpaths([[\"a\", \"b\"]])",
            json!({"a": {"b": 1}}),
            json!({"a": {}}),
        ),
        (
            "to_entries | map(select(.key != \"a\")) | from_entries",
            json!({"a": 1, "b": 2}),
            json!({"b": 2}),
        ),
    ]);
}

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
fn dates() {
    check(&[
        (
            "todate",
            json!(1_425_599_507),
            json!("2015-03-05T23:51:47Z"),
        ),
        (
            "fromdate",
            json!("2015-03-05T23:51:47Z"),
            json!(1_425_599_507),
        ),
        (
            "gmtime",
            json!(1_425_599_507),
            json!([2015, 2, 5, 23, 51, 47, 4, 63]),
        ),
        (
            "gmtime | mktime",
            json!(1_425_599_507),
            json!(1_425_599_507),
        ),
        (
            "strftime(\"%A, %d.%m.%Y\")",
            json!(1_425_599_507),
            json!("Thursday, 05.03.2015"),
        ),
        (
            "strptime(\"%Y-%m-%d %H:%M\") | mktime",
            json!("2015-03-05 23:51"),
            json!(1_425_599_460),
        ),
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

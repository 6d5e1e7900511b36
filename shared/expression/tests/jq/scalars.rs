//! Numbers, strings, regular expressions, dates.

use serde_json::{Value, json};

use crate::check;

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

//! Programs that build and handle values without measure.

use serde_json::{Value, json};
use weir_expression::{Data, Limits};

use crate::{
    Fate::{Ended, Failed, Refused, Stopped},
    check, fate, owned,
};

#[test]
fn growing_values() {
    check(
        owned([
            ("\"x\" * 1e10", Stopped),
            ("\"x\" * 1e300", Stopped),
            ("1e10 * \"x\"", Stopped),
            ("\"\" * 1e10", Ended),
            ("reduce range(100) as $i (\"x\"; . + .)", Stopped),
            ("reduce range(100) as $i ([0]; . + .)", Stopped),
            ("reduce range(100) as $i ([0]; [., .])", Stopped),
            ("reduce range(100) as $i ([0]; [.[], .[]])", Stopped),
            ("reduce range(100) as $i ({}; {a: ., b: .})", Stopped),
            ("reduce range(100) as $i ({}; .a = .)", Stopped),
            ("reduce range(1e6) as $i (0; [.])", Stopped),
            ("reduce range(1e6) as $i (0; {a: .})", Stopped),
            ("reduce range(1e6) as $i (null; .a = .)", Stopped),
            (
                "reduce range(1e6) as $i (.; setpath([range($i)]; 1))",
                Failed,
            ),
            (
                "reduce range(1e6) as $i (\"\"; . + \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\")",
                Stopped,
            ),
            ("reduce range(1e6) as $i ([]; . + [$i])", Stopped),
            (
                "reduce range(1e6) as $i ({}; .[$i | tostring] = $i)",
                Stopped,
            ),
            (
                "reduce range(50) as $i (7; . * .) | tostring | length",
                Ended,
            ),
            ("reduce range(1000) as $i (\"a\"; \"\\(.)\\(.)\")", Stopped),
            ("reduce range(1000) as $i (\"\\\"\"; tojson)", Stopped),
            ("reduce range(1000) as $i (\"a\"; @base64)", Stopped),
            ("reduce range(1000) as $i (\"'\"; @sh)", Stopped),
            (
                "reduce range(1000) as $i (\"a\"; gsub(\"(?<x>a)\"; \"\\(.x)a\"))",
                Stopped,
            ),
            (
                "reduce range(1000) as $i (\"ab\"; gsub(\"\"; \"ab\"))",
                Stopped,
            ),
            ("reduce range(1000) as $i ([1]; [tojson, tojson])", Stopped),
            (
                "reduce range(100) as $i (\"ab\"; [., .] | join(.[0]))",
                Stopped,
            ),
            ("[range(1e5)] | join(\"x\" * 1e5)", Stopped),
            (".[1e9] = 1", Stopped),
            (".[1e18] = 1", Stopped),
            ("setpath([1e9]; 1)", Stopped),
            ("getpath([range(1e5) | \"a\"])", Stopped),
            ("setpath([range(1e5) | \"a\"]; 1)", Stopped),
            ("getpath([range(1e5) | \"a\"]) |= 1", Stopped),
            ("path(getpath([range(1e5) | \"a\"]))", Stopped),
            ("delpaths([range(1e4) | [.]])", Ended),
            ("delpaths([[range(1e5) | \"a\"]])", Ended),
            ("[range(1e4)] | del(.[])", Ended),
            ("[range(1e4)] | map_values(empty)", Ended),
            ("path(reduce range(1e5) as $i (.; .a))", Stopped),
            ("reduce range(1e5) as $i (.; .a)", Stopped),
            ("(reduce range(1e5) as $i (.; .)) |= 1", Ended),
            ("[range(1e5)] | [.[0:][0:]] | length", Ended),
            ("[range(1e4)] | [.[] as $i | .[$i:]] | length", Stopped),
            ("[range(1e5)] | implode | explode | implode | length", Ended),
            ("\"[\" * 1e5 | fromjson", Failed),
            ("(\"[\" * 1e5) + (\"]\" * 1e5) | fromjson", Failed),
            ("(\"[\" * 110) + (\"]\" * 110) | fromjson", Failed),
            (
                "\"[\" + (\"0,\" * 1e5) + \"0]\" | [fromjson] | length",
                Ended,
            ),
        ]),
        Value::Null,
    );
}

#[test]
fn expensive_filters() {
    let numbers = "[range(3e4)]";
    let same = "(reduce range(16) as $i ([0]; [., .]))";
    check(
        owned([
            (&format!("{numbers} | sort | length"), Ended),
            (&format!("[range(100)] | map({numbers}) | sort"), Stopped),
            (&format!("{numbers} | [.[] as $x | index($x)]"), Stopped),
            (&format!("{numbers} | [.[] as $x | . - [$x]]"), Stopped),
            (
                &format!("{numbers} | [.[] as $x | contains([$x])]"),
                Stopped,
            ),
            (&format!("{numbers} | contains(.)"), Stopped),
            (&format!("{numbers} | indices([0, 1]) | length"), Ended),
            (&format!("{numbers} | indices(.[:15000]) | length"), Stopped),
            (&format!("{numbers} | group_by(. % 7) | length"), Ended),
            (&format!("{numbers} | [.[] as $x | reverse]"), Stopped),
            (&format!("{numbers} | [.[] as $x | tojson]"), Stopped),
            (&format!("{numbers} | [.[] as $x | sort]"), Stopped),
            (&format!("{numbers} | sort_by(range(1e9))"), Stopped),
            (&format!("{numbers} | unique_by(range(1e9))"), Stopped),
            (&format!("{numbers} | min_by(range(1e9))"), Stopped),
            (&format!("[{same}, {same}] | .[0] == .[1]"), Ended),
            (
                &format!("[{same}, {same}] | [range(1e5) as $i | .[0] == .[1]]"),
                Stopped,
            ),
            (
                &format!("[{same}, {same}] | [range(1e4) as $i | .[$i % 2]] | sort"),
                Stopped,
            ),
            (&format!("{same} | flatten | length"), Stopped),
            (&format!("{same} | [range(100) as $i | flatten]"), Stopped),
            (&format!("{same} | [range(100) as $i | walk(.)]"), Stopped),
            (&format!("{same} | [range(100) as $i | [..]]"), Stopped),
            (&format!("{same} | [range(100) as $i | [paths]]"), Stopped),
            (
                &format!("{same} | [range(100) as $i | [leaf_paths]]"),
                Stopped,
            ),
            (&format!("{same} | [range(1e5) as $i | tostring]"), Stopped),
            ("walk(repeat(.))", Refused),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | .[$i:]] | length",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | ascii_upcase] | length",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | length] | length",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | startswith(\"b\")] | length",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | split(\"b\")] | length",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) as $i | indices(\"b\")] | length",
                Stopped,
            ),
            ("(\"a\" * 1e5) | indices(\"aa\") | length", Ended),
            ("(\"a\" * 1e5) | indices(\"a\" * 5e4) | length", Stopped),
            ("(\"a\" * 1e6) | [splits(\"\")] | length", Stopped),
            ("(\"a\" * 1e6) / \"\" | length", Stopped),
            ("(\"a\" * 1e6) / \"a\" | length", Stopped),
        ]),
        Value::Null,
    );
}

#[test]
fn regular_expressions() {
    check(
        owned([
            ("(\"a\" * 1e5) | test(\"(a*)*b\")", Ended),
            ("(\"a\" * 1e5) | test(\"(a|a)*b\")", Ended),
            (
                "(\"a\" * 1e6) | test(\"(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]\")",
                Ended,
            ),
            ("(\"a\" * 30) | test(\"(a?){30}a{30}\")", Ended),
            ("\"a\" | test(\"((a{100}){100}){100}\")", Failed),
            ("\"a\" | test(\"a{1000}{1000}\")", Failed),
            ("\"a\" | test(\"(\" * 1000 + \")\" * 1000)", Failed),
            ("\"a\" | test(\"\\\\p{L}{1000}\")", Failed),
            ("\"a\" | test(\"(?=a)\")", Failed),
            ("\"a\" | test(\"a\"; \"q\")", Failed),
            ("(\"a\" * 1e5) | [match(\"\"; \"g\")] | length", Stopped),
            (
                "(\"a\" * 3e4) | [match(\"a.*z|a\"; \"g\")] | length",
                Stopped,
            ),
            (
                "[range(1e5) | tostring | test(\"a\\(.)\")] | length",
                Stopped,
            ),
            (
                "range(1e5) | . as $i | \"a\" | test(\"a{\\($i)}\") | select(. == null)",
                Stopped,
            ),
            (
                "reduce range(1e5) as $i (\"a\"; sub(\"a\"; \"aa\"))",
                Stopped,
            ),
            (
                "(\"a\" * 1e5) | [range(1e5) | . as $i | \"a\" | test(\"b\")] | length",
                Stopped,
            ),
        ]),
        Value::Null,
    );
}

#[test]
fn deep_input() {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    check(
        owned([
            ("[.. | 1] | length", Ended),
            ("[paths] | length", Ended),
            ("walk(.)", Ended),
            ("tojson | fromjson", Ended),
            ("flatten", Ended),
            ("(.. | numbers) |= 2", Ended),
            ("del(..)", Ended),
            ("[.]", Stopped),
            ("{a: .}", Stopped),
            ("group_by(.)", Stopped),
            (".[0] = [.]", Stopped),
        ]),
        deep.clone(),
    );
    check(owned([("1", Stopped), (".", Stopped)]), json!([deep]));
}

#[test]
fn large_output() {
    let input = Data::from(json!("x".repeat(2000)));
    let limits = Limits {
        output_bytes_max: 1000,
        ..Limits::default()
    };
    assert_eq!(fate(".", &input, limits), Stopped);
    assert_eq!(fate("length", &input, limits), Ended);
    assert_eq!(fate(".[:500]", &input, limits), Ended);
    assert_eq!(fate("[.[:500], .[:500]]", &input, limits), Stopped);
}

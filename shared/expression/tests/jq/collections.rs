//! Arrays, objects, paths into them, and assignments.

use serde_json::{Value, json};

use crate::check;

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
fn arrays() {
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
}

#[test]
fn objects() {
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

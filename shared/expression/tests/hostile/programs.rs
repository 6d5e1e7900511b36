//! Programs that do not end, or multiply themselves.

use serde_json::{Value, json};
use weir_expression::{Data, Expression, Scope};

use crate::{
    Fate::{Ended, Refused, Stopped},
    STACK_BYTES, check, on_stack, owned,
};

#[test]
fn endless_programs() {
    check(
        owned([
            // Refused as they stand.
            ("def f: f; f", Refused),
            ("def f: 1 + f; f", Refused),
            ("def f(g): g | f(g); f(.)", Refused),
            ("def f: def g: f; g; f", Refused),
            (
                "def f($n): if $n > 0 then f($n - 1) else . end; f(3)",
                Refused,
            ),
            ("repeat(.)", Refused),
            ("[repeat(1)]", Refused),
            ("while(true; .)", Refused),
            ("until(false; .)", Refused),
            ("recurse(.)", Refused),
            ("recurse(.; true)", Refused),
            ("range(infinite)", Refused),
            ("def limit(n; f): f; limit(1; repeat(.))", Refused),
            ("def f: repeat(.); limit(1; f)", Refused),
            // Allowed where something takes only so much, and then stopped.
            ("[limit(1e12; repeat(1))]", Stopped),
            ("first(until(false; .))", Stopped),
            ("first(until(false; . + 1))", Stopped),
            ("limit(1; repeat(empty))", Stopped),
            ("limit(1; repeat(null)) // 1", Ended),
            ("first(repeat(null) // 1)", Stopped),
            ("[limit(1e9; while(true; .))]", Stopped),
            ("[limit(1e9; recurse(.))]", Stopped),
            ("[limit(1e9; recurse(.; true))]", Stopped),
            ("first(repeat(.[]?))", Stopped),
            ("first(repeat(try error(\"x\") catch empty))", Stopped),
            ("isempty(repeat(empty))", Stopped),
            ("nth(1e12; repeat(1))", Stopped),
            ("first(last(repeat(1)))", Stopped),
            ("[first(skip(1e12; repeat(1)))]", Stopped),
            ("first(foreach repeat(1) as $x (0; 1; empty))", Stopped),
            ("first(reduce repeat(1) as $x (0; . + $x))", Stopped),
            ("first(label $f | repeat(1) | select(false))", Stopped),
            ("limit(1; recurse(.) |= 1)", Stopped),
            ("first(path(recurse(.a)) | select(false))", Stopped),
            ("first(path(repeat(.a)))", Ended),
            ("limit(1; repeat(.a) = 1)", Stopped),
            // Long, but with an end.
            ("[range(1e12)]", Stopped),
            ("range(1e12) | select(. < 0)", Stopped),
            ("last(range(1e12))", Stopped),
            ("[range(0; 1e300; 1e-300)]", Stopped),
            ("[range(0; 1; 0)]", Ended),
            ("range(1e12)?", Ended),
            ("[range(1e12)?]", Stopped),
            ("reduce range(1e12) as $x (0; . + 1)", Stopped),
            ("[foreach range(1e12) as $x (0; . + 1)]", Stopped),
            ("any(range(1e12); false)", Stopped),
            ("all(range(1e12); true)", Stopped),
            ("add(range(1e12))", Stopped),
            ("IN(range(1e12); -1)", Stopped),
            ("INDEX(range(1e12); .)", Stopped),
            ("range(1e12) as $x | empty", Stopped),
            ("[limit(1e12; range(1e12))] | length", Stopped),
            ("try (range(1e12) | select(. < 0)) catch .", Stopped),
            (
                "label $out | range(1e12) | if . < 0 then break $out else empty end",
                Stopped,
            ),
        ]),
        Value::Null,
    );
}

#[test]
fn multiplying_programs() {
    let commas = ["(., .)"; 40].join(" | ");
    let items = ["[.[] | (., .)]"; 40].join(" | ");
    let doubling: Vec<String> = (1..60)
        .map(|n| format!("def f{n}: f{} | f{};", n - 1, n - 1))
        .collect();
    let doubling = doubling.concat();
    let closures = format!("def d(g): g | g; {}.{}", "d(".repeat(20), ")".repeat(20));
    let long = format!("range(1e9) | {}", [". as $x | $x"; 60].join(" | "));
    check(
        owned([
            (
                "[.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1]",
                Stopped,
            ),
            ("[combinations(9)]", Stopped),
            ("[., .] | [combinations] | length", Ended),
            (
                "[range(100)] | [., ., ., .] | combinations | select(false)",
                Stopped,
            ),
            ("[.[] | [range(1000)]] | [combinations]", Stopped),
            ("{a: .[], b: .[], c: .[], d: .[]} | select(false)", Stopped),
            ("\"\\(.[])\\(.[])\\(.[])\\(.[])\" | select(false)", Stopped),
            ("[.[] + .[] * .[] - .[]]", Stopped),
            ("[..] | [..] | [..] | [.[] | .. | ..] | length", Ended),
            ("[.[:1e9][0:][0:]]", Ended),
            ("[paths | paths | paths]", Ended),
            ("[.[] | .[]? , .[]?]", Ended),
            (&format!("[{commas}]"), Stopped),
            (&format!("{commas} | select(false)"), Stopped),
            (&format!("[.[]] | {items}"), Stopped),
            (&format!("def f0: .; {doubling} f59"), Stopped),
            (&closures, Stopped),
            (&long, Ended),
            (&format!("[{long}]"), Stopped),
        ]),
        json!((0..100).collect::<Vec<_>>()),
    );
}

#[test]
fn a_stopped_program_leaves_no_trace() {
    let (input, scope) = (Data::null(), Scope::default());
    let endless = Expression::compile("[limit(1e12; repeat(1))]", &[]).unwrap();
    let simple = Expression::compile("1 + 1", &[]).unwrap();
    assert!(endless.eval(&input, &scope).is_err());
    assert_eq!(simple.eval(&input, &scope).unwrap(), json!(2));
}

/// The deepest programs that are accepted must leave half of a worker's stack to others.
#[test]
fn deepest_programs() {
    let shapes = [
        ("", "1 + ", "1", ""),
        ("", ". + 1 | ", "1", ""),
        ("", ".[]?, . | ", "1", ""),
        ("", ".a", "", ""),
        ("[.", "[]?", "", "]"),
        ("", "try ", ".", ""),
        ("", "-", "1", ""),
        ("if . then 1 ", "elif . then 1 ", "end", ""),
        ("", ". as $x | ", "$x", ""),
        ("", ". as [$x, {a: $y}] | ", "1", ""),
        ("", "label $x | ", "1", ""),
        ("", "null // ", "1", ""),
        ("", "true and ", "1", ""),
        ("", ".a |= ", "1", ""),
        ("", "def f: 1; ", "1", ""),
        ("", "if true then ", "1", " end"),
        ("", "if ", "1", " then 1 end"),
        ("", "[", "1", "]"),
        ("", "{a: ", "1", "}"),
        ("", "(", "1", ")"),
        ("", "\"\\(", "1", ")\""),
        ("", "map(", ".", ")"),
        ("", "first(", ".", ")"),
        ("", "any(", ".", "; .)"),
        ("", "limit(3; ", ".", ")"),
        ("", "[.] | sort_by(", ".", ")"),
        ("", ".a |= (", ".", ")"),
        ("", "reduce (", ".", ") as $x (0; .)"),
        ("", "reduce . as $x (.; ", ".", ")"),
        ("", "foreach . as $x (.; .; ", ".", ")"),
        ("", "def f: ", "1", "; f"),
    ];
    on_stack(STACK_BYTES / 2, move || {
        for (start, open, middle, close) in shapes {
            let written = |times| {
                let closing = if start == "[." {
                    close.to_owned()
                } else {
                    close.repeat(times)
                };
                format!("{start}{}{middle}{closing}", open.repeat(times))
            };
            let accepted = (1..500)
                .rev()
                .find_map(|times| Some((times, Expression::compile(&written(times), &[]).ok()?)));
            let (times, expression) = accepted.unwrap();
            assert!(times >= 15, "{open} only {times} times");
            for input in [json!(null), json!({"a": [1]}), json!([[[1]]])] {
                let _ = expression.eval(&Data::from(input), &Scope::default());
            }
        }
    });
}

//! Programs that try not to end, or to take all memory or all of the stack.
//!
//! Each must be refused when it is compiled, or be stopped when it runs, on a thread with the
//! stack of a Tokio worker. A failure shows as an abort or as a test that never ends.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use weir_expression::{Data, EvalErrorKind, Expression, Limits, Scope};

/// What becomes of a program.
#[derive(Debug, PartialEq)]
enum Fate {
    Refused,
    Stopped,
    Failed,
    Ended,
}
use Fate::{Ended, Failed, Refused, Stopped};

/// Tokio's default.
const STACK_BYTES: usize = 2 * 1024 * 1024;

fn fate(program: &str, input: &Data, limits: Limits) -> Fate {
    let Ok(expression) = Expression::compile_with(program, &[], limits) else {
        return Refused;
    };
    match expression.eval(input, &Scope::default()) {
        Ok(_) => Ended,
        Err(error) if error.kind == EvalErrorKind::BudgetExceeded => Stopped,
        Err(_) => Failed,
    }
}

#[track_caller]
fn check(table: Vec<(String, Fate)>, input: Value) {
    let run = move || {
        let input = Data::from(input);
        let limits = Limits {
            steps_max: 300_000,
            ..Limits::default()
        };
        let mut wrong = Vec::new();
        for (program, expected) in table {
            let found = fate(&program, &input, limits);
            if found != expected {
                let shown: String = program.chars().take(100).collect();
                wrong.push(format!("{shown}: {found:?}, not {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    };
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

fn owned<const N: usize>(table: [(&str, Fate); N]) -> Vec<(String, Fate)> {
    table
        .into_iter()
        .map(|(program, fate)| (program.to_owned(), fate))
        .collect()
}

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

#[test]
fn a_stopped_program_leaves_no_trace() {
    let (input, scope) = (Data::null(), Scope::default());
    let endless = Expression::compile("[limit(1e12; repeat(1))]", &[]).unwrap();
    let simple = Expression::compile("1 + 1", &[]).unwrap();
    assert!(endless.eval(&input, &scope).is_err());
    assert_eq!(simple.eval(&input, &scope).unwrap(), json!(2));
}

//! What authors are told about programs that do not compile, and where.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use weir_expression::{CompileError, Expression, Limits};

#[track_caller]
fn check(table: &[(&str, usize, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(program, offset, message)| {
            let found = Expression::compile(program, &["item"]);
            let right = matches!(&found, Err(CompileError { message: told, offset: at })
                if at == offset && told.starts_with(message));
            (!right).then(|| format!("{program}: {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn syntax() {
    check(&[
        ("", 0, "expected term but the expression ends"),
        (".a |", 4, "expected term but the expression ends"),
        (
            "(.a",
            3,
            "expected closing parenthesis but the expression ends",
        ),
        (".a[", 3, "expected closing bracket but the expression ends"),
        ("{a: 1", 5, "expected closing brace but the expression ends"),
        ("\"abc", 4, "expected closing quote but the expression ends"),
        (
            "if . then 1",
            11,
            "expected else or end but the expression ends",
        ),
        (".a .b.c d", 8, "expected nothing at `d`"),
        ("1 & 2", 2, "expected token at `&`"),
        (".a}", 2, "expected token at `}`"),
        ("\"\\q\"", 2, "expected string escape sequence at `q\"`"),
        (
            "\"\\ud83d\\ude00\"",
            3,
            "expected four hexadecimal digits of a character",
        ),
        (
            "reduce .[] as $x (0)",
            0,
            "`reduce` needs `(initial; update)`",
        ),
        ("é", 0, "expected token at `é`"),
        (" \"é\" + nope", 8, "there is no filter `nope`"),
        (".a }-${ .b", 3, "`${…}` must enclose the whole text"),
    ]);
}

#[test]
fn names() {
    check(&[
        (".a | nope", 5, "there is no filter `nope`"),
        ("map(.a; .b)", 0, "`map` takes 1 arguments, but 2 are given"),
        ("keys(1)", 0, "`keys` takes no arguments, but 1 are given"),
        ("@base32", 0, "there is no filter `@base32`"),
        ("@nope \"\\(.)\"", 0, "there is no filter `@nope`"),
        (
            ".a + $nope",
            5,
            "there is no `$nope` here; available: $authorization $context $input $item $output \
             $runtime $secrets $task $workflow",
        ),
        ("1 as $x | $y", 10, "there is no `$y` here; available: "),
        ("(1 as $x | 2) | $x", 16, "there is no `$x` here"),
        ("break $out", 6, "label `$out` is not defined"),
        ("def f($a): a; f(1)", 11, "there is no filter `a`"),
        ("(def f: 1; f) | f", 16, "there is no filter `f`"),
    ]);
}

#[test]
fn bounds() {
    check(&[
        (
            "1 | def f: 1 + f; f",
            15,
            "`f` calls itself; recursive definitions are not supported",
        ),
        (
            "1 | repeat(.)",
            4,
            "`repeat` may go on without end; use it inside `limit(n; …)`",
        ),
        ("recurse(.a)", 0, "`recurse` may go on without end"),
        ("range(0; infinite)", 9, "`infinite` may go on without end"),
        (
            "now",
            0,
            "`now` is not supported: expressions cannot read the clock",
        ),
        (
            "$ENV.HOME",
            0,
            "there is no `$ENV` here: expressions cannot read the environment",
        ),
        (
            "debug(\"x\")",
            0,
            "`debug` is not supported: expressions cannot write",
        ),
        ("import \"a\" as a; 1", 0, "`import` is not supported"),
    ]);
}

#[test]
fn limits() {
    let limits = Limits {
        source_bytes_max: 10,
        nesting_max: 3,
        ..Limits::default()
    };
    let compile = |text| Expression::compile_with(text, &[], limits);
    assert!(compile("[[[1]]]").is_ok());
    assert_eq!(compile("[[[[1]]]]").unwrap_err().offset, 3);
    let long = compile("1 + 2 + 3 + 4").unwrap_err();
    assert_eq!(
        long.message,
        "the expression has 13 bytes, more than the 10 allowed"
    );
}

#[test]
fn variables_in_use() {
    let expression = Expression::compile(
        "$context.a + ($item as $input | $input) | {$task}",
        &["item", "index"],
    );
    let used: Vec<String> = expression.unwrap().variables().iter().cloned().collect();
    assert_eq!(used, ["context", "item", "task"]);
}

#[test]
fn expressions_cross_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Expression>();
    shared::<weir_expression::Template>();
    shared::<weir_expression::UriTemplate>();
    shared::<weir_expression::Data>();
    shared::<weir_expression::Scope>();
}

//! One small document for each code: the place and the words are exactly these.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use weir_definition::{SOURCE_BYTES_MAX, parse};

/// Four lines that are right; what follows begins in line 5.
const HEAD: &str = "\
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
use:
  retries: { slow: { delay: PT5S } }
  timeouts: { short: { after: PT1M } }
";

/// `line:column code message | expected` of each diagnostic.
fn told(document: &str) -> Vec<String> {
    told_named(document, "order.yaml")
}

fn told_named(document: &str, name: &str) -> Vec<String> {
    let diagnostics = parse(document, name).expect_err("the document is wrong");
    let told = diagnostics.iter().map(|diagnostic| {
        let (line, column) = (diagnostic.position.line, diagnostic.position.column);
        let (code, message) = (diagnostic.code, &diagnostic.message);
        format!("{line}:{column} {code} {message} | {}", diagnostic.remedy)
    });
    told.collect()
}

/// The only diagnostic of a document that is `HEAD` and `rest`.
#[track_caller]
fn check(rest: &str, expected: &str) {
    assert_eq!(told(&format!("{HEAD}{rest}")), [expected]);
}

/// The same for a single task, whose mapping begins in line 7, column 7.
#[track_caller]
fn check_task(task: &str, expected: &str) {
    check(&format!("do:\n  - first:\n      {task}\n"), expected);
}

#[test]
fn e001_too_large() {
    let document = " ".repeat(SOURCE_BYTES_MAX + 1);
    assert_eq!(
        told(&document),
        ["1:1 E001 the document has 524289 bytes | \
          a definition may have at most 524288 bytes; split the workflow"]
    );
}

#[test]
fn e002_syntax() {
    check(
        "do:\n  - first:\n      set: .a + { b: .c }\n",
        "7:20 E002 this is not valid YAML: mapping values are not allowed in this context | \
         quote text that has `: ` in it, such as jq objects",
    );
    check(
        "do:\n\t- first: 1\n",
        "6:2 E002 this is not valid YAML: tabs disallowed within this context (block \
         indentation) | indent with spaces",
    );
    check(
        "do: \"\\q\"\n",
        "5:5 E002 this is not valid YAML: while parsing a quoted scalar, found unknown escape \
         character | keep backslashes by single quotes, or double them",
    );
    check(
        "do: a\u{0}b\n",
        "5:6 E002 a control character, 0x00, stands in the text | \
         remove it, or write it as \"\\x00\" in double quotes",
    );
    check(
        "do: &list [ *list ]\n",
        "5:13 E002 an alias stands inside the value it repeats | \
         an alias can only repeat a value that has ended",
    );
    assert_eq!(
        told_named("{\"é\": 1,}", "order.json"),
        ["1:9 E002 this is not valid JSON: key must be a string | \
          look for a missing or surplus comma, quote or bracket, at this place or just before it"]
    );
}

#[test]
fn e003_too_deep() {
    let expected = "at most 64 levels, with keys of 1024 bytes on the way to a value; nest less, \
                    for example by splitting the workflow";
    let deep = format!("a: {}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(
        told(&deep),
        [format!(
            "1:67 E003 values are nested too deep here | {expected}"
        )]
    );
    let deep = format!("a: {}", "[".repeat(1000));
    assert_eq!(
        told(&deep),
        [format!(
            "1:259 E003 values are nested too deep here | {expected}"
        )]
    );
    let long = format!("? {}\n: 1\n", "x".repeat(1025));
    assert_eq!(
        told(&long),
        [format!(
            "1:3 E003 values are nested too deep here | {expected}"
        )]
    );
}

#[test]
fn e004_too_many_values() {
    let bomb = "\
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
";
    assert_eq!(
        told(bomb),
        [
            "5:32 E004 the document holds too much: here the limit is passed | at most 100000 \
          values and 4194304 bytes of text, anchors and each use of an alias counted"
        ]
    );
}

#[test]
fn e005_merge_key() {
    check(
        "do:\n  - first:\n      <<: { set: { a: 1 } }\n      set: { b: 2 }\n",
        "7:7 E005 merge keys (`<<`) are not part of YAML 1.2 | \
         write the entries out, or repeat a whole value by an alias (`key: *name`)",
    );
}

#[test]
fn e006_key_not_a_string() {
    check_task(
        "set: { a: { 404: gone } }",
        "7:19 E006 the key `404` is not a string | keys are strings: write it in quotes, \"404\"",
    );
    check_task(
        "set: { a: { [x]: y } }",
        "7:19 E006 a key is a mapping or a list | \
         keys are strings; quote text that begins with `{` or `[`",
    );
}

#[test]
fn e007_number() {
    let remedy = "numbers are finite, and integers have at most 64 bits; write it in quotes if it \
                  is a text";
    for number in [".nan", "-.inf", "1e999", "123456789012345678901"] {
        check_task(
            &format!("set: {{ a: {number} }}"),
            &format!("7:17 E007 the number {number} cannot be kept | {remedy}"),
        );
    }
}

#[test]
fn e008_duplicate_key() {
    check(
        "do:\n  - first:\n      set: { a: 1 }\n      set: { b: 2 }\n",
        "8:7 E008 the key `set` stands twice in this mapping | \
         each key may stand once; the first is in line 7",
    );
}

#[test]
fn e009_not_one_document() {
    let remedy = "a file holds exactly one workflow definition";
    assert_eq!(
        told("# nothing\n"),
        [format!("1:1 E009 the document is empty | {remedy}")]
    );
    check(
        "do: []\n---\na: 1\n",
        &format!("6:1 E009 a second document begins here | {remedy}"),
    );
}

#[test]
fn e010_tag() {
    check_task(
        "set: { a: !secret x }",
        "7:17 E010 the tag `!secret` means nothing here, or does not fit its value | \
         leave the tag out",
    );
}

#[test]
fn e020_unknown_property() {
    check_task(
        "call: http\n      with: { method: get, endpoint: https://a.example, boddy: 1 }",
        "8:57 E020 unknown property `boddy` | did you mean `body`? `with` may have `method`, \
         `endpoint`, `headers`, `body`, `query`, `output` and `redirect`",
    );
    check_task(
        "cal: http",
        "7:7 E020 unknown property `cal` | did you mean `call`? a task has exactly one of `call`, \
         `do`, `emit`, `for`, `fork`, `listen`, `raise`, `run`, `set`, `switch`, `try` and `wait`",
    );
}

#[test]
fn e021_missing_property() {
    check(
        "",
        "1:1 E021 the document has no `do` | add `do:` with a list of tasks",
    );
    check_task(
        "call: http\n      with: { method: get }",
        "8:7 E021 `with` has no `endpoint` | add `endpoint:` with a URL",
    );
    check_task(
        "call: a2a\n      with: { method: tasks/get }",
        "8:7 E021 the call names no agent | add `agentCard`, `server`, or both",
    );
}

#[test]
fn e022_wrong_type() {
    check_task(
        "if: true\n      set: { a: 1 }",
        "7:11 E022 `if` is a boolean | expected a runtime expression, a string; put it in quotes",
    );
    check_task(
        "wait:",
        "7:7 E022 `wait` is nothing (null) | \
         expected a duration: parts such as `seconds: 30`, or PT30S",
    );
}

#[test]
fn e023_not_allowed() {
    check_task(
        "run: { shell: { command: ls }, return: stdot }",
        "7:46 E023 `return` is `stdot` | did you mean `stdout`? \
         expected `stdout`, `stderr`, `code`, `all` or `none`",
    );
    check_task(
        "raise: { error: { type: 'https://a.example/e', status: 42 } }",
        "7:62 E023 `status` is 42 | expected a whole number from 100 to 999",
    );
}

#[test]
fn e024_exclusive() {
    check_task(
        "run: { shell: { command: ls }, workflow: { namespace: a, name: b, version: 1.0.0 } }",
        "7:38 E024 `workflow` cannot stand beside `shell` | \
         keep one of `container`, `script`, `shell` and `workflow`",
    );
    check_task(
        "listen: { to: {} }",
        "7:17 E024 `to` has none of `one`, `any` and `all` | \
         add exactly one of `one`, `any` or `all`",
    );
    check_task(
        "listen: { to: { one: { with: { type: a } }, until: .b } }",
        "7:51 E024 `until` cannot stand beside `one` | \
         `until` goes with `any`: remove it, or write `any` and a list",
    );
}

#[test]
fn e025_dsl_version() {
    let document = |dsl: &str| {
        format!(
            "document: {{ dsl: {dsl}, namespace: a, name: b, version: 1.0.0 }}\n\
             do: [ one: {{ wait: PT1S }} ]\n"
        )
    };
    for dsl in ["1.0.0", "1.0.1", "1.0.2", "1.0.3"] {
        assert!(parse(&document(dsl), "order.yaml").is_ok());
    }
    assert_eq!(
        told(&document("1.1.0")),
        [
            "1:18 E025 version `1.1.0` of the DSL is not supported | documents of later versions \
          may say what this version cannot do; '1.0.0' to '1.0.3' are supported"
        ]
    );
    assert_eq!(
        told(&document("1.0.0-alpha5")),
        [
            "1:18 E025 version `1.0.0-alpha5` of the DSL is not supported | this is a version from \
          before 1.0, whose documents differ; write the document for '1.0.3' (`dsl: '1.0.3'`)"
        ]
    );
}

#[test]
fn e026_name() {
    let document = "document: { dsl: 1.0.3, namespace: Shop, name: or_der, version: 1.0.0 }\n\
                    do: [ one: { wait: PT1S } ]\n";
    let rule = "expected 1 to 63 of a-z, 0-9 and `-`, with no `-` at either end";
    assert_eq!(
        told(document),
        [
            format!("1:36 E026 `Shop` is not allowed as `namespace` | {rule}"),
            format!("1:48 E026 `or_der` is not allowed as `name` | {rule}"),
        ]
    );
    check_task(
        "for: { each: $item, in: .items }\n      do: [ one: { wait: PT1S } ]",
        "7:20 E026 `$item` cannot be a variable's name | \
         expected letters, digits and `_`, not a digit first, and no `$`",
    );
    check_task(
        "emit: { event: { with: { type: a, dataContentType: b } } }",
        "7:41 E026 `dataContentType` cannot be an event's attribute | \
         did you mean `datacontenttype`? CloudEvents attributes are named with a-z and 0-9 only",
    );
}

#[test]
fn e027_version() {
    let document = "document: { dsl: 1.0.3, namespace: shop, name: order, version: '1.0' }\n\
                    do: [ one: { wait: PT1S } ]\n";
    assert_eq!(
        told(document),
        ["1:64 E027 `1.0` is not a semantic version | \
          expected major.minor.patch, such as '1.0.0' or '1.0.0-beta.1'"]
    );
}

#[test]
fn e028_duration() {
    let remedy = "expected parts such as `seconds: 30`, ISO 8601 such as PT30S, or an expression \
                  in `${ }`";
    check_task(
        "wait: 1h",
        &format!("7:13 E028 `1h` is not a duration: ISO 8601 durations begin with `P` | {remedy}"),
    );
    check_task(
        "wait: 5",
        &format!("7:13 E028 the duration `wait` is 5, without a unit | {remedy}"),
    );
}

#[test]
fn e029_empty() {
    check(
        "do: []\n",
        "5:5 E029 `do` has no tasks | add a task: `- name: …`",
    );
    check_task(
        "set: {}",
        "7:12 E029 `set` sets nothing | \
         expected a mapping of names to values, or one expression in `${ }`",
    );
}

#[test]
fn e030_duplicate_name() {
    check(
        "do:\n  - first: { wait: PT1S }\n  - first: { wait: PT1S }\n",
        "7:5 E030 a second task has the name `first` | \
         names are unique in a list; the first is in line 6",
    );
}

#[test]
fn e031_task_kind() {
    check_task(
        "set: { a: 1 }\n      wait: PT1S",
        "8:7 E031 `first` is of two kinds, `set` and `wait` | \
         a task does one thing: make two tasks of it",
    );
    check_task(
        "then: end",
        "6:5 E031 `first` does not say what to do | a task has exactly one of `call`, `do`, \
         `emit`, `for`, `fork`, `listen`, `raise`, `run`, `set`, `switch`, `try` and `wait`",
    );
}

#[test]
fn e032_unknown_target() {
    check(
        "do:\n  - first:\n      do: [ inner: { wait: PT1S, then: second } ]\n  \
         - second: { wait: PT1S }\n",
        "7:40 E032 `then: second` leads nowhere: no such task in this list | \
         in this list: `continue`, `exit`, `end` and `inner`",
    );
    check(
        "do:\n  - first: { wait: PT1S, then: secnd }\n  - second: { wait: PT1S }\n",
        "6:32 E032 `then: secnd` leads nowhere: no such task in this list | did you mean \
         `second`? in this list: `continue`, `exit`, `end`, `first` and `second`",
    );
}

#[test]
fn e033_unknown_component() {
    check_task(
        "try: [ one: { wait: PT1S } ]\n      catch: { retry: slwo }",
        "8:23 E033 `slwo` is not defined in `use.retries` | did you mean `slow`?",
    );
    check_task(
        "wait: PT1S\n      timeout: eternal",
        "8:16 E033 `eternal` is not defined in `use.timeouts` | \
         define it in `use.timeouts`, or use `short`",
    );
    check_task(
        "raise: { error: broken }",
        "7:23 E033 `broken` is not defined in `use.errors` | define it in `use.errors`",
    );
    check_task(
        "call: http\n      with: { method: get, endpoint: { uri: 'https://a.example', \
         authentication: { use: me } } }",
        "8:89 E033 `me` is not defined in `use.authentications` | \
         define it in `use.authentications`",
    );
}

#[test]
fn e034_second_default() {
    check_task(
        "switch: [ a: { then: end }, b: { when: .x, then: end }, c: { then: exit } ]",
        "7:63 E034 `c` is a second default of this switch | add `when`; `a` is the default already",
    );
}

#[test]
fn e035_read_without_on() {
    check(
        "schedule: { cron: '0 0 * * *', read: data }\ndo: [ one: { wait: PT1S } ]\n",
        "5:32 E035 `read` without `on`: there are no events to read | add `on`, or remove `read`",
    );
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_text() {
    let rest = "schedule: { every: PT0S }\ndo:\n  - a: { wait: x }\n  - b: { set: 1 }\n  - c: {}\n";
    let codes = told(&format!("{HEAD}{rest}"));
    let codes: Vec<&str> = codes.iter().map(|line| &line[..9]).collect();
    assert_eq!(codes, ["5:20 E023", "7:16 E028", "8:15 E022", "9:5 E031 "]);
}

#[test]
fn the_excerpt_underlines_what_is_wrong() {
    let document = format!("{HEAD}do:\n  - grüße:\n      wait: ein Tag\n");
    let diagnostics = parse(&document, "order.yaml").expect_err("the document is wrong");
    assert_eq!(
        diagnostics[0].render(&document, "flows/order.yaml"),
        "flows/order.yaml:7:13: error: `ein Tag` is not a duration: ISO 8601 durations begin \
         with `P` [E028]
  |
7 |       wait: ein Tag
  |             ^^^^^^^
  = expected parts such as `seconds: 30`, ISO 8601 such as PT30S, or an expression in `${ }`
"
    );
    assert_eq!(diagnostics[0].pointer, "/do/0/grüße/wait");
}

#[test]
fn a_long_line_is_shown_around_the_place() {
    let padding = "x".repeat(300);
    let document = format!("{{\"a\": \"{padding}\", \"b\": \"{padding}\"}}");
    let diagnostics = parse(&document, "order.json").expect_err("the document is wrong");
    let about_b = diagnostics
        .iter()
        .find(|diagnostic| diagnostic.pointer == "/b");
    let rendered = about_b
        .expect("b is unknown")
        .render(&document, "order.json");
    let lines: Vec<&str> = rendered.lines().collect();
    assert!(lines[2].chars().count() < 110, "{}", lines[2]);
    let caret = lines[3]
        .chars()
        .position(|char| char == '^')
        .expect("a caret");
    assert_eq!(
        lines[2].chars().skip(caret).take(3).collect::<String>(),
        "\"b\""
    );
}

#[test]
fn no_control_sequence_reaches_the_terminal() {
    let document = "{\"\\u001b[31mred\": 1}";
    let diagnostics = parse(document, "order.json").expect_err("the document is wrong");
    for diagnostic in &diagnostics {
        assert!(!diagnostic.render(document, "order.json").contains('\u{1b}'));
    }
}

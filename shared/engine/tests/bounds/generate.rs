//! Random documents that are valid, of every construct.

use std::fmt::Write as _;

use crate::chance::Chance;

pub const HEAD: &str = "document: {dsl: 1.0.3, namespace: test, name: random, version: 1.0.0}\n";

pub fn document(chance: &mut Chance) -> String {
    let mut head = HEAD.to_owned();
    if chance.one_in(5) {
        head.push_str("input: {from: '{x: .x, items: .items, two: .two}'}\n");
    }
    if chance.one_in(6) {
        head.push_str("output: {as: '{done: true}'}\n");
    }
    if chance.one_in(6) {
        writeln!(head, "timeout: {{after: PT{}S}}", chance.below(12)).unwrap();
    }
    if chance.one_in(6) {
        let extension = |chance: &mut Chance, name: &str| {
            let extend = chance.pick(&["all", "call", "set", "switch", "try", "composite"]);
            let when = chance.pick(&["", "when: .x == true, ", "when: $task.call == \"http\", "]);
            let (before, after) = (list(chance, 0), list(chance, 0));
            let lists = match chance.below(3) {
                0 => format!("before: {before}"),
                1 => format!("after: {after}"),
                _ => format!("before: {before}, after: {after}"),
            };
            format!("{name}: {{extend: {extend}, {when}{lists}}}")
        };
        let extensions = [extension(chance, "e0"), extension(chance, "e1")];
        let count = 1 + usize::try_from(chance.below(2)).unwrap();
        let (functions, extensions) = (functions(chance), extensions[..count].join(", "));
        writeln!(head, "use: {{{functions}, extensions: [{extensions}]}}").unwrap();
        return format!("{head}do: {}\n", list(chance, 2));
    }
    writeln!(head, "use: {{{}}}", functions(chance)).unwrap();
    format!("{head}do: {}\n", list(chance, 3))
}

/// Two of which one calls the other, for lists that are deep enough.
fn functions(chance: &mut Chance) -> String {
    let (inner, outer) = (list(chance, 0), list(chance, 0));
    let outer = outer.trim_start_matches('[');
    let timeout = chance.pick(&["", ", timeout: {after: PT3S}"]);
    format!("functions: {{f0: {{do: {inner}{timeout}}}, f1: {{do: [c: {{call: f0}}, {outer}}}}}")
}

fn list(chance: &mut Chance, depth: u64) -> String {
    let length = 1 + chance.below(3);
    let circle = chance.one_in(6).then(|| {
        let to = chance.below(length);
        (to + chance.below(length - to), to)
    });
    let tasks: Vec<_> = (0..length)
        .map(|place| task(chance, depth, place, length, circle))
        .collect();
    format!("[{}]", tasks.join(", "))
}

/// `circle`: from which task to which one an earlier `then` leads back.
fn task(
    chance: &mut Chance,
    depth: u64,
    place: u64,
    length: u64,
    circle: Option<(u64, u64)>,
) -> String {
    let mut text = format!("t{place}: {{{}", kind(chance, depth, place, length));
    if chance.one_in(6) {
        let guard = chance.pick(&[".x == true", "$workflow.input.x", "'true'", ".x.y.z"]);
        write!(text, ", if: {guard}").unwrap();
    }
    if chance.one_in(5) {
        write!(text, ", timeout: {{after: PT{}S}}", chance.below(5)).unwrap();
    }
    if chance.one_in(8) {
        text.push_str(", input: {from: '{x: true, items: [1, 2, 3], two: [1, 2]}'}");
    }
    if chance.one_in(8) {
        text.push_str(", output: {as: '{x: true, items: [1, 2], two: [1]}'}");
    }
    if chance.one_in(8) {
        text.push_str(", export: {as: '{a: 1}'}");
    }
    if circle.is_some_and(|(_, to)| to == place) {
        write!(text, ", metadata: {{maxReturns: {}}}", 1 + chance.below(3)).unwrap();
    }
    match circle {
        Some((from, to)) if from == place => write!(text, ", then: t{to}").unwrap(),
        _ if chance.one_in(4) => {
            write!(text, ", then: {}", target(chance, place, length)).unwrap();
        }
        _ => {}
    }
    text.push('}');
    text
}

/// Somewhere forward.
fn target(chance: &mut Chance, place: u64, length: u64) -> String {
    match chance.below(length - place + 2) {
        0 => "exit".to_owned(),
        1 => if chance.one_in(2) { "end" } else { "exit" }.to_owned(),
        2 => "continue".to_owned(),
        far => format!("t{}", place + far - 2),
    }
}

fn kind(chance: &mut Chance, depth: u64, place: u64, length: u64) -> String {
    let kinds = if depth == 0 { 9 } else { 16 };
    match chance.below(kinds) {
        0 => "set: {x: true, items: [1, 2, 3], two: [1, 2]}".to_owned(),
        1 => chance
            .pick(&[
                "wait: PT0S",
                "wait: PT2S",
                "wait: PT4S",
                "wait: '${ \"PT9S\" }'",
            ])
            .to_owned(),
        2 | 3 => "call: http, with: {method: get, endpoint: 'https://x'}".to_owned(),
        4 => format!(
            "run: {{shell: {{command: ls}}, await: {}}}",
            chance.one_in(2)
        ),
        5 => listen(chance, depth),
        6 => "raise: {error: {type: 'https://x/y', status: 500}}".to_owned(),
        7 => "emit: {event: {with: {type: t, data: '${ . }'}}}".to_owned(),
        8 => {
            let cases: Vec<_> = (0..=chance.below(2))
                .map(|case| {
                    let then = target(chance, place, length);
                    format!("c{case}: {{when: .x == true, then: {then}}}")
                })
                .collect();
            format!("switch: [{}]", cases.join(", "))
        }
        9 => format!("do: {}", list(chance, depth - 1)),
        10 | 11 => {
            let items = [
                "'[1, 2]'",
                ".items",
                ".items",
                "'.items[:2]'",
                "[1, 2]",
                "$workflow.input.two",
            ];
            let items = chance.pick(&items);
            let condition = if chance.one_in(4) {
                ", while: .x == true"
            } else {
                ""
            };
            let body = list(chance, depth - 1);
            format!("for: {{in: {items}}}{condition}, do: {body}")
        }
        12 => {
            let compete = chance.one_in(2);
            let branches: Vec<_> = (0..=chance.below(2))
                .map(|branch| format!("b{branch}: {{do: {}}}", list(chance, depth - 1)))
                .collect();
            let branches = branches.join(", ");
            format!("fork: {{compete: {compete}, branches: [{branches}]}}")
        }
        13 => {
            let with = chance.pick(&["", ", with: {x: true, items: [1], two: []}"]);
            format!("call: {}{with}", chance.pick(&["f0", "f1"]))
        }
        _ => {
            let tried = list(chance, depth - 1);
            format!(
                "try: {tried}, catch: {{{}}}",
                catch(chance, depth, place, length)
            )
        }
    }
}

fn listen(chance: &mut Chance, depth: u64) -> String {
    let until = chance.pick(&[
        "length >= 2",
        "$context.a == 1",
        "{one: {with: {type: c}}}",
        "{all: [{with: {type: a}}, {with: {type: c}}]}",
    ]);
    let to = match chance.below(3) {
        0 => format!("{{any: [{{with: {{type: a}}}}, {{with: {{type: b}}}}], until: {until}}}"),
        1 => format!("{{any: [], until: {until}}}"),
        _ => consumption(chance).to_owned(),
    };
    let mut parts = Vec::new();
    if depth > 0 && chance.one_in(2) {
        parts.push(format!("do: {}", list(chance, depth - 1)));
    }
    if chance.one_in(4) {
        parts.push("output: {as: '{x: true, items: [$index], two: []}'}".to_owned());
    }
    if chance.one_in(4) {
        parts.push("export: {as: '{a: $index}'}".to_owned());
    }
    if parts.is_empty() {
        return format!("listen: {{to: {to}}}");
    }
    format!("listen: {{to: {to}}}, foreach: {{{}}}", parts.join(", "))
}

fn consumption(chance: &mut Chance) -> &'static str {
    chance.pick(&[
        "{any: []}",
        "{one: {with: {type: a}}}",
        "{any: [{with: {type: a}}, {with: {type: b}}]}",
        "{all: [{with: {type: a}}, {with: {type: b}}, {with: {source: /test}}]}",
        "{one: {with: {type: c}, correlate: {k: {from: .data.x, expect: '${ true }'}}}}",
    ])
}

fn catch(chance: &mut Chance, depth: u64, place: u64, length: u64) -> String {
    let mut parts = Vec::new();
    if chance.one_in(4) {
        parts.push("errors: {with: {status: 500}}".to_owned());
    }
    if chance.one_in(2) {
        parts.push(format!("do: {}", list(chance, depth - 1)));
    }
    if chance.one_in(3) {
        parts.push(format!("then: {}", target(chance, place, length)));
    }
    if chance.one_in(2) {
        let backoff = chance.pick(&["constant", "linear", "exponential"]);
        let mut limit = match chance.below(4) {
            0 => String::new(),
            1 => "attempt: {count: 2, duration: PT2S}".to_owned(),
            count => format!("attempt: {{count: {}}}", count - 1),
        };
        if chance.one_in(3) {
            if !limit.is_empty() {
                limit.push_str(", ");
            }
            write!(limit, "duration: PT{}S", chance.below(9)).unwrap();
        }
        let delay = chance.pick(&["PT0S", "PT1S", "PT1S"]);
        let jitter = chance.pick(&["", ", jitter: {from: PT0S, to: PT1S}"]);
        parts.push(format!(
            "retry: {{delay: {delay}, backoff: {{{backoff}: {{}}}}, limit: {{{limit}}}{jitter}}}"
        ));
    }
    parts.join(", ")
}

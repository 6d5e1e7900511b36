//! When tasks time out.

use weir_graph::{Deadline, Interval, Program};

use crate::compile;

fn deadline(program: &Program, reference: &str) -> String {
    show(&program.find(reference).unwrap().deadline)
}

fn show(deadline: &Deadline) -> String {
    match deadline {
        Deadline::Own(Interval::Literal(ms)) => format!("own {ms}"),
        Deadline::Own(Interval::Computed(_)) => "own, computed".to_owned(),
        Deadline::Default(ms) => format!("default {ms}"),
        Deadline::Inherited => "inherited".to_owned(),
    }
}

#[test]
fn gives_every_task_a_deadline() {
    let program = compile(
        "
        use:
          timeouts:
            short: {after: PT7S}
        do:
          - a: {set: {x: 1}, timeout: {after: PT1S}}
          - b: {wait: PT1S}
          - c: {call: http, with: {method: get, endpoint: 'https://x'}}
          - d: {call: http, with: {method: get, endpoint: 'https://x'}, timeout: short}
          - e: {run: {shell: {command: ls}}, timeout: {after: '${ .t }'}}
          - f: {listen: {to: {one: {with: {type: x}}}}}
          - g: {do: [h: {emit: {event: {with: {type: x}}}}]}
        ",
    );
    let expected = [
        ("/do/0/a", "own 1000"),
        ("/do/1/b", "inherited"),
        ("/do/2/c", "default 1000"),
        ("/do/3/d", "own 7000"),
        ("/do/4/e", "own, computed"),
        ("/do/5/f", "default 2000"),
        ("/do/6/g", "inherited"),
        ("/do/6/g/do/0/h", "inherited"),
    ];
    for (reference, expected) in expected {
        assert_eq!(deadline(&program, reference), expected, "{reference}");
    }
    assert_eq!(show(&program.deadline), "default 1000000000000");
}

#[test]
fn takes_the_workflows_own_deadline() {
    let program = compile("timeout: {after: {minutes: 1}}\ndo: [a: {set: {x: 1}}]");
    assert_eq!(show(&program.deadline), "own 60000");
}

//! Where tasks lead.

use std::fmt::Write as _;

use insta::assert_snapshot;
use weir_graph::{Flow, Kind, Program};

use crate::compile;

/// Every task with its list and its ways out, a line each.
fn flows(rest: &str) -> String {
    let program = compile(rest);
    let mut lines = String::new();
    for task in &program.tasks {
        let (list, then) = (task.list.0, name(&program, task.then));
        let following = name(&program, task.following);
        write!(lines, "{list} {} → {then}", task.reference).unwrap();
        if following != then {
            write!(lines, " (next {following})").unwrap();
        }
        if let Kind::Switch(cases) = &task.kind {
            for case in cases {
                let when = if case.when.is_some() { "when" } else { "else" };
                write!(
                    lines,
                    " {when} {} → {}",
                    case.name,
                    name(&program, case.then)
                )
                .unwrap();
            }
        }
        if let Kind::Try(try_) = &task.kind
            && let Some(then) = try_.catch.then
        {
            write!(lines, " caught → {}", name(&program, then)).unwrap();
        }
        lines.push('\n');
    }
    lines
}

fn name(program: &Program, flow: Flow) -> String {
    match flow {
        Flow::To(index) => program.task(index).name.to_string(),
        Flow::Out(way) => format!("out by {way}"),
        Flow::Exit => "exit".to_owned(),
        Flow::End => "end".to_owned(),
    }
}

#[test]
fn resolves_directives() {
    let flows = flows(
        "
        do:
          - first: {set: {a: 1}, then: third}
          - second: {set: {a: 2}, then: end}
          - third:
              if: .a
              do:
                - inner: {set: {a: 3}, then: continue}
                - last: {set: {a: 4}}
              then: exit
          - choose:
              switch:
                - back: {when: .a, then: second}
                - on: {when: .b, then: continue}
                - otherwise: {then: exit}
              then: second
          - attempt:
              try:
                - fragile: {raise: {error: {type: 'https://x/y', status: 500}}}
              catch:
                do:
                  - mend: {set: {a: 5}, then: end}
                then: final
              then: exit
          - final: {set: {a: 6}}
        ",
    );
    assert_snapshot!(flows, @r#"
    0 /do/0/first → third (next second)
    0 /do/1/second → end (next third)
    0 /do/2/third → exit (next choose)
    1 /do/2/third/do/0/inner → last
    1 /do/2/third/do/1/last → exit
    0 /do/3/choose → second (next attempt) when back → second when on → attempt else otherwise → exit
    0 /do/4/attempt → exit (next final) caught → final
    2 /do/4/attempt/try/0/fragile → exit
    3 /do/4/attempt/catch/do/0/mend → end (next exit)
    0 /do/5/final → exit
    "#);
}

#[test]
fn gives_each_branch_its_list() {
    let flows = flows(
        "
        do:
          - split:
              fork:
                branches:
                  - left: {set: {a: 1}, then: end}
                  - right: {do: [one: {set: {a: 1}}, two: {set: {a: 2}}], then: exit}
          - after: {set: {a: 3}}
        ",
    );
    assert_snapshot!(flows, @r#"
    0 /do/0/split → after
    1 /do/0/split/fork/branches/0/left → end (next exit)
    2 /do/0/split/fork/branches/1/right → exit
    3 /do/0/split/fork/branches/1/right/do/0/one → two
    3 /do/0/split/fork/branches/1/right/do/1/two → exit
    0 /do/1/after → exit
    "#);
}

#[test]
fn finds_tasks_by_reference() {
    let program = compile("do: [a: {do: [b/c~d: {set: {x: 1}}]}]");
    let task = program.find("/do/0/a/do/0/b~1c~0d").unwrap();
    assert_eq!(&*task.name, "b/c~d");
    assert_eq!(
        task.definition.as_value(),
        &serde_json::json!({"set": {"x": 1}})
    );
    let owner = program.list(task.list).owner.unwrap();
    assert_eq!(&*program.task(owner).name, "a");
    assert!(program.find("/do/0/a/do/1").is_none());
}

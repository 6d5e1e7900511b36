//! Functions: the cost of a call, and what may not be called.

use insta::assert_snapshot;

use crate::{bound, refused};

#[test]
fn a_call_costs_what_the_function_does() {
    let bound = bound(
        "
        use:
          functions:
            get:
              do:
                - a: {call: http, with: {method: get, endpoint: 'https://x'}}
                - b: {call: pause}
            pause: {wait: PT1S}
        do:
          - one: {call: get}
          - many: {for: {in: '[1, 2]'}, do: [two: {call: get}]}
        ",
    );
    // A call, the function's task, two in it, the pause: five each time; and the loop.
    assert_eq!((bound.steps, bound.actions), (16, 3));
    assert_eq!(bound.duration_ms, 3 * 2_000);
}

#[test]
fn a_worker_has_the_deadline_of_an_action() {
    let bound = bound("do: [a: {call: 'charge:1.0.0@default'}]");
    assert_eq!((bound.actions, bound.duration_ms), (1, 1_000));
}

#[test]
fn refuses_circles_of_functions() {
    let refused = refused(
        "
        use:
          functions:
            a: {do: [x: {call: b}]}
            b: {do: [x: {call: c}]}
            c: {call: b}
        do: [x: {call: a}]
        ",
    );
    assert_snapshot!(refused, @"4:18 E105 functions call each other in a circle: b → c → b");
}

#[test]
fn refuses_extensions_that_extend_what_they_call() {
    let refused = refused(
        "
        use:
          functions:
            a: {set: {x: 1}}
          extensions:
            - log: {extend: set, before: [x: {call: a}]}
        do: [x: {set: {x: 1}}]
        ",
    );
    assert_snapshot!(refused, @"5:39 E105 functions call each other in a circle: /use/extensions/0/log → a → /use/extensions/0/log");
}

#[test]
fn refuses_functions_from_elsewhere() {
    let refused = refused(
        "
        use: {catalogs: {mine: {endpoint: 'https://x'}}}
        do:
          - a: {call: 'log:1.0.0@mine'}
          - b: {call: 'https://x/function.yaml'}
          - c: {call: 'log:1.0.0@other'}
          - d: {call: 'log@default'}
          - e: {call: lgo}
        ",
    );
    assert_snapshot!(refused, @r"
    3:9 E104 `call: log:1.0.0@mine` (a function that is loaded from elsewhere) is not supported yet
    4:9 E104 `call: https://x/function.yaml` (a function that is loaded from elsewhere) is not supported yet
    5:16 E107 `other` is not in `use.catalogs`
    6:16 E107 `log@default` names no function and version
    7:15 E107 `lgo` is not in `use.functions`
    ");
}

#[test]
fn refuses_functions_too_deep() {
    let functions: Vec<_> = (0..40)
        .map(|n| format!("f{n}: {{call: f{}}}", n + 1))
        .collect();
    let functions = functions.join(", ");
    let rest = format!(
        "use: {{functions: {{{functions}, f40: {{set: {{x: 1}}}}}}}}\ndo: [a: {{call: f0}}]\n"
    );
    assert!(refused(&rest).contains("functions call functions more than 32 deep"));
}

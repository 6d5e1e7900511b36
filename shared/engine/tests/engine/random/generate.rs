//! Random definitions, of everything that is supported, small enough to run in no time.

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Map, Value, json};

/// A task as generated: its definition, and where its `then` leads.
#[derive(Clone, Debug)]
struct Draft {
    definition: Value,
    then: Lead,
}

/// A flow directive that can be resolved once the list is known.
#[derive(Clone, Copy, Debug)]
enum Lead {
    Nowhere,
    Continue,
    Exit,
    End,
    /// So many tasks ahead, if there are as many.
    Ahead(usize),
}

pub fn document() -> impl Strategy<Value = Value> {
    (vec(task(3), 2..5).prop_map(named), option::weighted(0.2, 1_u64..20_000)).prop_map(|(tasks, timeout_ms)| {
        let mut document = json!({
            "document": {"dsl": "1.0.3", "namespace": "test", "name": "random", "version": "1.0.0"},
            "do": tasks,
        });
        if let Some(ms) = timeout_ms {
            document["timeout"] = after(ms);
        }
        document
    })
}

fn list(depth: u32) -> BoxedStrategy<Value> {
    vec(task(depth), 1..5).prop_map(named).boxed()
}

fn named(drafts: Vec<Draft>) -> Value {
    let count = drafts.len();
    let tasks = drafts.into_iter().enumerate().map(|(place, draft)| {
        let mut definition = draft.definition;
        if let Some(then) = resolve(draft.then, place, count) {
            definition["then"] = Value::from(then);
        }
        let mut task = Map::new();
        task.insert(format!("t{place}"), definition);
        Value::Object(task)
    });
    Value::Array(tasks.collect())
}

fn resolve(lead: Lead, place: usize, count: usize) -> Option<String> {
    match lead {
        Lead::Nowhere => None,
        Lead::Continue => Some("continue".to_owned()),
        Lead::Exit => Some("exit".to_owned()),
        Lead::End => Some("end".to_owned()),
        Lead::Ahead(steps) => (place + steps < count).then(|| format!("t{}", place + steps)),
    }
}

fn lead() -> impl Strategy<Value = Lead> {
    prop_oneof![
        40 => Just(Lead::Nowhere),
        4 => Just(Lead::Continue),
        3 => Just(Lead::Exit),
        1 => Just(Lead::End),
        6 => (1_usize..3).prop_map(Lead::Ahead),
    ]
}

fn directive() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("continue"), 2 => Just("exit"), 1 => Just("end")]
}

fn task(depth: u32) -> BoxedStrategy<Draft> {
    let kind = if depth == 0 {
        leaf().boxed()
    } else {
        prop_oneof![depth => composite(depth - 1), 3 => leaf()].boxed()
    };
    let guard = prop_oneof![
        40 => Just(None),
        4 => Just(Some(".n? == 0")),
        4 => Just(Some("true")),
        1 => Just(Some(".n.n.n")),
    ];
    let timeout = option::weighted(0.2, 0_u64..6_000);
    let export = prop_oneof![30 => Just(None), 4 => Just(Some("[.]")), 1 => Just(Some(".n.n.n"))];
    let parts = (kind, lead(), guard, timeout, export);
    parts
        .prop_map(|(mut definition, then, guard, timeout_ms, export)| {
            if let Some(guard) = guard {
                definition["if"] = guard.into();
            }
            if let Some(ms) = timeout_ms {
                definition["timeout"] = after(ms);
            }
            if let Some(export) = export {
                definition["export"] = json!({"as": export});
            }
            Draft { definition, then }
        })
        .boxed()
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (0_u64..3).prop_map(|n| json!({"set": {"n": n}})),
        2 => Just(json!({"set": {"n": "${ $context | tostring | length }"}})),
        1 => Just(json!({"set": {"n": "${ .n.n.n }"}})),
        8 => (0_u64..3_000).prop_map(|ms| json!({"wait": {"milliseconds": ms}})),
        14 => Just(json!({"call": "http", "with": {"method": "get", "endpoint": "http://x/{n}"}})),
        6 => any::<bool>().prop_map(|await_| {
            json!({"run": {"shell": {"command": "true"}, "await": await_}})
        }),
        3 => Just(json!({"emit": {"event": {"with": {"type": "t", "data": "${ . }"}}}})),
        2 => (400_u64..405).prop_map(|status| {
            json!({"raise": {"error": {"type": "x:raised", "status": status}}})
        }),
        3 => directive().prop_map(|then| {
            json!({"switch": [{"some": {"when": ".n? == 1", "then": then}}]})
        }),
        1 => (directive(), directive()).prop_map(|(then, otherwise)| json!({"switch": [
            {"other": {"then": otherwise}},
            {"some": {"when": ".n? == 1", "then": then}},
        ]})),
        7 => listen(),
    ]
}

fn listen() -> impl Strategy<Value = Value> {
    let filter = prop_oneof![
        Just(json!({"with": {"type": "a"}})),
        Just(json!({"with": {"type": "b", "data": "${ .k == 0 }"}})),
        Just(json!({"with": {"source": "/test"}, "correlate": {"k": {"from": ".data.k"}}})),
        Just(json!({"with": {"type": "a"}, "correlate": {"k": {
            "from": ".data.k", "expect": "${ 1 }",
        }}})),
    ];
    let to = prop_oneof![
        filter.clone().prop_map(|filter| json!({"one": filter})),
        vec(filter.clone(), 0..3).prop_map(|filters| json!({"any": filters})),
        vec(filter, 1..3).prop_map(|filters| json!({"all": filters})),
    ];
    to.prop_map(|to| json!({"listen": {"to": to}}))
}

fn composite(depth: u32) -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => list(depth).prop_map(|tasks| json!({"do": tasks})),
        2 => iteration(depth),
        2 => (list(depth), any::<bool>()).prop_map(|(branches, compete)| {
            json!({"fork": {"compete": compete, "branches": without_jumps(branches)}})
        }),
        5 => attempt(depth),
    ]
}

/// A branch cannot lead to another.
fn without_jumps(mut branches: Value) -> Value {
    for branch in branches.as_array_mut().into_iter().flatten() {
        for (_, task) in branch.as_object_mut().into_iter().flatten() {
            if let Some(task) = task.as_object_mut()
                && task
                    .get("then")
                    .and_then(Value::as_str)
                    .is_some_and(|then| then.starts_with('t'))
            {
                task.remove("then");
            }
        }
    }
    branches
}

fn iteration(depth: u32) -> impl Strategy<Value = Value> {
    let condition = prop_oneof![3 => Just(None), 1 => Just(Some("$index < 1"))];
    (vec(0_u64..3, 0..3), list(depth), condition).prop_map(|(items, tasks, condition)| {
        let mut task = json!({"for": {"in": items}, "do": tasks});
        if let Some(condition) = condition {
            task["while"] = condition.into();
        }
        task
    })
}

fn attempt(depth: u32) -> impl Strategy<Value = Value> {
    let errors = prop_oneof![
        8 => Just(None),
        1 => Just(Some(json!({"with": {"status": 503}}))),
        1 => Just(Some(json!({"with": {"type": "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"}}))),
    ];
    let when = prop_oneof![20 => Just(None), 4 => Just(Some(".status >= 500")), 1 => Just(Some(".type.n"))];
    let parts = (
        list(depth),
        errors,
        when,
        option::weighted(0.7, retry()),
        option::of(list(depth)),
        option::weighted(0.2, directive()),
    );
    parts.prop_map(|(tasks, errors, when, retry, handler, then)| {
        let mut catch = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                catch.insert(name.to_owned(), value);
            }
        };
        put("errors", errors);
        put("when", when.map(Value::from));
        put("retry", retry);
        put("do", handler);
        put("then", then.map(Value::from));
        json!({"try": tasks, "catch": catch})
    })
}

fn retry() -> impl Strategy<Value = Value> {
    let ms = |most: u64| (0..most).prop_map(|ms| json!({"milliseconds": ms}));
    let backoff = prop_oneof![
        Just(json!({"constant": {}})),
        Just(json!({"linear": {}})),
        Just(json!({"exponential": {}})),
    ];
    let parts = (
        0_u64..3,
        option::of(ms(1_500)),
        option::of(backoff),
        option::weighted(0.3, ms(2_000)),
        option::weighted(0.3, ms(5_000)),
        any::<bool>(),
    );
    parts.prop_map(|(count, delay, backoff, attempt, total, jitter)| {
        let mut retry = json!({"limit": {"attempt": {"count": count}}});
        if let Some(delay) = delay {
            retry["delay"] = delay;
        }
        if let Some(backoff) = backoff {
            retry["backoff"] = backoff;
        }
        if let Some(attempt) = attempt {
            retry["limit"]["attempt"]["duration"] = attempt;
        }
        if let Some(total) = total {
            retry["limit"]["duration"] = total;
        }
        if jitter {
            retry["jitter"] = json!({"from": {"milliseconds": 0}, "to": {"milliseconds": 200}});
        }
        retry
    })
}

fn after(ms: u64) -> Value {
    json!({"after": {"milliseconds": ms}})
}

//! Which events filters let through.

use serde_json::{Value, json};
use weir_expression::{Data, Scope};
use weir_graph::{EventFilter, Kind, Mode};

use crate::compile;

fn filter(with: &str) -> EventFilter {
    let program = compile(&format!("do: [a: {{listen: {{to: {{one: {with}}}}}}}]"));
    let Kind::Listen(listen) = &program.tasks[0].kind else {
        panic!("not a listen");
    };
    listen.to.filters[0].clone()
}

fn event() -> Value {
    json!({
        "specversion": "1.0",
        "id": "1",
        "source": "https://shop/orders",
        "type": "com.example.order.placed",
        "region": "eu",
        "priority": 3,
        "data": {"id": 7, "total": 120},
    })
}

fn matches(with: &str) -> bool {
    let event = Data::from(event());
    filter(with).matches(&event, &Scope::default()).unwrap()
}

#[test]
fn matches_attributes() {
    let cases = [
        ("{with: {type: com.example.order.placed}}", true),
        ("{with: {type: com.example.order}}", false),
        ("{with: {source: 'https://shop/orders', region: eu}}", true),
        (
            "{with: {type: com.example.order.placed, region: us}}",
            false,
        ),
        ("{with: {subject: x}}", false),
        ("{with: {priority: 3}}", true),
        ("{with: {priority: '3'}}", false),
        ("{with: {data: {id: 7, total: 120}}}", true),
        ("{with: {data: {id: 7}}}", false),
        ("{with: {data: '${ .total > 100 }'}}", true),
        ("{with: {data: '${ .total > 200 }'}}", false),
        ("{with: {type: '${ startswith(\"com.example.\") }'}}", true),
        ("{with: {subject: '${ . == null }'}}", true),
    ];
    for (with, expected) in cases {
        assert_eq!(matches(with), expected, "{with}");
    }
}

#[test]
fn matches_patterns() {
    let cases = [
        (r"{with: {type: 'com\.example\..*'}}", true),
        ("{with: {type: com.example.*}}", true),
        // All of the value has to match.
        ("{with: {type: example.*}}", false),
        ("{with: {source: 'https://(shop|store)/.+'}}", true),
        ("{with: {region: 'eu|us'}}", true),
        // Not a pattern: dots stand for themselves.
        ("{with: {type: com-example.order.placed}}", false),
        ("{with: {type: com.example.order.place.}}", false),
    ];
    for (with, expected) in cases {
        assert_eq!(matches(with), expected, "{with}");
    }
    let itself = filter("{with: {source: 'https://x/(a'}}");
    let event = Data::from(json!({"source": "https://x/(a"}));
    assert!(itself.matches(&event, &Scope::default()).unwrap());
}

#[test]
fn reports_expressions_that_fail() {
    let failing = filter("{with: {type: other, data: '${ error(\"no\") }'}}");
    // Never evaluated: the type is another one.
    let event = Data::from(event());
    assert!(!failing.matches(&event, &Scope::default()).unwrap());
    let failing = filter("{with: {data: '${ error(\"no\") }'}}");
    assert!(failing.matches(&event, &Scope::default()).is_err());
}

#[test]
fn tells_routers_what_they_can_decide() {
    let cases = [
        ("{with: {type: a.b}}", Some("a.b"), false),
        ("{with: {source: x}}", None, false),
        ("{with: {type: a.*}}", None, false),
        ("{with: {type: '${ . == \"a\" }'}}", None, false),
        (
            "{with: {type: a, data: '${ .id == $context.id }'}}",
            Some("a"),
            true,
        ),
        (
            "{with: {type: a}, correlate: {k: {from: .id}}}",
            Some("a"),
            false,
        ),
        (
            "{with: {type: a}, correlate: {k: {from: .id, expect: '${ $input.id }'}}}",
            Some("a"),
            false,
        ),
        (
            "{with: {type: a}, correlate: {k: {from: '.[$context.key]'}}}",
            Some("a"),
            true,
        ),
    ];
    for (with, type_, contextual) in cases {
        let filter = filter(with);
        assert_eq!(filter.type_literal(), type_, "{with}");
        assert_eq!(filter.is_contextual(), contextual, "{with}");
    }
}

#[test]
fn extracts_correlation_keys() {
    let key = |from: &str| {
        let filter = filter(&format!(
            "{{with: {{type: a}}, correlate: {{k: {{from: '{from}'}}}}}}"
        ));
        assert_eq!(filter.correlate[0].name, "k");
        filter.correlate[0].key(&Data::from(event()), &Scope::default())
    };
    assert_eq!(key(".data.id"), Some(json!(7)));
    assert_eq!(key("${ .region }"), Some(json!("eu")));
    assert_eq!(key(".data.missing"), None);
    assert_eq!(key("error(\"no\")"), None);
}

#[test]
fn compiles_triggers() {
    let program = compile("schedule: {on: {one: {with: {type: a}}}}\ndo: [a: {set: {x: 1}}]");
    let trigger = program.trigger.unwrap();
    assert_eq!(trigger.mode, Mode::One);
    assert_eq!(trigger.filters[0].type_literal(), Some("a"));
    assert!(compile("do: [a: {set: {x: 1}}]").trigger.is_none());
}

//! Over HTTP.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::json;
use weir_integration_tests::Api;

const EVENTS: &str = "/events";
const DEFINITIONS: &str = "/api/v1/definitions";
const INSTANCES: &str = "/api/v1/instances";
const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// Path, content type, body, status.
type Case = (&'static str, &'static str, Vec<u8>, u16);

/// Sends everything; each must be refused with a problem that says what and what to do. Returns
/// how many there were.
pub async fn refused(api: &Api) -> usize {
    let cases = [events(), definitions(), instances()].concat();
    for (path, content_type, body, status) in &cases {
        let start = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let headers = [("content-type", content_type.as_bytes())];
        let answer = api.send(Method::POST, path, &headers, body.clone()).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer: {path} {start}"));
        assert_eq!(answer.status, *status, "{path} {start}\n{answer:#?}");
        for member in ["detail", "remedy"] {
            let said = answer.body[member]
                .as_str()
                .is_some_and(|text| !text.is_empty());
            assert!(said, "{path} {start}\n{answer:#?}");
        }
    }
    cases.len() + strange_headers(api).await
}

fn events() -> Vec<Case> {
    let structured = |body: &str, status| (EVENTS, STRUCTURED, body.as_bytes().to_vec(), status);
    let deep = levels(100_000);
    let nested =
        format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{deep}}}"#);
    // Any JSON parser takes it; no expression does.
    let too_deep = format!(
        r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{}}}"#,
        levels(99)
    );
    vec![
        structured("", 400),
        structured("{", 400),
        structured("null", 400),
        structured("[]", 400),
        structured(r#"{"specversion":"1.0"}"#, 400),
        structured(
            r#"{"specversion":"0.3","id":"1","source":"/s","type":"t"}"#,
            400,
        ),
        structured(
            r#"{"specversion":"1.0","id":"","source":"/s","type":"t"}"#,
            400,
        ),
        structured(
            r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","Bad-Name":1}"#,
            400,
        ),
        structured(
            r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"noon"}"#,
            400,
        ),
        structured(
            r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"%"}"#,
            400,
        ),
        structured(&deep, 400),
        structured(&nested, 400),
        structured(&too_deep, 400),
        (EVENTS, STRUCTURED, b"\xff\xfe{}".to_vec(), 400),
        (EVENTS, STRUCTURED, megabytes(10), 413),
        (EVENTS, "application/json", b"{}".to_vec(), 415),
        (EVENTS, "text/html", b"<html>".to_vec(), 415),
        (EVENTS, BATCH, b"{}".to_vec(), 400),
        (EVENTS, BATCH, br#"[{"specversion":"1.0"}]"#.to_vec(), 400),
    ]
}

fn levels(count: usize) -> String {
    format!("{}{}", "[".repeat(count), "]".repeat(count))
}

fn definitions() -> Vec<Case> {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let references = format!("*a{}, ", level - 1).repeat(9);
        writeln!(bomb, "a{level}: &a{level} [{references}]").unwrap();
    }
    let deep = format!("do: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    let with_jq = |jq: &str| workflow(&format!("- a: {{ set: {{ b: '{jq}' }} }}"));
    let parentheses = format!("${{ {}1{} }}", "(".repeat(20_000), ")".repeat(20_000));
    let invalid = [
        String::new(),
        "{}".to_owned(),
        "]".to_owned(),
        "\u{0}".to_owned(),
        "a: 1\na: 2\n".to_owned(),
        bomb,
        deep.replace('[', "{a: ").replace(']', "}"),
        deep,
        workflow("- a: { wait: { seconds: -1 } }"),
        workflow("- a: { set: {}, wait: { seconds: 1 } }"),
        workflow("- a: { set: { b: 1 }, then: nowhere }"),
        workflow("- a: { set: { b: 1 }, then: b }\n- b: { set: { b: 1 }, then: a }"),
        workflow("- a: { call: mcp, with: {} }"),
        with_jq("${ .a | }"),
        with_jq("${ nonsense(1) }"),
        with_jq("${ $unknown }"),
        with_jq("${ def f: f; f }"),
        with_jq("${ [repeat(1)] }"),
        with_jq("${ input }"),
        with_jq("${ env }"),
        with_jq(&parentheses),
    ];
    let invalid = invalid
        .into_iter()
        .map(|source| (DEFINITIONS, "application/yaml", source.into_bytes(), 422));
    let unreadable = [
        (
            DEFINITIONS,
            "application/yaml",
            b"do: \xff\xfe".to_vec(),
            400,
        ),
        (DEFINITIONS, "application/yaml", megabytes(10), 413),
    ];
    invalid.chain(unreadable).collect()
}

fn instances() -> Vec<Case> {
    let json = "application/json";
    let unknown = json!({"workflow": {"namespace": "no", "name": "body"}}).to_string();
    let names = json!({"workflow": {"namespace": "a.b", "name": "*"}}).to_string();
    let hello = r#"{"workflow":{"namespace":"examples","name":"hello"},"input":"#;
    let too_deep = format!("{hello}{}}}", levels(100));
    vec![
        (INSTANCES, json, too_deep.into_bytes(), 400),
        (INSTANCES, json, unknown.into_bytes(), 404),
        (INSTANCES, json, names.into_bytes(), 400),
        (INSTANCES, json, b"{}".to_vec(), 400),
        (INSTANCES, json, b"\xff".to_vec(), 400),
        (INSTANCES, json, megabytes(10), 413),
        (INSTANCES, "text/plain", b"hello".to_vec(), 415),
        ("/api/v1/instances/me/cancel", json, b"{}".to_vec(), 400),
    ]
}

/// Headers that are no text, or come twice.
async fn strange_headers(api: &Api) -> usize {
    let event = |id: &'static [u8]| {
        [
            ("ce-specversion", &b"1.0"[..]),
            ("ce-source", b"/s"),
            ("ce-type", b"t"),
            ("ce-id", id),
        ]
    };
    let twice = [&event(b"1")[..], &[("ce-id", b"2")]].concat();
    let cases = [event(b"\xff\xfe").to_vec(), event(b"%ff").to_vec(), twice];
    for headers in &cases {
        let answer = api.send(Method::POST, EVENTS, headers, Vec::new()).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer: {headers:?}"));
        assert_eq!(answer.status, 400, "{headers:?}\n{answer:#?}");
    }
    cases.len()
}

pub fn workflow(tasks: &str) -> String {
    format!(
        "document: {{ dsl: '1.0.3', namespace: hostile, name: w, version: '1.0.0' }}\ndo:\n{tasks}\n"
    )
}

fn megabytes(count: usize) -> Vec<u8> {
    vec![b' '; count * 1024 * 1024]
}

//! What is valid but not executed yet.

use insta::assert_snapshot;

use crate::{bound, refused};

#[test]
fn refuses_calls() {
    let refused = refused(
        "
        do:
          - a:
              call: asyncapi
              with: {document: {endpoint: 'https://x'}, channel: x, message: {payload: {}}}
          - b:
              call: grpc
              with:
                proto: {endpoint: 'https://x'}
                service: {name: x, host: x, authentication: {digest: {username: x, password: x}}}
                method: x
          - c:
              call: mcp
              with: {method: tools/list, transport: {options: {a: b}, http: {endpoint: 'https://x'}}}
          - d: {call: a2a, with: {method: message/send, server: 'https://x/{id}'}}
          - e: {call: a2a, with: {method: message/send, server: 'https://x', parameters: .x}}
        ",
    );
    assert_snapshot!(refused, @r#"
    3:7 E104 `call: asyncapi` is not supported yet
    9:37 E104 `digest` here is not supported yet
    13:46 E104 `transport.options` is not supported yet
    14:49 E104 a URI template here is not supported yet
    15:82 E023 a text that is no expression has no members
    "#);
}

#[test]
fn takes_calls() {
    let bound = bound(
        "
        use:
          secrets: [token]
          authentications: {mine: {bearer: {use: token}}}
        do:
          - a:
              call: grpc
              with:
                proto: {endpoint: {uri: 'https://x', authentication: {use: mine}}}
                service: {name: x, host: x, port: 443, authentication: {use: mine}}
                method: x
                arguments: {a: '${ .x }'}
          - b:
              call: mcp
              with:
                method: tools/call
                parameters: '${ .x }'
                timeout: PT1M
                transport: {http: {endpoint: '${ .uri }', headers: {a: '${ $secrets.token }'}}}
          - c:
              call: mcp
              with: {method: tools/list, transport: {stdio: {command: x, arguments: ['${ .x }']}}}
          - d: {call: a2a, with: {method: message/send, server: 'https://x', parameters: '${ .x }'}}
          - e: {run: {container: {image: x}}}
        ",
    );
    assert_eq!(bound.actions, 5);
}

#[test]
fn refuses_processes() {
    let refused = refused(
        "
        do:
          - a: {run: {script: {language: ruby, code: x}}}
          - c: {run: {workflow: {namespace: x, name: x, version: latest}}}
        ",
    );
    assert_snapshot!(refused, @r#"
    2:24 E104 the script language `ruby` is not supported yet
    3:15 E104 `run: workflow` without a fixed version is not supported yet
    "#);
}

#[test]
fn refuses_listening_on() {
    let refused = refused(
        "
        do:
          - d: {listen: {to: {one: {with: {data: {x: '${ .y }'}}}}}}
        ",
    );
    assert_snapshot!(refused, @r#"
    2:36 E104 an expression inside `data` is not supported yet
    "#);
}

#[test]
fn refuses_schedules() {
    let all = "schedule: {on: {all: [with: {type: x}]}}\ndo: [a: {set: {x: 1}}]";
    assert_snapshot!(refused(all), @r#"1:17 E104 `schedule.on` with `all` is not supported yet"#);
    let on = "schedule:
  on:
    any:
      - with: {type: x, data: '${ .a == $context }'}
      - with: {type: x}
        correlate: {key: {from: .a}}
do: [a: {set: {x: 1}}]";
    assert_snapshot!(refused(on), @r#"
    4:9 E108 a trigger cannot use `$` variables: there is no instance yet
    6:9 E104 `correlate` in `schedule.on` is not supported yet
    "#);
}

#[test]
fn refuses_sections() {
    let refused = refused(
        "
        evaluate: {language: javascript}
        input:
          schema: {format: avro, document: {type: string}}
        output:
          schema: {resource: {endpoint: 'https://x'}}
        do: [a: {set: {x: 1}}]
        ",
    );
    assert_snapshot!(refused, @r#"
    1:12 E104 `evaluate.language: javascript` is not supported yet
    3:12 E104 `format: avro` is not supported yet
    5:12 E104 a schema's `resource` is not supported yet
    "#);
}

#[test]
fn refuses_authentications() {
    let refused = refused(
        "
        use:
          authentications:
            token: {oauth2: {authority: 'https://x', grant: authorization_code}}
        do:
          - a:
              call: http
              with: {method: get, endpoint: {uri: 'https://x', authentication: {use: token}}}
        ",
    );
    assert_snapshot!(refused, @r#"
    3:46 E104 the grant `authorization_code`, which needs a person at a browser, is not supported yet
    "#);
}

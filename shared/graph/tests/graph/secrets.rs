//! Where secrets may stand.

use insta::assert_snapshot;
use weir_graph::{Call, Kind};

use crate::{compile, refused};

#[test]
fn secrets_are_for_requests() {
    compile(
        "
        use:
          secrets: [key, login]
          authentications:
            mine: {basic: {use: login}}
        do:
          - a:
              call: http
              with:
                method: post
                endpoint: {uri: '${ $secrets.key }', authentication: {use: mine}}
                headers: {x: '${ \"k \\($secrets.key)\" }'}
                body: '${ {a: $secrets[\"login\"].username} }'
          - b: {run: {shell: {command: x, environment: {X: '${ $secrets.key }'}}}}
          - c: {run: {script: {language: js, code: x, stdin: '${ $secrets.key }'}}}
        ",
    );
}

#[test]
fn secrets_are_refused_where_they_would_be_journaled() {
    let refused = refused(
        "
        use: {secrets: [mine]}
        do:
          - a: {set: {x: ['${ .a + $secrets.mine }']}}
          - b: {if: $secrets.mine == 1, wait: PT1S}
          - c:
              input: {from: '${ $secrets.mine }'}
              run: {shell: {command: x}}
              output: {as: $secrets.mine}
        ",
    );
    assert_snapshot!(refused, @r#"
    3:28 E108 `$secrets` cannot be used here: its values would be journaled
    4:13 E108 `$secrets` cannot be used here: its values would be journaled
    6:25 E108 `$secrets` cannot be used here: its values would be journaled
    8:20 E108 `$secrets` cannot be used here: its values would be journaled
    "#);
}

#[test]
fn secrets_must_be_named_and_declared() {
    let refused = refused(
        "
        use: {secrets: [mine]}
        do:
          - a: {run: {shell: {command: '${ $secrets.theirs }'}}}
          - b: {run: {shell: {command: '${ $secrets | keys }'}}}
          - c: {run: {shell: {command: x, arguments: [y, '${ $secrets[.which] }']}}}
          - d:
              call: http
              with:
                method: get
                endpoint: {uri: 'https://x', authentication: {bearer: {use: theirs}}}
        ",
    );
    assert_snapshot!(refused, @r#"
    3:36 E107 the secret `theirs` is not in `use.secrets`
    4:36 E108 `$secrets` is not followed by the name of a secret
    5:54 E108 `$secrets` is not followed by the name of a secret
    10:69 E107 the secret `theirs` is not in `use.secrets`
    "#);
}

#[test]
fn policies_of_other_calls_become_credentials() {
    let program = compile(
        "
        use:
          secrets: [login]
          authentications:
            mine: {basic: {use: login}}
        do:
          - a:
              call: openapi
              with:
                document: {endpoint: {uri: 'https://x', authentication: {bearer: {token: '${ .t }'}}}}
                operationId: x
                authentication: {use: mine}
        ",
    );
    let Kind::Call(Call::Function(call)) = &program.tasks[0].kind else {
        panic!("no call of a function");
    };
    let mut found = Vec::new();
    call.with.expressions(&mut |path, expression| {
        found.push(format!("{path} {}", expression.source()));
    });
    assert_snapshot!(found.join("\n"), @r#"
    /document/endpoint/authentication/token .t
    /authentication/username $secrets["login"].username
    /authentication/password $secrets["login"].password
    "#);
}

#[test]
fn policies_of_other_calls_are_checked() {
    let refused = refused(
        "
        do:
          - a:
              call: openapi
              with:
                document: {endpoint: 'https://x/{id}'}
                operationId: x
          - b:
              call: openapi
              with:
                document: {endpoint: {uri: 'https://x', authentication: {basic: {use: login}}}}
                operationId: x
          - d:
              call: openapi
              with:
                document: {endpoint: 'https://x'}
                operationId: x
                authentication: {oidc: {authority: 'https://x', grant: authorization_code}}
        ",
    );
    assert_snapshot!(refused, @"
    5:20 E104 a URI template here is not supported yet
    10:65 E107 the secret `login` is not in `use.secrets`
    17:57 E104 the grant `authorization_code`, which needs a person at a browser, is not supported yet
    ");
}

//! `call: http` and `run.shell`: what executors are asked to do.

use serde_json::{Value, json};
use weir_engine::{Credentials, HttpRequest, Outcome, Request, ShellRequest, Status};
use weir_expression::Data;
use weir_graph::{HttpOutput, Return};

use crate::world::{Reply, World};

fn http(with: &str, input: Value) -> HttpRequest {
    let mut world = World::new(&format!("do:\n- get: {{call: http, with: {with}}}\n"));
    world.start(input);
    match world.actions.pop().map(|action| action.request) {
        Some(Request::Http(request)) => request,
        other => panic!("{other:?}, {:?}", world.state.error),
    }
}

fn shell(run: &str, input: Value) -> ShellRequest {
    let mut world = World::new(&format!("do:\n- do: {{run: {run}}}\n"));
    world.start(input);
    match world.actions.pop().map(|action| action.request) {
        Some(Request::Shell(request)) => request,
        other => panic!("{other:?}, {:?}", world.state.error),
    }
}

#[test]
fn a_request_is_fully_evaluated() {
    let request = http(
        "{method: post, endpoint: 'https://x/pets/{id}?q={q}', headers: {n: '${ .n }', gone: '${ .gone }', yes: '${ true }'}, query: {a: '${ .list }', b: '${ 1 }', c: '${ null }'}, body: {all: '${ . }'}, output: response, redirect: true}",
        json!({"id": "a b", "n": 5, "list": [1, "2"]}),
    );
    assert_eq!(
        request,
        HttpRequest {
            method: "POST".into(),
            uri: "https://x/pets/a%20b?q=".into(),
            headers: [("n".into(), "5".into()), ("yes".into(), "true".into())].into(),
            query: [("a".into(), json!([1, "2"])), ("b".into(), json!(1))].into(),
            body: Some(Data::from(
                json!({"all": {"id": "a b", "n": 5, "list": [1, "2"]}})
            )),
            output: HttpOutput::Response,
            redirect: true,
            credentials: None,
        }
    );
}

#[test]
fn an_endpoint_can_be_an_expression() {
    let request = http(
        "{method: get, endpoint: '${ .to }'}",
        json!({"to": "HTTP://x"}),
    );
    assert_eq!(request.uri, "HTTP://x");
}

#[test]
fn credentials_go_with_the_request_and_are_seen_by_expressions() {
    let with = |scheme: &str| {
        format!(
            "{{method: get, endpoint: {{uri: 'http://x/', authentication: {{{scheme}}}}}, headers: {{a: '${{ $authorization.parameter }}'}}}}"
        )
    };
    let basic = http(
        &with("basic: {username: '${ .u }', password: p}"),
        json!({"u": "me"}),
    );
    let credentials = Credentials::Basic {
        username: "me".into(),
        password: "p".into(),
    };
    assert_eq!(basic.credentials, Some(credentials));
    assert_eq!(basic.headers["a"], "bWU6cA==");
    let bearer = http(&with("bearer: {token: '${ .u }'}"), json!({"u": "me"}));
    assert_eq!(
        bearer.credentials,
        Some(Credentials::Bearer { token: "me".into() })
    );
    let world = World::acted(
        &format!(
            "do:\n- get:\n    call: http\n    with: {}\n    output: {{as: '[., $authorization.scheme]'}}\n",
            with("bearer: {token: t}")
        ),
        json!(0),
        |_| Reply::Done(json!(1)),
    );
    assert_eq!(world.output(), json!([1, "Bearer"]));
}

#[test]
fn an_endpoint_that_is_no_absolute_http_uri_is_a_configuration_error() {
    for uri in [
        "/relative",
        "ftp://x/",
        "x",
        "http://",
        "http:///x",
        "https://x y/",
        "",
    ] {
        let rest = "do:\n- get: {call: http, with: {method: get, endpoint: '${ . }'}}\n";
        let world = World::ran(rest, json!(uri));
        assert!(
            world.error().type_.ends_with("/errors/configuration"),
            "{uri}"
        );
        assert_eq!(world.error().instance.as_deref(), Some("/do/0/get"));
    }
}

#[test]
fn parameters_that_cannot_be_sent_are_expression_errors() {
    for with in [
        "headers: '${ 5 }'",
        "headers: {a: '${ {} }'}",
        "query: '${ [] }'",
        "query: {a: '${ {} }'}",
        "query: {a: '${ [[]] }'}",
    ] {
        let rest = format!(
            "do:\n- get: {{call: http, with: {{method: get, endpoint: 'http://x', {with}}}}}\n"
        );
        let world = World::ran(&rest, json!(0));
        assert!(
            world.error().type_.ends_with("/errors/expression"),
            "{with}"
        );
    }
}

#[test]
fn a_shell_command_is_fully_evaluated() {
    let request = shell(
        "{shell: {command: '${ .command }', arguments: [a, '${ .n }'], environment: {A: '${ .n }', B: '${ .gone }'}, stdin: '${ {n: .n} }'}, return: all}",
        json!({"command": "cat", "n": 5}),
    );
    assert_eq!(
        request,
        ShellRequest {
            command: "cat".into(),
            arguments: vec!["a".into(), "5".into()],
            environment: [("A".into(), "5".into())].into(),
            stdin: Some("{\"n\":5}".into()),
            return_: Return::All,
        }
    );
}

#[test]
fn a_shell_command_need_not_be_awaited() {
    let mut world = World::new(
        "do:\n- do: {run: {shell: {command: 'true'}, await: false}}\n- after: {set: '${ [.] }'}\n",
    );
    world.start(json!("in"));
    assert_eq!(world.output(), json!(["in"]));
    assert_eq!(world.actions.len(), 1);
    assert_eq!(world.state.actions, 1);
    world.done(json!("out"));
    assert!(world.ignored.is_some());
    assert_eq!(world.state.status, Status::Completed);
}

#[test]
fn what_uses_secrets_is_left_to_the_executor_with_what_it_needs() {
    let mut world = World::new(
        "
use:
  secrets: [login, key]
do:
- each:
    for: {in: '${ [7] }'}
    do:
    - get:
        call: http
        with:
          method: post
          endpoint: {uri: 'https://x/{n}', authentication: {basic: {use: login}}}
          headers: {a: '${ $secrets.key }', b: '${ .n }', c: '${ $authorization.scheme }'}
          body: {list: [1, '${ [$secrets.key, $item, .n] }']}
",
    );
    world.start(json!({"n": 5}));
    let action = world.actions.pop().unwrap();
    let Request::Http(request) = action.request else {
        panic!("{action:?}");
    };
    assert_eq!(request.uri, "https://x/5");
    assert_eq!(request.headers, [("b".into(), "5".into())].into());
    assert_eq!(request.body, Some(Data::from(json!({"list": [1, null]}))));
    let deferred = action.deferred.unwrap();
    let expressions: Vec<_> = deferred
        .expressions
        .iter()
        .map(|one| (one.at.as_str(), one.jq.as_str()))
        .collect();
    assert_eq!(
        expressions,
        [
            ("/credentials/username", "$secrets[\"login\"].username"),
            ("/credentials/password", "$secrets[\"login\"].password"),
            ("/body/list/1", "[$secrets.key, $item, .n]"),
            ("/headers/a", "$secrets.key"),
            ("/headers/c", "$authorization.scheme"),
        ]
    );
    assert_eq!(deferred.secrets, ["key".into(), "login".into()].into());
    assert_eq!(deferred.input, Data::from(json!({"n": 5})));
    assert_eq!(
        deferred.variables,
        [("item".to_owned(), Data::from(json!(7)))].into()
    );
}

#[test]
fn the_input_is_not_sent_along_for_an_expression_that_does_not_read_it() {
    let mut world = World::new(
        "use: {secrets: [key]}\ndo:\n- do: {run: {shell: {command: x, arguments: [a, '${ $secrets.key }']}}}\n",
    );
    world.start(json!("large"));
    let action = world.actions.pop().unwrap();
    let Request::Shell(request) = action.request else {
        panic!("{action:?}");
    };
    assert_eq!(request.arguments, ["a", ""]);
    let deferred = action.deferred.unwrap();
    assert_eq!(deferred.input, Data::null());
    assert_eq!(deferred.expressions[0].at, "/arguments/1");
}

#[test]
fn a_script_carries_its_arguments_and_need_not_be_awaited() {
    let mut world = World::new(
        "do:\n- do: {run: {script: {language: js, code: c, arguments: ['${ .n }']}, await: false, return: all}}\n",
    );
    world.start(json!({"n": 5}));
    assert_eq!(world.output(), json!({"n": 5}));
    let Request::Function { function, with } = &world.actions[0].request else {
        panic!("{:?}", world.actions);
    };
    assert_eq!(function.name(), "script");
    assert_eq!(
        with.as_value(),
        &json!({"language": "js", "code": "c", "arguments": [5], "return": "all"})
    );
}

#[test]
fn a_token_is_left_to_the_executor_and_so_is_what_it_authorizes() {
    let mut world = World::new(
        "
use:
  secrets: [pin, whole]
  authentications:
    mine: {oauth2: {authority: 'https://a', grant: client_credentials, client: {id: me, secret: '${ $secrets.pin }'}}}
    theirs: {oidc: {use: whole}}
do:
- a: {call: http, with: {method: get, endpoint: {uri: 'https://x', authentication: {use: mine}}, headers: {c: '${ $authorization.scheme }'}}, output: {as: $authorization}}
- b: {call: http, with: {method: get, endpoint: {uri: 'https://x', authentication: {use: theirs}}}}
",
    );
    world.start(json!(null));
    let ask = |world: &mut World, at: &[&str]| {
        let action = world.actions.remove(0);
        let deferred = action.deferred.unwrap();
        let places: Vec<_> = deferred.expressions.iter().map(|one| &one.at).collect();
        assert_eq!(places, at);
        let Request::Http(request) = action.request else {
            panic!("{:?}", action.request);
        };
        world.report(action.task, Outcome::Completed(json!("done").into()));
        request.credentials.unwrap()
    };
    let Credentials::Token { oidc, with } = ask(
        &mut world,
        &["/credentials/with/client/secret", "/headers/c"],
    ) else {
        panic!("no token");
    };
    assert!(!oidc && with.as_value()["client"] == json!({"id": "me", "secret": null}));
    let Credentials::Token { oidc: true, with } = ask(&mut world, &["/credentials/with"]) else {
        panic!("no oidc");
    };
    assert_eq!(with, Data::null());
}

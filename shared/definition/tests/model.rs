//! What the model says about documents that are right.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use weir_definition::model::call::{CallTask, HttpOutput};
use weir_definition::model::data::{SchemaContent, Scheme, Transform, Uri};
use weir_definition::model::event::{EventConsumption, ReadAs, Until};
use weir_definition::model::fault::Backoff;
use weir_definition::model::run::{Process, Return};
use weir_definition::model::task::{Collection, FlowDirective, Task, TaskKind};
use weir_definition::model::{Mode, Reference};
use weir_definition::{Definition, DurationSpec, parse};

const EVERYTHING: &str = include_str!("documents/everything.yaml");

fn everything() -> Definition {
    match parse(EVERYTHING, "everything.yaml") {
        Ok(definition) => definition,
        Err(diagnostics) => {
            let render = |diagnostic: &weir_definition::Diagnostic| {
                diagnostic.render(EVERYTHING, "everything.yaml")
            };
            panic!("{}", diagnostics.iter().map(render).collect::<String>())
        }
    }
}

fn task<'a>(definition: &'a Definition, name: &str) -> &'a Task {
    let named = definition.tasks.iter().find(|named| named.name == name);
    &named.expect("the task is there").task
}

#[test]
fn the_document_and_its_components() {
    let definition = everything();
    let document = &definition.document;
    assert_eq!(document.version, "1.2.3-beta.1+build.7");
    assert_eq!(document.title.as_deref(), Some("Alles — tout"));
    assert_eq!(document.summary.as_deref(), Some("Folded text.\n"));
    assert_eq!(document.metadata, Some(json!({ "priority": 3 })));
    assert_eq!(definition.evaluate.mode, Mode::Strict);

    let input = definition.input.as_ref().unwrap();
    let Some(Transform::Expression(from)) = &input.from else {
        panic!("an expression")
    };
    assert_eq!(
        (from.text.as_str(), from.pointer.as_str()),
        (".body", "/input/from")
    );
    let schema = input.schema.as_ref().unwrap();
    assert!(matches!(&schema.content, SchemaContent::Inline(value) if value["type"] == "object"));

    let Some(Reference::Named(timeout)) = &definition.timeout else {
        panic!("a name")
    };
    assert_eq!(timeout.value, "short");
    let components = &definition.use_;
    assert_eq!(
        components.timeouts["short"].after,
        DurationSpec::Literal(30_000)
    );
    assert_eq!(components.secrets[0].value, "shop");
    assert_eq!(
        components.functions["shout"].pointer,
        "/use/functions/shout"
    );
    assert_eq!(
        components.extensions[0].before[0].task.pointer,
        "/use/extensions/0/audit/before/0/note"
    );
    assert!(matches!(
        components.authentications["portal"].scheme,
        Scheme::OAuth2(_)
    ));
    let gone = &components.errors["gone"];
    assert_eq!(
        (gone.status, gone.detail.as_ref().unwrap().value.as_str()),
        (410, Some("${ .why }"))
    );

    let gentle = &components.retries["gentle"];
    assert_eq!(gentle.delay, Some(DurationSpec::Literal(1_500)));
    assert_eq!(gentle.backoff, Some(Backoff::Exponential));
    assert_eq!(gentle.limit.attempt_count, Some(5));
    assert_eq!(
        gentle.limit.attempt_duration,
        Some(DurationSpec::Literal(10_000))
    );
    assert_eq!(gentle.limit.duration, Some(DurationSpec::Literal(120_000)));
    assert_eq!(
        gentle.jitter.as_ref().unwrap().to,
        DurationSpec::Literal(250)
    );

    let schedule = definition.schedule.as_ref().unwrap();
    assert_eq!(schedule.read, ReadAs::Envelope);
    let Some(EventConsumption::Any {
        filters,
        until: None,
    }) = &schedule.on
    else {
        panic!("any")
    };
    assert_eq!(filters[0].pointer, "/schedule/on/any/0");
}

#[test]
fn calls_and_processes() {
    let definition = everything();
    let fetch = task(&definition, "fetch");
    let TaskKind::Call(CallTask::Http(http)) = &fetch.kind else {
        panic!("a call")
    };
    assert_eq!(http.method.value, "post");
    let Uri::Template(uri) = &http.endpoint.uri else {
        panic!("a template")
    };
    assert_eq!(uri.pointer, "/do/1/fetch/with/endpoint/uri");
    assert!(
        matches!(&http.endpoint.authentication, Some(Reference::Named(name)) if name.value == "shopBasic")
    );
    assert_eq!(http.query.as_ref().unwrap().value, "${ .query }");
    assert_eq!((http.output, http.redirect), (HttpOutput::Response, true));
    let Some(Reference::Inline(timeout)) = &fetch.timeout else {
        panic!("inline")
    };
    let DurationSpec::Expression(after) = &timeout.after else {
        panic!("an expression")
    };
    assert_eq!(after.text, "${ .patience }");
    assert!(matches!(
        fetch.input.as_ref().unwrap().from,
        Some(Transform::Template(_))
    ));

    let TaskKind::For(loop_) = &task(&definition, "loop").kind else {
        panic!("a loop")
    };
    assert_eq!((loop_.each.as_str(), loop_.at.as_str()), ("line", "number"));
    assert!(matches!(&loop_.in_, Collection::Expression(in_) if in_.text == ".lines"));
    let label = &loop_.tasks[0].task;
    assert_eq!(label.pointer, "/do/3/loop/do/0/label");
    let TaskKind::Run(run) = &label.kind else {
        panic!("a process")
    };
    assert_eq!((run.await_, run.return_), (true, Return::All));
    let Process::Shell(shell) = &run.process else {
        panic!("a shell")
    };
    assert_eq!(
        shell.arguments[0].pointer,
        "/do/3/loop/do/0/label/run/shell/arguments/0"
    );
}

#[test]
fn flow_faults_and_events() {
    let definition = everything();
    let TaskKind::Switch(cases) = &task(&definition, "choose").kind else {
        panic!("a switch")
    };
    assert_eq!(cases[0].then, FlowDirective::Task("sideBySide".to_owned()));
    assert_eq!(
        (&cases[2].when, &cases[2].then),
        (&None, &FlowDirective::Continue)
    );

    let TaskKind::Fork(fork) = &task(&definition, "sideBySide").kind else {
        panic!("a fork")
    };
    assert!(fork.compete);
    assert_eq!(
        fork.branches[1].task.pointer,
        "/do/4/sideBySide/fork/branches/1/slow"
    );
    assert_eq!(
        fork.branches[1].task.kind,
        TaskKind::Wait(DurationSpec::Literal(60_000))
    );

    let TaskKind::Try(guarded) = &task(&definition, "guarded").kind else {
        panic!("a try")
    };
    assert_eq!(guarded.tasks[0].task.pointer, "/do/5/guarded/try/0/risky");
    let catch = &guarded.catch;
    assert_eq!(
        (catch.as_.as_str(), catch.pointer.as_str()),
        ("problem", "/do/5/guarded/catch")
    );
    assert_eq!(catch.errors.as_ref().unwrap().status, Some(410));
    assert_eq!(
        catch.errors.as_ref().unwrap().detail.as_deref(),
        Some("why")
    );
    assert!(matches!(&catch.retry, Some(Reference::Named(name)) if name.value == "gentle"));
    assert_eq!(catch.then, Some(FlowDirective::Task("callback".to_owned())));
    let tasks = catch.tasks.as_ref().unwrap();
    assert_eq!(tasks[0].task.pointer, "/do/5/guarded/catch/do/0/note");

    let TaskKind::Listen(listen) = &task(&definition, "callback").kind else {
        panic!("a listen")
    };
    let EventConsumption::Any { filters, until } = &listen.to else {
        panic!("any")
    };
    assert_eq!(filters[0].with["data"].value, "${ .amount > 0 }");
    assert_eq!(filters[0].correlate["order"].from.text, ".data.order");
    assert!(
        matches!(until, Some(Until::Events(events)) if matches!(**events, EventConsumption::One(_)))
    );
    assert_eq!(listen.read, ReadAs::Raw);
    let foreach = listen.foreach.as_ref().unwrap();
    assert_eq!(
        (foreach.item.as_str(), foreach.at.as_str()),
        ("event", "index")
    );
    assert_eq!(
        foreach.tasks[0].task.pointer,
        "/do/6/callback/foreach/do/0/keep"
    );

    let TaskKind::Emit(emit) = &task(&definition, "tell").kind else {
        panic!("an emit")
    };
    assert_eq!(emit.with["priority"].value, 7);
    assert_eq!(task(&definition, "tell").then, Some(FlowDirective::Exit));
}

#[test]
fn json_says_the_same_as_yaml() {
    let yaml = everything();
    for text in [
        serde_json::to_string(&yaml.value).unwrap(),
        serde_json::to_string_pretty(&yaml.value)
            .unwrap()
            .replace("  ", "\t"),
    ] {
        for name in ["everything.json", "everything.yaml"] {
            let json = parse(&text, name).expect("the same document as JSON");
            assert_eq!(json.value, yaml.value);
            assert_eq!(json.tasks, yaml.tasks);
            assert_eq!(json.use_, yaml.use_);
            assert_eq!(json.document, yaml.document);
        }
    }
}

#[test]
fn plain_scalars_are_those_of_yaml_1_2() {
    let document = "\
document: { dsl: 1.0.3, namespace: a, name: b, version: 1.0.0 }
do:
  - one:
      set: { on: yes, off: NO, oct: 0o17, hex: 0xFF, old: 017, exp: 1e3, big: 18446744073709551615,
             neg: -5, plus: +5, dot: .5, date: 2024-01-01, colon: 1:30, nul: ~, str: !!str 5,
             quoted: '5', empty: '' }
";
    let definition = parse(document, "order.yaml").expect("the document is right");
    assert_eq!(
        definition.value.pointer("/do/0/one/set"),
        Some(&json!({
            "on": "yes", "off": "NO", "oct": 15, "hex": 255, "old": 17, "exp": 1000.0,
            "big": u64::MAX, "neg": -5, "plus": 5, "dot": 0.5, "date": "2024-01-01",
            "colon": "1:30", "nul": Value::Null, "str": "5", "quoted": "5", "empty": "",
        }))
    );
}

#[test]
fn a_schema_for_editors_is_no_mistake() {
    let document = "{\"$schema\": \"https://open-workflow-specification.org/x.json\", \
                    \"document\": {\"dsl\": \"1.0.3\", \"namespace\": \"a\", \"name\": \"b\", \
                    \"version\": \"1.0.0\"}, \"do\": [{\"one\": {\"wait\": \"PT1S\"}}]}";
    assert!(parse(document, "order.json").is_ok());
}

#[test]
fn aliases_repeat_values() {
    let document = "\
document: { dsl: 1.0.3, namespace: a, name: b, version: 1.0.0 }
do:
  - one: { set: &data { a: [1, 2] } }
  - two: { set: *data }
";
    let definition = parse(document, "order.yaml").expect("the document is right");
    assert_eq!(
        definition.value["do"][1]["two"]["set"],
        json!({ "a": [1, 2] })
    );
}

//! The specification's conformance kit, where it is at hand: its features are read from
//! `../shared/spec` beside the repository, and its servers are played by a script.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use weir_definition::parse;
use weir_engine::{HttpRequest, Request, Status};
use weir_graph::{HttpOutput, Limits, compile};

use crate::world::{Action, Reply, World};

/// Scenarios that need what is not supported yet.
const UNSUPPORTED: [&str; 2] = [
    "Call OpenAPI With Content Output",
    "Call OpenAPI With Response Output",
];

/// A step, and the text block under it.
struct Step {
    text: String,
    block: String,
}

#[test]
fn the_conformance_kits_scenarios_pass() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/ctk/features");
    let Ok(files) = fs::read_dir(&folder) else {
        return;
    };
    let mut ran = 0;
    for file in files {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for (name, steps) in scenarios(&text) {
            if !UNSUPPORTED.contains(&name.as_str()) {
                run(&name, &steps);
                ran += 1;
            }
        }
    }
    assert!(ran >= 19, "only {ran} scenarios were found");
}

fn scenarios(feature: &str) -> Vec<(String, Vec<Step>)> {
    let mut scenarios: Vec<(String, Vec<Step>)> = Vec::new();
    let mut lines = feature.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("Scenario: ") {
            scenarios.push((name.to_owned(), Vec::new()));
        } else if let Some((_, steps)) = scenarios.last_mut() {
            if line.starts_with("\"\"\"") {
                let block: Vec<_> = lines
                    .by_ref()
                    .take_while(|line| !line.trim().starts_with("\"\"\""))
                    .collect();
                if let Some(step) = steps.last_mut() {
                    step.block = block.join("\n");
                }
            } else if !line.is_empty() && !line.starts_with('#') {
                steps.push(Step {
                    text: line.to_owned(),
                    block: String::new(),
                });
            }
        }
    }
    scenarios
}

fn run(name: &str, steps: &[Step]) {
    let block = |text: &str| {
        let step = steps.iter().find(|step| step.text.contains(text));
        step.map(|step| step.block.as_str())
    };
    let definition = parse(block("a workflow with definition").unwrap(), "kit.yaml");
    let definition = definition.unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
    let program = compile(&definition, &Limits::default());
    let program = program.unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
    let mut world = World::of(program);
    world.start(block("the workflow input is").map_or(Value::Null, yaml));
    world.run(server);
    for step in steps {
        check(name, step, &world);
    }
}

fn check(name: &str, step: &Step, world: &World) {
    let text = step.text.as_str();
    let quoted: Vec<_> = text.split('\'').skip(1).step_by(2).collect();
    if text.contains("should complete with output") {
        assert_eq!(world.output(), yaml(&step.block), "{name}");
    } else if text.contains("should complete") {
        assert_eq!(
            world.state.status,
            Status::Completed,
            "{name}: {:?}",
            world.state.error
        );
    } else if text.contains("should fault with error") {
        let error = world.error();
        let found = json!({
            "type": error.type_, "status": error.status, "title": error.title,
            "instance": error.instance,
        });
        assert_eq!(found, yaml(&step.block), "{name}");
    } else if text.contains("should fault") {
        world.error();
    } else if text.contains("should have properties") {
        for path in quoted {
            assert!(property(&world.output(), path).is_some(), "{name}: {path}");
        }
    } else if text.contains("property with value") {
        assert_eq!(
            property(&world.output(), quoted[0]),
            Some(yaml(&step.block)),
            "{name}"
        );
    } else if text.contains("property containing") {
        let items = property(&world.output(), quoted[0]).unwrap();
        assert_eq!(items.as_array().unwrap().len(), 1, "{name}");
    } else if let Some((task, order)) = text.split_once(" should run ") {
        let task = task.trim_start_matches("And ");
        let started = world.started();
        let place = |task: &str| {
            let suffix = format!("/{task}");
            let place = started
                .iter()
                .position(|reference| reference.ends_with(&suffix));
            place.unwrap_or_else(|| panic!("{name}: {task} did not run"))
        };
        match order {
            "first" => assert_eq!(place(task), 0, "{name}"),
            "last" => assert_eq!(place(task), started.len() - 1, "{name}"),
            after => {
                let before = after.trim_start_matches("after ");
                assert!(place(task) > place(before), "{name}");
            }
        }
    } else {
        let known = ["with definition", "input is", "is executed"];
        assert!(
            known.iter().any(|known| text.contains(known)),
            "{name}: unknown step `{text}`"
        );
    }
}

/// The servers of the kit.
fn server(action: &Action) -> Reply {
    let Request::Http(request) = &action.request else {
        panic!("{action:?}");
    };
    if request.uri.starts_with("https://httpbin.org/basic-auth/") {
        return if request.credentials.is_some() {
            Reply::Done(json!({"authenticated": true}))
        } else {
            Reply::Fail(401)
        };
    }
    let pet = |id: u64| json!({"id": id, "name": "Rex", "status": "available"});
    match request
        .uri
        .strip_prefix("https://petstore.swagger.io/v2/pet/")
    {
        Some("findByStatus?status=available") => answer(request, json!([pet(1), pet(2)])),
        Some(id) if id.parse::<u64>().is_ok() => answer(request, pet(id.parse().unwrap())),
        _ => Reply::Fail(404),
    }
}

fn answer(request: &HttpRequest, content: Value) -> Reply {
    Reply::Done(match request.output {
        HttpOutput::Response => json!({
            "request": {"method": request.method, "uri": request.uri, "headers": {}},
            "statusCode": 200,
            "headers": {},
            "content": content,
        }),
        HttpOutput::Content | HttpOutput::Raw => content,
    })
}

fn property(value: &Value, path: &str) -> Option<Value> {
    let found = path
        .split('.')
        .try_fold(value, |value, name| value.get(name));
    found.cloned()
}

/// Any YAML, read as the metadata of a definition.
fn yaml(text: &str) -> Value {
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().map(indent).min().unwrap_or(0);
    let lines: Vec<_> = lines
        .iter()
        .map(|line| format!("      {}", &line[least..]))
        .collect();
    let document = format!(
        "document:\n  dsl: '1.0.3'\n  namespace: n\n  name: n\n  version: '1.0.0'\n  metadata:\n    value:\n{}\ndo:\n- a: {{set: nothing}}\n",
        lines.join("\n")
    );
    let definition = parse(&document, "value.yaml").unwrap_or_else(|errors| {
        panic!("{errors:#?}\n{document}");
    });
    definition.value["document"]["metadata"]["value"].clone()
}

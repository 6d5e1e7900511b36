//! What the steps mean.

use serde_json::{Value, json};
use weir_integration_tests::{Api, Trace, Traced};

use super::feature::{Scenario, Step};

/// How a scenario went; where it fails, it panics.
pub enum Outcome {
    Passed,
    /// It needs what is not supported.
    Skipped(String),
}

/// The diagnostic of what is valid, but not executed.
const UNSUPPORTED: &str = "E104";

/// Runs `scenario` in a namespace of its own.
pub async fn run(api: &Api, trace: &mut Trace, namespace: &str, scenario: &Scenario) -> Outcome {
    let mut definition = String::new();
    let mut input = Value::Null;
    let mut run = None;
    for step in &scenario.steps {
        match step.text.as_str() {
            "a workflow with definition:" => definition = moved(&step.block, namespace),
            "the workflow input is:" => input = yaml(&step.block),
            "the workflow is executed" => {
                let workflow = match deploy(api, &definition).await {
                    Ok(workflow) => workflow,
                    Err(unsupported) => return Outcome::Skipped(unsupported),
                };
                run = Some(Run::execute(api, trace, &workflow, &input, &scenario.name).await);
            }
            _ => {
                let run = run.as_ref().expect("the workflow was executed");
                let held = run.holds(step);
                assert!(
                    held.unwrap_or_else(|| panic!("unknown step: {}", step.text)),
                    "{}: {}\n{}\n{run:#?}",
                    scenario.name,
                    step.text,
                    step.block
                );
            }
        }
    }
    Outcome::Passed
}

/// The definition in another namespace.
fn moved(definition: &str, namespace: &str) -> String {
    let lines = definition
        .lines()
        .map(|line| match line.split_once("namespace:") {
            Some((before, _)) if before.trim().is_empty() => {
                format!("{before}namespace: {namespace}\n")
            }
            _ => format!("{line}\n"),
        });
    lines.collect()
}

/// Deploys, and returns `<namespace>/<name>`; or says what is not supported.
async fn deploy(api: &Api, definition: &str) -> Result<String, String> {
    let answer = api.try_deploy(definition).await;
    if answer.status.is_success() {
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        return Ok(format!("{}/{}", text("namespace"), text("name")));
    }
    let diagnostics = answer.body["diagnostics"].as_array();
    let diagnostics = diagnostics.map_or(&[][..], Vec::as_slice);
    let unsupported = diagnostics
        .iter()
        .find(|diagnostic| diagnostic["code"] == UNSUPPORTED);
    let Some(unsupported) = unsupported else {
        panic!("{answer:#?}\n{definition}");
    };
    Err(unsupported["message"].as_str().unwrap().to_owned())
}

/// A workflow that has ended.
#[derive(Debug)]
struct Run {
    instance: Value,
    trace: Vec<Traced>,
}

impl Run {
    async fn execute(
        api: &Api,
        trace: &mut Trace,
        workflow: &str,
        input: &Value,
        key: &str,
    ) -> Self {
        let id = api.start(workflow, input, key).await;
        let what = format!("the end of {key}");
        trace.until_ended(&what, &id).await;
        let instance = api.instance(&id).await;
        Self {
            instance,
            trace: trace.of(&id),
        }
    }

    /// Whether what `step` says is so; none if the step is unknown.
    fn holds(&self, step: &Step) -> Option<bool> {
        let text = step.text.as_str();
        let block = || yaml(&step.block);
        if let Some(rest) = text.strip_prefix("the workflow should ") {
            return Some(match rest {
                "complete" => self.is("completed"),
                "complete with output:" => self.is("completed") && self.output() == &block(),
                "fault" => self.is("faulted"),
                "fault with error:" => self.is("faulted") && contains(self.error(), &block()),
                "cancel" => self.is("cancelled"),
                _ => return None,
            });
        }
        if let Some(rest) = text.strip_prefix("the workflow output should have ") {
            let mut quoted = rest.split('\'').skip(1).step_by(2);
            let property = |path: &str| property(self.output(), path);
            if rest.starts_with("properties ") {
                return Some(quoted.all(|path| property(path).is_some()));
            }
            let found = property(quoted.next()?);
            if rest.ends_with("property with value:") {
                return Some(found == Some(&block()));
            }
            let (_, count) = rest.split_once("property containing ")?;
            let count: usize = count.strip_suffix(" items")?.parse().ok()?;
            return Some(found.and_then(Value::as_array).map(Vec::len) == Some(count));
        }
        let (task, rest) = text.split_once(" should ")?;
        if let Some(order) = rest.strip_prefix("run ") {
            return self.ran(task, order);
        }
        let names = match rest {
            "complete" => "task-completed",
            "fault" => "task-faulted",
            "cancel" => "task-cancelled",
            _ => return None,
        };
        Some(!self.places(task, names).is_empty())
    }

    /// Whether a task ran in an order: `first`, `last`, `before <task>` or `after <task>`.
    fn ran(&self, task: &str, order: &str) -> Option<bool> {
        let start = |task: &str| self.places(task, "task-started").first().copied();
        let all = self.starts();
        let own = start(task);
        let Some(own) = own else {
            return Some(false);
        };
        Some(match order.split_once(' ') {
            None if order == "first" => all.first() == Some(&own),
            None if order == "last" => all.last() == Some(&own),
            Some(("before", other)) => start(other).is_some_and(|other| own < other),
            Some(("after", other)) => start(other).is_some_and(|other| own > other),
            _ => return None,
        })
    }

    /// Where on the trace something happened to a task.
    fn places(&self, task: &str, name: &str) -> Vec<usize> {
        let is_it = |message: &Traced| {
            let reference = message.task().unwrap_or_default();
            message.name == name && reference.rsplit('/').next() == Some(task)
        };
        let places = self.trace.iter().enumerate();
        let places = places.filter(|(_, message)| is_it(message));
        places.map(|(place, _)| place).collect()
    }

    fn starts(&self) -> Vec<usize> {
        let places = self.trace.iter().enumerate();
        let starts = places.filter(|(_, message)| message.name == "task-started");
        starts.map(|(place, _)| place).collect()
    }

    fn is(&self, status: &str) -> bool {
        self.instance["status"] == status
    }

    fn output(&self) -> &Value {
        &self.instance["output"]
    }

    fn error(&self) -> &Value {
        &self.instance["error"]
    }
}

/// Whether `whole` has everything that `part` has.
fn contains(whole: &Value, part: &Value) -> bool {
    let Value::Object(part) = part else {
        return whole == part;
    };
    part.iter()
        .all(|(name, part)| whole.get(name).is_some_and(|whole| contains(whole, part)))
}

fn property<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

/// Any YAML, read as the metadata of a definition.
fn yaml(text: &str) -> Value {
    let indented: Vec<String> = text.lines().map(|line| format!("      {line}")).collect();
    let indented = indented.join("\n");
    let document = format!(
        "document:\n  dsl: '1.0.3'\n  namespace: n\n  name: n\n  version: '1.0.0'\n  metadata:\n    \
         value:\n{indented}\ndo:\n- a: {{set: {{b: 1}}}}\n",
    );
    let definition = weir_definition::parse(&document, "value.yaml")
        .unwrap_or_else(|errors| panic!("{errors:#?}\n{document}"));
    let metadata = &definition.value["document"]["metadata"];
    metadata.get("value").cloned().unwrap_or(json!(null))
}

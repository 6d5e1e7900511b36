//! The files of cases.

use std::{fs, path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use weir_definition::{Diagnostic, Source};
use weir_graph::{Limits, Program};
use weir_rehearsal::Script;

/// A file: cases about one part of the language.
pub struct Suite {
    /// What it is about.
    pub about: String,
    pub cases: Vec<Case>,
}

/// A workflow, and what is expected of it.
#[derive(Clone)]
pub struct Case {
    /// `<file>-<number>`, which is also the workflow's name.
    pub id: String,
    /// The property of the language's reference.
    pub property: String,
    pub name: String,
    /// The definition, without its `document`.
    workflow: Value,
    /// Codes of the diagnostics that refuse it.
    pub refused: Option<Vec<String>>,
    /// Why it runs on the engine only.
    pub engine_only: Option<String>,
    /// The rest: a case of `weir test`.
    pub test: Value,
}

/// All of them, by name of the file.
pub fn suites() -> Vec<Suite> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases");
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(read).collect()
}

fn read(path: &PathBuf) -> Suite {
    let text = fs::read_to_string(path).unwrap();
    let file = path.file_stem().unwrap().to_string_lossy();
    let (_, suite) = Source::read(&text, &file).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let cases = suite["cases"].as_array().unwrap().iter().enumerate();
    Suite {
        about: suite["about"].as_str().unwrap().to_owned(),
        cases: cases
            .map(|(index, case)| Case::read(&format!("{file}-{}", index + 1), case))
            .collect(),
    }
}

impl Case {
    fn read(id: &str, case: &Value) -> Self {
        let mut test = case.as_object().unwrap().clone();
        let name = test["name"].clone();
        let mut take = |name: &str| test.remove(name);
        let words = |value: Value| value.as_str().unwrap_or_else(|| panic!("{id}")).to_owned();
        let property = take("property").unwrap_or_else(|| panic!("{id} has no property"));
        let workflow = take("workflow").unwrap_or_else(|| panic!("{id} has no workflow"));
        let refused = take("refused").map(|codes| {
            let codes = codes.as_array().unwrap_or_else(|| panic!("{id}")).clone();
            codes.into_iter().map(words).collect()
        });
        Self {
            id: id.to_owned(),
            property: words(property),
            name: words(name),
            workflow,
            refused,
            engine_only: take("engineOnly").map(words),
            test: Value::Object(test),
        }
    }

    /// The definition as it is deployed.
    pub fn definition(&self) -> Value {
        let mut definition = self.workflow.clone();
        definition["document"] = json!({
            "dsl": "1.0.3", "namespace": "cases", "name": self.id, "version": "1.0.0",
        });
        definition
    }

    pub fn compile(&self) -> Result<Arc<Program>, Vec<Diagnostic>> {
        let definition = weir_definition::parse(&self.definition().to_string(), &self.id)?;
        weir_graph::compile(&definition, &Limits::default()).map(Arc::new)
    }

    /// The case as `weir test` reads it.
    pub fn script(&self, program: &Program, test: &Value) -> Result<Script, String> {
        let script = json!({"cases": [test]}).to_string();
        Script::read(&script, &self.id, program).map_err(|wrong| format!("{wrong:#?}"))
    }
}

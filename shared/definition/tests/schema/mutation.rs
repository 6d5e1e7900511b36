//! Breaks documents at random.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Changes one thing in a document at a time.
pub struct Mutator {
    state: u64,
    names: Vec<String>,
    values: Vec<Value>,
}

/// The way to a value.
type Path = Vec<Step>;

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

impl Mutator {
    /// Takes the names of properties from `names`, and values from anywhere in `documents`.
    pub fn new(seed: u64, names: BTreeSet<String>, documents: &[(String, Value)]) -> Self {
        let mut values = vec![
            json!(null),
            json!(true),
            json!(0),
            json!(7),
            json!(-1),
            json!(1.5),
            json!(""),
            json!(" "),
            json!("text"),
            json!("Text 1"),
            json!("${ .a }"),
            json!("${ }"),
            json!("PT1S"),
            json!("P1DT"),
            json!([]),
            json!(["a"]),
            json!([1]),
            json!({}),
            json!({"a": "b"}),
            json!({"seconds": 1}),
            json!({"use": "b"}),
        ];
        for (_, document) in documents {
            let mut paths = Vec::new();
            walk(document, &mut Vec::new(), &mut paths);
            values.extend(paths.iter().map(|path| at(document, path).clone()));
        }
        Self {
            state: seed,
            names: names.into_iter().collect(),
            values,
        }
    }

    /// A changed document, and what was changed.
    pub fn mutate(&mut self, document: &Value) -> (Value, String) {
        let mut paths = Vec::new();
        walk(document, &mut Vec::new(), &mut paths);
        let path = paths[self.below(paths.len())].clone();
        let mut broken = document.clone();
        let place = at_mut(&mut broken, &path);
        let change = match (self.below(6), place) {
            (0, Value::Object(members)) if !members.is_empty() => {
                let key = self.key_of(members);
                members.shift_remove(&key);
                format!("drop {key}")
            }
            (1, Value::Object(members)) if !members.is_empty() => {
                let key = self.key_of(members);
                let name = self.name();
                let value = members.shift_remove(&key).unwrap();
                members.insert(name.clone(), value);
                format!("rename {key} to {name}")
            }
            (2, Value::Object(members)) => {
                let (name, value) = (self.name(), self.value());
                let change = format!("add {name}: {value}");
                members.insert(name, value);
                change
            }
            (0 | 1, Value::Array(items)) if !items.is_empty() => {
                items.remove(self.below(items.len()));
                "drop an item".to_owned()
            }
            (2, Value::Array(items)) => {
                let value = self.value();
                let change = format!("add item {value}");
                items.push(value);
                change
            }
            (_, place) => {
                *place = self.value();
                format!("put {place}")
            }
        };
        (broken, format!("at {}: {change}", pointer(&path)))
    }

    fn key_of(&mut self, members: &serde_json::Map<String, Value>) -> String {
        members
            .keys()
            .nth(self.below(members.len()))
            .unwrap()
            .clone()
    }

    /// A name of the language, more often than one that is none.
    fn name(&mut self) -> String {
        let index = self.below(self.names.len() + 3);
        self.names
            .get(index)
            .map_or("Unknown-1", String::as_str)
            .to_owned()
    }

    fn value(&mut self) -> Value {
        // Half of them from the few that are of the wrong kind nearly everywhere.
        let few = self.below(2) == 0;
        let index = self.below(if few { 21 } else { self.values.len() });
        self.values[index].clone()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn walk(value: &Value, path: &mut Path, paths: &mut Vec<Path>) {
    paths.push(path.clone());
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                path.push(Step::Key(key.clone()));
                walk(member, path, paths);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                walk(item, path, paths);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at<'v>(value: &'v Value, path: &[Step]) -> &'v Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &value[key],
        Step::Index(index) => &value[*index],
    })
}

fn at_mut<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key],
        Step::Index(index) => &mut value[*index],
    })
}

fn pointer(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}

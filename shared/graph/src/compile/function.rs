//! `use.functions`, and calls of functions: the document's own, and those that workers serve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_definition::model::data::{Template as TemplateSource, Text};

use super::Compiler;
use super::list::Siblings;
use super::report::{Compiled, Reported, code};
use crate::{Invoke, List, ListIndex, WorkerCall};

/// Functions may call functions, this deep.
const DEPTH_MAX: usize = 32;

/// The catalog that needs no declaration: what workers serve.
const DEFAULT_CATALOG: &str = "default";

/// The functions of the document.
#[derive(Default)]
pub(super) struct Functions<'d> {
    lists: BTreeMap<&'d str, ListIndex>,
    /// Which one is being compiled.
    current: Option<&'d str>,
    /// Which ones each calls, with the pointer of the call.
    calls: BTreeMap<&'d str, BTreeMap<&'d str, String>>,
}

impl<'d> Functions<'d> {
    pub(super) fn set_current(&mut self, current: Option<&'d str>) {
        self.current = current;
    }

    /// Notes that what is being compiled calls this function, or is extended by this extension.
    pub(super) fn call(&mut self, callee: &'d str, place: &str) {
        if let Some(caller) = self.current {
            let calls = self.calls.entry(caller).or_default();
            calls.entry(callee).or_insert_with(|| place.to_owned());
        }
    }
}

impl<'d> Compiler<'d> {
    pub(super) fn is_function(&self, name: &str) -> bool {
        self.functions.lists.contains_key(name)
    }

    /// Gives every function a place, so that they can be called before they are compiled.
    pub(super) fn declare_functions(&mut self) {
        for (name, function) in &self.definition.use_.functions {
            let list = ListIndex(self.lists.len());
            self.lists.push(List {
                tasks: vec![self.index(function)],
                owner: None,
            });
            self.functions.lists.insert(name, list);
        }
    }

    /// Compiles every function, once. They see no variables but their own.
    pub(super) fn compile_functions(&mut self) -> Compiled<()> {
        let mut compiled = Ok(());
        for (name, function) in &self.definition.use_.functions {
            let list = self.functions.lists[name.as_str()];
            let index = self.index(function);
            self.functions.current = Some(name);
            compiled = compiled.and(self.task(name, function, index, &Siblings::none(list)));
        }
        self.functions.current = None;
        compiled.and(self.check_calls())
    }

    /// A call of a function of the document.
    pub(super) fn invoke(
        &mut self,
        name: &'d Text,
        with: Option<&'d TemplateSource>,
    ) -> Compiled<Invoke> {
        self.functions.call(&name.value, &name.pointer);
        let body = self.functions.lists.get(name.value.as_str()).copied();
        let arguments = with.map(|with| self.template(with)).transpose()?;
        match body {
            Some(body) => Ok(Invoke { arguments, body }),
            None => Err(self.unknown(name, "functions")),
        }
    }

    /// A call of anything else: `name:version@default` is served by workers.
    pub(super) fn worker(
        &mut self,
        name: &'d Text,
        with: Option<&'d TemplateSource>,
    ) -> Compiled<WorkerCall> {
        let Some((function, catalog)) = name.value.rsplit_once('@') else {
            if name.value.contains("://") {
                return Err(self.remote(name));
            }
            return Err(self.unknown_function(name));
        };
        let declared = &self.definition.use_.catalogs;
        if catalog != DEFAULT_CATALOG && !declared.contains_key(catalog) {
            if name.value.contains("://") {
                return Err(self.remote(name));
            }
            let message = format!("`{catalog}` is not in `use.catalogs`");
            let remedy = "write `name:version@default` for a function that workers serve";
            return Err(self.report_within(code::UNKNOWN, &name.pointer, 0, message, remedy));
        }
        if declared.contains_key(catalog) {
            return Err(self.remote(name));
        }
        let Some(function) = function_token(function) else {
            let message = format!("`{}` names no function and version", name.value);
            let remedy = "write `name:1.0.0@default`; names have letters, digits and `-` only";
            return Err(self.report_within(code::UNKNOWN, &name.pointer, 0, message, remedy));
        };
        let arguments = with.map(|with| self.template(with)).transpose()?;
        Ok(WorkerCall {
            function,
            arguments,
        })
    }

    fn remote(&mut self, name: &Text) -> Reported {
        let what = format!(
            "`call: {}` (a function that is loaded from elsewhere)",
            name.value
        );
        let remedy = "copy it under `use.functions`, so that what runs is what was checked";
        self.unsupported(&name.pointer, &what, remedy)
    }

    fn unknown_function(&mut self, name: &Text) -> Reported {
        let message = format!("`{}` is not in `use.functions`", name.value);
        let remedy = "define it there, or write `name:version@default` for a function that \
                      workers serve";
        self.report_within(code::UNKNOWN, &name.pointer, 0, message, remedy)
    }

    /// Functions must not call each other in a circle, nor too deep.
    fn check_calls(&mut self) -> Compiled<()> {
        let calls = std::mem::take(&mut self.functions.calls);
        // From the functions that call none upwards, a level at a time.
        let mut done = BTreeSet::new();
        let extensions = &self.definition.use_.extensions;
        let extensions = extensions.iter().map(|each| each.pointer.as_str());
        let functions = self.functions.lists.keys().copied();
        let names: BTreeSet<&str> = functions.chain(extensions).collect();
        for _ in 0..DEPTH_MAX {
            let ready = |name: &&str| {
                let mut called = calls.get(name).into_iter().flat_map(BTreeMap::keys);
                called.all(|callee| done.contains(callee) || !names.contains(callee))
            };
            let next: Vec<&str> = names.difference(&done).copied().filter(ready).collect();
            if next.is_empty() {
                break;
            }
            done.extend(next);
        }
        let Some(start) = names.difference(&done).next() else {
            return Ok(());
        };
        // Each of those left calls another of them: the way from any leads round, or deep.
        let mut path: Vec<(&str, &str)> = Vec::new();
        let mut at = *start;
        while !path.iter().any(|(name, _)| *name == at) {
            let mut callees = calls.get(at).into_iter().flatten();
            let Some((next, place)) = callees.find(|(name, _)| !done.contains(*name)) else {
                let pointer = format!("/use/functions/{at}");
                let message = format!("functions call functions more than {DEPTH_MAX} deep");
                let remedy = "write what they do in fewer functions";
                return Err(self.report(code::BOUND, &pointer, message, remedy));
            };
            path.push((at, place));
            at = next;
        }
        let from = path.iter().position(|(name, _)| *name == at).unwrap_or(0);
        let names: Vec<&str> = path[from..].iter().map(|(name, _)| *name).collect();
        let message = format!(
            "functions call each other in a circle: {} → {at}",
            names.join(" → ")
        );
        let remedy = "a workflow has to end: repeat with `for` (and `while`)";
        let pointer = path[from].1.to_owned();
        Err(self.report(code::CYCLE, &pointer, message, remedy))
    }
}

/// The token of the subject of a function that workers serve: `charge:1.0.0` → `charge_1_0_0`;
/// none if that is no name and version that can be in one.
pub fn function_token(function: &str) -> Option<Arc<str>> {
    let (name, version) = function.split_once(':')?;
    let plain = |text: &str, more: &[char]| {
        let fits = |char: char| char.is_ascii_alphanumeric() || more.contains(&char);
        !text.is_empty() && text.len() <= 60 && text.chars().all(fits)
    };
    let fits = plain(name, &['-']) && plain(version, &['.', '-']);
    fits.then(|| format!("{name}_{}", version.replace('.', "_")).into())
}

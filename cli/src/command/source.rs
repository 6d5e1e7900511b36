//! Files of definitions, read and compiled: for the commands that work offline.

use std::{collections::BTreeMap, fs, path::PathBuf};

use weir_definition::{Diagnostic, diagnostic::Severity};
use weir_graph::{Limits, Program};

use super::check;
use crate::{
    args::Args,
    output::{Exit, Output},
};

/// What definitions are compiled under, by the configuration that is found here.
pub(super) struct Rules {
    limits: Limits,
    namespaces: BTreeMap<String, Limits>,
    /// The largest value that a message, so a record, can hold.
    pub value_bytes_max: u64,
}

impl Rules {
    pub fn of(args: &Args) -> anyhow::Result<Self> {
        let config = args.config()?;
        let settings = weir_ingress::Settings::new(&config);
        Ok(Self {
            value_bytes_max: config.limits.payload_bytes_max,
            limits: settings.limits,
            namespaces: settings.namespaces,
        })
    }

    fn compile(&self, text: &str, name: &str) -> Result<Program, Vec<Diagnostic>> {
        let definition = weir_definition::parse(text, name)?;
        let own = self.namespaces.get(&definition.document.namespace);
        weir_graph::compile(&definition, own.unwrap_or(&self.limits))
    }
}

/// A file that was read, once (it may be a pipe), and what was found in it.
pub(super) struct Checked {
    pub name: String,
    /// Empty if it cannot be read.
    pub text: String,
    pub found: Found,
}

/// A file that holds a workflow.
pub(super) struct ValidSource {
    pub text: String,
    pub program: Box<Program>,
}

/// What a file holds.
pub(super) enum Found {
    /// A workflow; its warnings are in it.
    Valid(Box<Program>),
    /// What keeps it from being one.
    Invalid(Vec<Diagnostic>),
    /// Nothing, for this reason.
    Unreadable(String),
}

impl Checked {
    pub fn read(path: &PathBuf, rules: &Rules) -> Self {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => {
                let found = match rules.compile(&text, &name) {
                    Ok(program) => Found::Valid(Box::new(program)),
                    Err(diagnostics) => Found::Invalid(diagnostics),
                };
                Self { name, text, found }
            }
            Err(error) => Self {
                name,
                text: String::new(),
                found: Found::Unreadable(error.to_string()),
            },
        }
    }

    /// Errors or warnings, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &self.found {
            Found::Valid(program) => &program.warnings,
            Found::Invalid(diagnostics) => diagnostics,
            Found::Unreadable(_) => &[],
        }
    }

    /// How many errors, and how many warnings.
    pub fn counts(&self) -> (usize, usize) {
        let diagnostics = self.diagnostics();
        let errors = diagnostics.iter();
        let errors = errors.filter(|diagnostic| diagnostic.severity() == Severity::Error);
        let errors = errors.count();
        (errors, diagnostics.len() - errors)
    }

    pub fn exit(&self) -> Exit {
        match self.found {
            Found::Valid(_) => Exit::Done,
            Found::Invalid(_) => Exit::Invalid,
            Found::Unreadable(_) => Exit::Usage,
        }
    }
}

/// The program in a file; if there is none, says why, and returns how the command ends.
pub(super) fn valid(file: &PathBuf, rules: &Rules, output: &Output) -> Result<Box<Program>, Exit> {
    let checked = Checked::read(file, rules);
    let exit = checked.exit();
    if exit != Exit::Done {
        check::print(&checked, &mut check::Told::default(), output);
    }
    match checked.found {
        Found::Valid(program) => Ok(program),
        Found::Invalid(_) | Found::Unreadable(_) => Err(exit),
    }
}

/// The sources in these files; if one cannot be read or is not valid, says so, and returns how the
/// command ends.
pub(super) fn valid_sources(
    files: &[PathBuf],
    args: &Args,
    output: &Output,
) -> anyhow::Result<Result<Vec<ValidSource>, Exit>> {
    let rules = Rules::of(args)?;
    let mut told = check::Told::default();
    let mut sources = Ok(Vec::new());
    for file in files {
        let checked = Checked::read(file, &rules);
        let exit = checked.exit();
        if exit != Exit::Done {
            check::print(&checked, &mut told, output);
        }
        let text = checked.text;
        match (checked.found, &mut sources) {
            (Found::Valid(program), Ok(sources)) => sources.push(ValidSource { text, program }),
            (Found::Valid(_), Err(_)) => {}
            (Found::Invalid(_) | Found::Unreadable(_), sources) => *sources = Err(exit),
        }
    }
    Ok(sources)
}

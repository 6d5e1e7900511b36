//! From a parsed definition to a [`Program`].
//!
//! Everything wrong is collected, so that one run tells everything: what does not compile is
//! reported, and its siblings are compiled all the same.

mod action;
mod authentication;
mod check;
mod container;
mod data;
mod event;
mod expression;
mod extension;
mod fault;
mod function;
mod iteration;
mod list;
mod number;
mod place;
mod remote;
mod report;
mod schedule;
mod secret;
mod size;
mod support;
mod task;
mod warn;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::function::function_token;
pub(crate) use self::size::names as path_names;

use weir_definition::{Definition, Diagnostic, model};
use weir_expression::{Data, Mode};

use self::function::Functions;
use self::report::{Compiled, Reported};
use crate::{Bound, Deadline, Flow, Limits, List, Program, Task, TaskIndex, WorkflowRef};

/// Compiles a definition under the given limits: the program with its bound and its warnings.
///
/// # Errors
/// All that keeps it from being run, in the order of the document: expressions and schemas that
/// do not compile, what is not supported yet, cycles, and bounds above the limits.
pub fn compile(definition: &Definition, limits: &Limits) -> Result<Program, Vec<Diagnostic>> {
    let mut compiler = Compiler::new(definition, limits);
    let program = compiler.program();
    let program = match program {
        Ok(program) if compiler.diagnostics.is_empty() => compiler.check(program),
        Ok(_) => Err(Reported),
        Err(reported) => Err(reported),
    };
    match program {
        Ok(mut program) => {
            program.warnings = compiler.into_diagnostics();
            Ok(program)
        }
        Err(Reported) => Err(compiler.into_diagnostics()),
    }
}

/// What all parts of the compilation share.
struct Compiler<'d> {
    definition: &'d Definition,
    limits: &'d Limits,
    mode: Mode,
    /// The variables that are in scope beside the standard ones, outermost first.
    variables: Vec<&'d str>,
    /// Whether what is compiled goes into an action's request, and nowhere else: there alone secrets
    /// may be used.
    in_request: bool,
    /// Where each task will stand in `tasks`.
    indices: BTreeMap<Arc<str>, TaskIndex>,
    /// The compiled tasks; none until then.
    tasks: Vec<Option<Task>>,
    lists: Vec<List>,
    functions: Functions<'d>,
    /// The lists of each extension.
    extensions: Vec<extension::Lists>,
    /// Where the extended tasks that are being compiled lead, the outermost first.
    ways: Vec<Vec<Flow>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'d> Compiler<'d> {
    fn new(definition: &'d Definition, limits: &'d Limits) -> Self {
        let indices = number::number(definition);
        Self {
            definition,
            limits,
            mode: match definition.evaluate.mode {
                model::Mode::Strict => Mode::Strict,
                model::Mode::Loose => Mode::Loose,
            },
            variables: Vec::new(),
            in_request: false,
            tasks: vec![None; indices.len()],
            indices,
            lists: Vec::new(),
            functions: Functions::default(),
            extensions: Vec::new(),
            ways: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn program(&mut self) -> Compiled<Program> {
        let definition = self.definition;
        self.unsupported_sections();
        let schedule = definition.schedule.as_ref();
        let times = schedule.map(|schedule| self.schedule(schedule)).transpose();
        let on = schedule.and_then(|schedule| Some((schedule.on.as_ref()?, schedule.read)));
        let trigger = on.map(|(on, read)| self.trigger(on, read)).transpose();
        let input = self.input(definition.input.as_ref());
        self.declare_functions();
        let extensions = self.compile_extensions();
        let root = self.list(&definition.tasks, None);
        let functions = self.compile_functions();
        let deadline = match &definition.timeout {
            Some(timeout) => self.timeout(timeout).map(Deadline::Own),
            None => Ok(Deadline::Default(self.limits.workflow_timeout_ms)),
        };
        let output = self.output(definition.output.as_ref());
        let tasks = std::mem::take(&mut self.tasks);
        // Where every list compiled, every task did.
        let root = root?;
        functions?;
        extensions?;
        Ok(Program {
            workflow: WorkflowRef {
                namespace: definition.document.namespace.clone(),
                name: definition.document.name.clone(),
                version: definition.document.version.clone(),
            },
            definition: Data::from(definition.value.clone()),
            tasks: tasks.into_iter().flatten().collect(),
            lists: std::mem::take(&mut self.lists),
            root,
            input: input?,
            output: output?,
            deadline: deadline?,
            trigger: trigger?,
            schedule: times?.flatten(),
            limits: self.limits.clone(),
            bound: Bound::default(),
            warnings: Vec::new(),
            by_reference: std::mem::take(&mut self.indices),
        })
    }

    /// Runs `compile` with more variables in scope.
    fn scoped<T>(
        &mut self,
        variables: impl IntoIterator<Item = &'d str>,
        compile: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.variables.len();
        self.variables.extend(variables);
        let compiled = compile(self);
        self.variables.truncate(outer);
        compiled
    }
}

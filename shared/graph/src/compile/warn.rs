//! What compiles, but hardly does what its author means: warnings.

mod catch;
mod choice;
mod correlation;
mod deadline;
mod retry;
mod schema;
mod unreachable;

use super::Compiler;
use crate::bound::Bounds;
use crate::{Bound, Program};

impl Compiler<'_> {
    /// Notes every warning about a compiled program.
    pub(super) fn warn(&mut self, program: &Program, bounds: &Bounds<Bound>) {
        self.warn_unreachable(program, bounds);
        self.warn_deadlines(program);
        for task in &program.tasks {
            self.warn_retry(program, task);
            self.warn_choice(task);
            self.warn_catch(program, task);
            self.warn_correlation(task);
        }
        self.warn_schemas(program);
    }
}

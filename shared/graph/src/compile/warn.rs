//! What compiles, but hardly does what its author means: warnings.

mod unreachable;

use super::Compiler;
use crate::Program;

impl Compiler<'_> {
    /// Notes every warning about a compiled program.
    pub(super) fn warn(&mut self, program: &Program) {
        self.warn_unreachable(program);
    }
}

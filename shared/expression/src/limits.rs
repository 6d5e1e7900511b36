//! What one program may use.

/// The bounds of one program: its text, and each of its evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most steps of one evaluation. A step is one operation on one value, or 64 bytes handled.
    pub steps_max: u64,
    /// Most bytes (serialized, estimated) of any value that an evaluation builds.
    pub output_bytes_max: usize,
    /// Most bytes of a program's text.
    pub source_bytes_max: usize,
    /// Most levels of nesting in a program's text.
    pub nesting_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps_max: 1_000_000,
            output_bytes_max: 8 * 1024 * 1024,
            source_bytes_max: 16 * 1024,
            nesting_max: 64,
        }
    }
}

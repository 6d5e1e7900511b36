//! Redraws a block of lines in place.

use std::io::Write;

/// The lines that were drawn last.
#[derive(Default)]
pub(crate) struct Screen {
    lines: usize,
}

impl Screen {
    /// Replaces what was drawn with `text`. A closed terminal is no error.
    pub fn draw(&mut self, text: &str) {
        let mut out = anstream::stdout().lock();
        if self.lines > 0 {
            // Up to the first of our lines, and clear from there on.
            let _ = write!(out, "\u{1b}[{}F\u{1b}[J", self.lines);
        }
        let _ = write!(out, "{text}");
        let _ = out.flush();
        self.lines = text.lines().count();
    }
}

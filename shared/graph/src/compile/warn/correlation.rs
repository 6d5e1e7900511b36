//! Correlation keys that correlate nothing.

use weir_definition::diagnostic::code;

use super::Compiler;
use crate::{Kind, Mode, Task};

impl Compiler<'_> {
    /// A key without `expect` must equal what an event consumed before had; where none is, it is
    /// any.
    pub(super) fn warn_correlation(&mut self, task: &Task) {
        let Kind::Listen(listen) = &task.kind else {
            return;
        };
        // With `until` the first event sets it for those that follow.
        if listen.until.is_some() {
            return;
        }
        let filters = &listen.to.filters;
        for (place, filter) in filters.iter().enumerate() {
            for key in filter.correlate.iter().filter(|key| key.expect.is_none()) {
                let sharing = filters
                    .iter()
                    .filter(|filter| filter.correlate.iter().any(|other| other.name == key.name));
                if listen.to.mode == Mode::All && sharing.count() > 1 {
                    continue;
                }
                let (mode, item) = match listen.to.mode {
                    Mode::One => ("one", String::new()),
                    Mode::Any => ("any", format!("/{place}")),
                    Mode::All => ("all", format!("/{place}")),
                };
                let name = key.name.replace('~', "~0").replace('/', "~1");
                let base = &task.reference;
                let pointer = format!("{base}/listen/to/{mode}{item}/correlate/{name}");
                let message = format!(
                    "`{}` is compared with nothing: no event before this one sets it, so any event \
                     that has it matches",
                    key.name
                );
                let remedy = "say what it must be: `expect: ${ … }`";
                self.report(code::CORRELATES_NOTHING, &pointer, message, remedy);
            }
        }
    }
}

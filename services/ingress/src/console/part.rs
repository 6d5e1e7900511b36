//! Small pieces that several pages have.

use maud::{Markup, html};
use serde_json::Value;

use super::text;

/// How a task or an instance is; never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Pending,
    Running,
    Waiting,
    Completed,
    Faulted,
    Cancelled,
    Skipped,
}

impl Look {
    /// The word, which also is the class.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Faulted => "faulted",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// A mark with a word.
    pub fn badge(self) -> Markup {
        let word = self.word();
        html! { span class={ "badge " (word) } { span { (word) } } }
    }
}

impl From<weir_engine::Status> for Look {
    fn from(status: weir_engine::Status) -> Self {
        use weir_engine::Status;
        match status {
            Status::Pending => Self::Pending,
            Status::Running => Self::Running,
            Status::Waiting => Self::Waiting,
            Status::Completed => Self::Completed,
            Status::Faulted => Self::Faulted,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

/// A value that can be unfolded; short ones are shown as they are.
pub(super) fn value(id: &str, name: &str, value: &Value) -> Markup {
    let text = text::json(value);
    let is_short = text.lines().count() <= 12;
    html! {
        details id=(id) open[is_short] {
            summary { (name) }
            pre tabindex="0" role="group" aria-label=(name) { code { (text) } }
        }
    }
}

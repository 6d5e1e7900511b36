//! What a timer is the deadline of: the same for many instances.

use std::{collections::BTreeSet, sync::Arc};

use weir_protocol::{Token, v1::Schedule};

/// A task, or a workflow as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Namespace of the workflow.
    pub namespace: Token,
    /// Name of the workflow.
    pub workflow: Token,
    /// JSON pointer to the task; "" for the workflow.
    pub reference: Arc<str>,
    /// It is the deadline of nothing, but starts an instance.
    pub scheduled: Option<Scheduled>,
}

/// What a schedule starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scheduled {
    /// Which version of the workflow.
    pub version: String,
    /// When.
    pub schedule: Schedule,
}

/// One copy of each origin that is in use.
#[derive(Debug, Default)]
pub(super) struct Origins {
    known: BTreeSet<Arc<Origin>>,
    /// How many were in use when that was last found out.
    used: usize,
}

impl Origins {
    pub fn shared(&mut self, origin: Origin) -> Arc<Origin> {
        if let Some(known) = self.known.get(&origin) {
            return known.clone();
        }
        if self.known.len() > 2 * self.used + 256 {
            self.known.retain(|origin| Arc::strong_count(origin) > 1);
            self.used = self.known.len();
        }
        let origin = Arc::new(origin);
        self.known.insert(origin.clone());
        origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_that_nobody_uses_are_forgotten() {
        let mut origins = Origins::default();
        let origin = |number: usize| Origin {
            namespace: Token::new("shop").unwrap(),
            workflow: Token::new("order").unwrap(),
            reference: format!("/do/{number}").into(),
            scheduled: None,
        };
        let used = origins.shared(origin(0));
        for number in 1..10_000 {
            origins.shared(origin(number));
        }
        assert!(Arc::ptr_eq(&used, &origins.shared(origin(0))));
        assert!(origins.known.len() < 300, "{}", origins.known.len());
    }
}

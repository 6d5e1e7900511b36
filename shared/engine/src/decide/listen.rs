//! `listen`: opening it.

use std::collections::BTreeMap;

use weir_expression::Data;
use weir_graph::{Listen, Until};

use super::{Decider, arguments::Site};
use crate::{Subscription, Timestamp, WorkflowError};

/// A listen without correlation wants events from this long before it was opened: what was sent
/// at the same moment as whatever led to it is not to be lost, but older events have nothing to do
/// with it.
const LOOK_BACK_MS: u64 = 1_000;

impl Decider<'_> {
    /// What a listen that opens now wants.
    ///
    /// A correlated one also wants what came before it: the answer to a request may arrive before
    /// the workflow has got to waiting for it.
    pub(super) fn subscription(
        &self,
        site: &Site<'_>,
        listen: &Listen,
        input: &Data,
    ) -> Result<Subscription, WorkflowError> {
        let filters = &listen.to.filters;
        let correlated = filters.iter().any(|filter| !filter.correlate.is_empty());
        let since = if correlated {
            self.state.since
        } else {
            let recent = Timestamp(self.now.0.saturating_sub(LOOK_BACK_MS));
            self.state.since.max(recent)
        };
        let mut expected = Vec::new();
        for filter in filters {
            let mut keys = BTreeMap::new();
            for correlation in &filter.correlate {
                if let Some(expect) = &correlation.expect {
                    let place = format!("correlate.{}.expect", correlation.name);
                    let value = self.fill_in(site, &place, expect, input)?;
                    keys.insert(correlation.name.clone(), value);
                }
            }
            expected.push(keys);
        }
        if expected.iter().all(BTreeMap::is_empty) {
            expected.clear();
        }
        let has_own_filters = matches!(listen.until, Some(Until::Events { .. }));
        Ok(Subscription {
            since,
            expected,
            until: has_own_filters.then(|| listen.until_from()),
            foreach: listen.foreach.as_ref().map(|_| listen.read),
        })
    }
}

//! Events that arrive: which open listens want them. What routed them here may have been too
//! generous, and may have sent them twice; this decides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use weir_expression::{Data, Scope};
use weir_graph::{AttributeMatch, EventFilter, Kind, Mode, Until};

use super::{Decider, arguments::Site, hear::is_over};
use crate::{Event, Ignored, Progress, Subscription, TaskState, apply::identity};

/// Correlation keys by name.
type Keys = BTreeMap<String, Value>;

impl Decider<'_> {
    /// Offers an event to every open listen.
    pub(super) fn receive(&mut self, event: &Data) -> Result<(), Ignored> {
        let consumed = identity(event).is_some_and(|event| self.state.consumed.contains(&event));
        if consumed {
            return Err(Ignored::AlreadyConsumed);
        }
        let mut by = Vec::new();
        let mut keys = BTreeMap::new();
        for (task, state) in &self.state.tasks {
            if let Some((filter, set)) = self.wanted(state, event) {
                by.push((*task, filter));
                if !set.is_empty() {
                    keys.insert(*task, set);
                }
            }
        }
        if by.is_empty() {
            return Err(Ignored::NotListening);
        }
        let listens: Vec<_> = by.iter().map(|(task, _)| *task).collect();
        self.emit(Event::EventConsumed {
            by,
            event: event.clone(),
            keys,
        });
        for task in listens {
            self.heard(task);
        }
        Ok(())
    }

    /// The filter of a task that lets the event through, if it listens and has one, and the
    /// correlation keys that the event sets.
    fn wanted(&self, state: &TaskState, event: &Data) -> Option<(usize, Keys)> {
        let Progress::Listening {
            subscription,
            received,
            keys,
            ..
        } = &state.progress
        else {
            return None;
        };
        let compiled = self.program.find(&state.reference)?;
        let Kind::Listen(listen) = &compiled.kind else {
            return None;
        };
        if is_over(listen, received) {
            return None;
        }
        let site = self.site(compiled, state);
        let from = listen.until_from();
        // What ends the listen is no part of what it hears, whatever else it matches.
        let mut order = (from..listen.to.filters.len()).chain(0..from);
        let heard = subscription.own(received).count();
        let full = u64::try_from(heard).unwrap_or(u64::MAX) >= listen.events_max;
        order.find_map(|index| {
            let filter = listen.to.filters.get(index)?;
            // With `foreach`, those that wait for their turn may be all that are allowed.
            if full && index < from {
                return None;
            }
            let satisfied = received.iter().any(|consumed| consumed.filter == index);
            let mode = match &listen.until {
                Some(Until::Events { mode, .. }) if index >= from => *mode,
                _ => listen.to.mode,
            };
            if satisfied && mode == Mode::All {
                return None;
            }
            let set = self.passes(&site, filter, index, event, subscription, keys)?;
            Some((index, set))
        })
    }

    /// The correlation keys that the event sets, if the filter lets it through. An expression that
    /// fails does not: it is the event that is not as expected, and not for the workflow to suffer.
    fn passes(
        &self,
        site: &Site<'_>,
        filter: &EventFilter,
        index: usize,
        event: &Data,
        subscription: &Subscription,
        keys: &Keys,
    ) -> Option<Keys> {
        let scope = self.filter_scope(site, filter);
        if !filter.matches(event, &scope).unwrap_or(false) {
            return None;
        }
        let mut set = Keys::new();
        for correlation in &filter.correlate {
            let name = &correlation.name;
            let key = correlation.key(event, &scope)?;
            let expected = subscription
                .expected
                .get(index)
                .and_then(|expected| expected.get(name))
                .or_else(|| keys.get(name));
            match expected {
                Some(expected) if *expected != key => return None,
                Some(_) => {}
                None => {
                    set.insert(name.clone(), key);
                }
            }
        }
        Some(set)
    }

    fn filter_scope(&self, site: &Site<'_>, filter: &EventFilter) -> Scope {
        if !filter.is_contextual() {
            return Scope::default();
        }
        let mut variables = BTreeSet::new();
        for wanted in filter.attributes.values() {
            if let AttributeMatch::Expression(expression) = wanted {
                variables.extend(expression.variables().iter().cloned());
            }
        }
        for correlation in &filter.correlate {
            variables.extend(correlation.from.variables().iter().cloned());
        }
        self.scope(site, &variables)
    }
}

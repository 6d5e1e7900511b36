//! The reusable components under `use`.

use std::collections::BTreeMap;

use crate::model::task::Task;
use crate::model::{Catalog, Components, Extension};
use crate::read::Reader;
use crate::read::field::Spot;
use crate::read::task::Targets;

/// The tasks that an extension can extend.
pub(crate) const EXTENDED: [&str; 12] = [
    "call",
    "composite",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
    "all",
];

impl Reader<'_> {
    pub(super) fn components(&mut self, spot: &Spot<'_>) -> Option<Components> {
        let known = [
            "authentications",
            "catalogs",
            "errors",
            "extensions",
            "functions",
            "retries",
            "secrets",
            "timeouts",
        ];
        let fields = self.object(spot, "a mapping of components", &known)?;
        let mut components = Components::default();
        if let Some(spot) = fields.get("authentications") {
            components.authentications = self.named(&spot, Self::authentication);
        }
        if let Some(spot) = fields.get("catalogs") {
            components.catalogs = self.named(&spot, Self::catalog);
        }
        if let Some(spot) = fields.get("errors") {
            components.errors = self.named(&spot, Self::error);
        }
        if let Some(spot) = fields.get("extensions") {
            let items = self.list(&spot, "a list of extensions").unwrap_or_default();
            let extensions = items.iter().map(|item| self.extension(item));
            components.extensions = extensions
                .collect::<Vec<_>>()
                .into_iter()
                .flatten()
                .collect();
        }
        if let Some(spot) = fields.get("functions") {
            components.functions = self.named(&spot, Self::function);
        }
        if let Some(spot) = fields.get("retries") {
            components.retries = self.named(&spot, Self::retry_policy);
        }
        if let Some(spot) = fields.get("secrets") {
            let items = self
                .list(&spot, "a list of the secrets' names")
                .unwrap_or_default();
            let names = items
                .iter()
                .map(|item| self.text(item, "a secret's name, a string"));
            components.secrets = names.collect::<Vec<_>>().into_iter().flatten().collect();
        }
        if let Some(spot) = fields.get("timeouts") {
            components.timeouts = self.named(&spot, Self::timeout);
        }
        Some(components)
    }

    fn named<T>(
        &mut self,
        spot: &Spot<'_>,
        read: impl Fn(&mut Self, &Spot<'_>) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut components = BTreeMap::new();
        if let Some(fields) = self.map(spot, "a mapping of names to components") {
            for (name, spot) in fields.iter() {
                if let Some(component) = read(self, &spot) {
                    components.insert(name.to_owned(), component);
                }
            }
        }
        components
    }

    /// A task outside any list: it can name no other as its target.
    fn function(&mut self, spot: &Spot<'_>) -> Option<Task> {
        self.task(spot, &Targets::new())
    }

    fn catalog(&mut self, spot: &Spot<'_>) -> Option<Catalog> {
        let fields = self.object(spot, "a mapping with `endpoint`", &["endpoint"])?;
        let endpoint = self.required(&fields, "endpoint", "the catalog's URL")?;
        Some(Catalog {
            endpoint: self.endpoint(&endpoint)?,
        })
    }

    fn extension(&mut self, item: &Spot<'_>) -> Option<Extension> {
        let (name, spot) = self.named_item(item, "the extension's name and what it does")?;
        let known = ["extend", "when", "before", "after"];
        let fields = self.object(&spot, "a mapping with `extend`", &known)?;
        let extend = self.required(&fields, "extend", "the kind of task to extend");
        let extend = extend.and_then(|spot| self.word(&spot, &EXTENDED.map(|kind| (kind, kind))));
        let when = fields.get("when").and_then(|spot| self.expression(&spot));
        let before = fields
            .get("before")
            .and_then(|spot| self.tasks(&spot))
            .unwrap_or_default();
        let after = fields
            .get("after")
            .and_then(|spot| self.tasks(&spot))
            .unwrap_or_default();
        Some(Extension {
            name: name.to_owned(),
            extend: extend?.to_owned(),
            when,
            before,
            after,
            pointer: spot.pointer.clone(),
        })
    }
}

//! Events: awaiting and emitting them.

use std::collections::BTreeMap;

use crate::diagnostic::code;
use crate::model::data::Template;
use crate::model::event::{
    Correlation, EmitTask, EventConsumption, EventFilter, ListenTask, ReadAs, SubscriptionIterator,
    Until,
};
use crate::read::Reader;
use crate::read::field::{Fields, Spot, nearest};

/// The attributes that `CloudEvents` defines, and `data`.
pub(crate) const ATTRIBUTES: [&str; 9] = [
    "id",
    "source",
    "type",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
    "specversion",
    "data",
];

impl Reader<'_> {
    pub(super) fn listen(&mut self, spot: &Spot<'_>, task: &Fields<'_>) -> Option<ListenTask> {
        let foreach = task.get("foreach").and_then(|spot| self.iterator(&spot));
        let fields = self.object(spot, "a mapping with `to`", &["to", "read"])?;
        let read = fields.get("read").and_then(|spot| self.read_as(&spot));
        let to = self.required(
            &fields,
            "to",
            "`one`, `any` or `all` and the events' filters",
        )?;
        let to = self.event_consumption(&to)?;
        Some(ListenTask {
            to,
            read: read.unwrap_or_default(),
            foreach,
        })
    }

    pub(super) fn read_as(&mut self, spot: &Spot<'_>) -> Option<ReadAs> {
        let words = [
            ("data", ReadAs::Data),
            ("envelope", ReadAs::Envelope),
            ("raw", ReadAs::Raw),
        ];
        self.word(spot, &words)
    }

    pub(super) fn iterator(&mut self, spot: &Spot<'_>) -> Option<SubscriptionIterator> {
        let fields = self.object(spot, "a mapping", &["item", "at", "do", "output", "export"])?;
        let item = self.variable(&fields, "item", "item");
        let at = self.variable(&fields, "at", "index");
        let tasks = fields.get("do").and_then(|spot| self.tasks(&spot));
        let output = fields.get("output").and_then(|spot| self.output(&spot));
        let export = fields.get("export").and_then(|spot| self.export(&spot));
        Some(SubscriptionIterator {
            item: item?,
            at: at?,
            tasks: tasks.unwrap_or_default(),
            output,
            export,
            pointer: spot.pointer.clone(),
        })
    }

    pub(super) fn event_consumption(&mut self, spot: &Spot<'_>) -> Option<EventConsumption> {
        let known = ["one", "any", "all", "until"];
        let fields = self.object(spot, "a mapping with one, any or all", &known)?;
        let (strategy, events) = self.one_of(&fields, &["one", "any", "all"])?;
        let until = fields.get("until");
        if let Some(until) = until.as_ref().filter(|_| strategy != "any") {
            let message = format!("`until` cannot stand beside `{strategy}`");
            let expected = "`until` goes with `any`: remove it, or write `any` and a list";
            self.report_key(code::EXCLUSIVE, until, message, expected);
        }
        match strategy {
            "one" => self.filter(&events).map(EventConsumption::One),
            "all" => self.filters(&events).map(EventConsumption::All),
            _ => {
                let until = until.map(|spot| self.until(&spot));
                let filters = self.filters(&events)?;
                Some(EventConsumption::Any {
                    filters,
                    until: until.flatten(),
                })
            }
        }
    }

    fn filters(&mut self, spot: &Spot<'_>) -> Option<Vec<EventFilter>> {
        let items = self.list(spot, "a list of event filters")?;
        if items.is_empty() && spot.name == "`all`" {
            let expected = "add a filter; every event at all is `any: []`";
            self.report(code::EMPTY, spot, "`all` of no events", expected);
        }
        let filters = items.iter().map(|item| self.filter(item));
        Some(filters.collect::<Vec<_>>().into_iter().flatten().collect())
    }

    fn until(&mut self, spot: &Spot<'_>) -> Option<Until> {
        if spot.string().is_some() {
            return self.expression(spot).map(Until::Condition);
        }
        let what = "an expression, a string, or a mapping with one, any or all";
        if let Some(nested) = self.map(spot, what)?.get("until") {
            let message = "`until` stands inside `until`";
            let expected = "remove the inner one";
            self.report_key(code::EXCLUSIVE, &nested, message, expected);
            return None;
        }
        let events = self.event_consumption(spot)?;
        Some(Until::Events(Box::new(events)))
    }

    fn filter(&mut self, spot: &Spot<'_>) -> Option<EventFilter> {
        let fields = self.object(spot, "a mapping with `with`", &["with", "correlate"])?;
        let with = self.required(&fields, "with", "the attributes that events must have");
        let with = with.and_then(|spot| self.attributes(&spot));
        let correlate = fields.get("correlate").map(|spot| self.correlations(&spot));
        Some(EventFilter {
            with: with?,
            correlate: correlate.flatten().unwrap_or_default(),
            pointer: spot.pointer.clone(),
        })
    }

    fn correlations(&mut self, spot: &Spot<'_>) -> Option<BTreeMap<String, Correlation>> {
        let fields = self.map(spot, "a mapping of names to correlations")?;
        let mut correlations = BTreeMap::new();
        for (name, spot) in fields.iter() {
            if let Some(correlation) = self.correlation(&spot) {
                correlations.insert(name.to_owned(), correlation);
            }
        }
        Some(correlations)
    }

    fn correlation(&mut self, spot: &Spot<'_>) -> Option<Correlation> {
        let fields = self.object(spot, "a mapping with `from`", &["from", "expect"])?;
        let from = self.required(&fields, "from", "an expression that extracts the key");
        let from = from.and_then(|spot| self.expression(&spot));
        let expect = fields
            .get("expect")
            .and_then(|spot| self.string_template(&spot));
        Some(Correlation {
            from: from?,
            expect,
        })
    }

    pub(super) fn emit(&mut self, spot: &Spot<'_>) -> Option<EmitTask> {
        let fields = self.object(spot, "a mapping with `event`", &["event"])?;
        let event = self.required(&fields, "event", "the event to emit")?;
        let fields = self.object(&event, "a mapping with `with`", &["with"])?;
        let with = self.required(&fields, "with", "the event's attributes and data")?;
        let fields = self.map(&with, "a mapping of attributes")?;
        self.required(&fields, "type", "the event's type")?;
        Some(EmitTask {
            with: self.attributes(&with)?,
            pointer: with.pointer.clone(),
        })
    }

    /// Attributes of an event. Those of extensions may have any value.
    fn attributes(&mut self, spot: &Spot<'_>) -> Option<BTreeMap<String, Template>> {
        let fields = self.map(spot, "a mapping of event attributes")?;
        if fields.is_empty() {
            let message = format!("{} has no attributes", spot.name);
            self.report(
                code::EMPTY,
                spot,
                message,
                "add an attribute, such as `type`",
            );
            return None;
        }
        let mut attributes = BTreeMap::new();
        for (name, spot) in fields.iter() {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            if !name.bytes().all(fits) || name.is_empty() {
                self.report_attribute(name, &spot);
            } else if name != "data" && ATTRIBUTES.contains(&name) {
                self.filled(&spot, "a string");
            }
            attributes.insert(name.to_owned(), self.template(&spot));
        }
        Some(attributes)
    }

    fn report_attribute(&mut self, name: &str, spot: &Spot<'_>) {
        let rule = "CloudEvents attributes are named with a-z and 0-9 only";
        let expected = match nearest(name, &ATTRIBUTES) {
            Some(meant) => format!("did you mean `{meant}`? {rule}"),
            None => rule.to_owned(),
        };
        let message = format!("`{name}` cannot be an event's attribute");
        self.report_key(code::NAME, spot, message, expected);
    }
}

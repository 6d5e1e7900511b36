//! `listen`, `emit` and `schedule.on`.

use serde_json::{Map, Value};
use weir_definition::model::Schedule;
use weir_definition::model::data::Expression as ExpressionSource;
use weir_definition::model::data::{Template as TemplateSource, is_expression};
use weir_definition::model::event::{
    Correlation as CorrelationSource, EmitTask, EventConsumption, EventFilter as FilterSource,
    ListenTask, ReadAs,
};
use weir_expression::{Mode as ExpressionMode, Template};

use super::report::{code, field};
use super::{Compiler, optional};
use crate::{
    AttributeMatch, Consumption, Correlation, Emit, EventFilter, Listen, Mode, Read, Trigger,
};

impl<'d> Compiler<'d> {
    pub(super) fn listen(&mut self, source: &'d ListenTask, pointer: &str) -> Option<Listen> {
        if source.foreach.is_some() {
            let pointer = format!("{pointer}/foreach");
            let remedy = "iterate over the listen's output with a `for` task";
            self.unsupported(&pointer, "`listen` with `foreach`", remedy);
        }
        let to = self.consumption(&source.to, &format!("{pointer}/listen/to"));
        if source.foreach.is_some() {
            return None;
        }
        Some(Listen {
            to: to?,
            read: read(source.read),
        })
    }

    fn consumption(&mut self, source: &'d EventConsumption, pointer: &str) -> Option<Consumption> {
        let (mode, filters, until) = match source {
            EventConsumption::One(filter) => (Mode::One, std::slice::from_ref(filter), false),
            EventConsumption::Any { filters, until } => {
                (Mode::Any, filters.as_slice(), until.is_some())
            }
            EventConsumption::All(filters) => (Mode::All, filters.as_slice(), false),
        };
        if until {
            let remedy = "listen for `one` or `all`, or repeat the listen in a `for`";
            self.unsupported(&format!("{pointer}/until"), "`until`", remedy);
        }
        let filters: Vec<_> = filters.iter().map(|filter| self.filter(filter)).collect();
        let filters = filters.into_iter().collect::<Option<_>>();
        (!until).then_some(Consumption {
            mode,
            filters: filters?,
        })
    }

    fn filter(&mut self, source: &'d FilterSource) -> Option<EventFilter> {
        let attributes: Vec<_> = source
            .with
            .iter()
            .map(|(name, value)| Some((name.clone(), self.attribute(value)?)))
            .collect();
        let correlate: Vec<_> = source
            .correlate
            .iter()
            .map(|(name, source)| self.correlation(name, source))
            .collect();
        Some(EventFilter {
            attributes: attributes.into_iter().collect::<Option<_>>()?,
            correlate: correlate.into_iter().collect::<Option<_>>()?,
        })
    }

    fn attribute(&mut self, source: &'d TemplateSource) -> Option<AttributeMatch> {
        match &source.value {
            Value::String(text) if is_expression(text) => {
                let source = ExpressionSource {
                    text: text.clone(),
                    pointer: source.pointer.clone(),
                };
                self.expression(&source).map(AttributeMatch::Expression)
            }
            Value::String(text) => Some(AttributeMatch::of_text(text)),
            value => {
                // In loose mode too: a literal here is what the attribute must equal.
                let template = Template::compile(value, ExpressionMode::Strict, &[]);
                if template.is_ok_and(|template| template.is_literal()) {
                    return Some(AttributeMatch::Literal(value.clone()));
                }
                let what = format!("an expression inside `{}`", field(&source.pointer));
                let remedy = "write one expression for the whole of it, such as `${ .id == 7 }`";
                self.unsupported(&source.pointer, &what, remedy);
                None
            }
        }
    }

    fn correlation(&mut self, name: &str, source: &'d CorrelationSource) -> Option<Correlation> {
        let from = self.expression(&source.from);
        let expect = optional(source.expect.as_ref(), |expect| self.template(expect));
        Some(Correlation {
            name: name.to_owned(),
            from: from?,
            expect: expect?,
        })
    }

    pub(super) fn emit(&mut self, source: &'d EmitTask) -> Option<Emit> {
        let value: Map<String, Value> = source
            .with
            .iter()
            .map(|(name, template)| (name.clone(), template.value.clone()))
            .collect();
        let pointer = &source.pointer;
        let with = self.template_at(&Value::Object(value), pointer, |path| {
            format!("{pointer}{path}")
        });
        with.map(|with| Emit { with })
    }

    /// What starts instances: events only, so far.
    pub(super) fn trigger(&mut self, schedule: &'d Schedule) -> Option<Option<Trigger>> {
        let others = [
            ("every", schedule.every.is_some()),
            ("cron", schedule.cron.is_some()),
            ("after", schedule.after.is_some()),
        ];
        for (name, _) in others.iter().filter(|(_, given)| *given) {
            let what = format!("`schedule.{name}`");
            let remedy = "start it by an event, `schedule.on`";
            self.unsupported(&format!("/schedule/{name}"), &what, remedy);
        }
        let on = schedule.on.as_ref()?;
        if let EventConsumption::All(_) = on {
            let remedy = "start on `one` event and `listen` for the others";
            self.unsupported("/schedule/on/all", "`schedule.on` with `all`", remedy);
            return None;
        }
        let consumption = self.consumption(on, "/schedule/on")?;
        let alone = consumption.filters.iter().zip(filters(on));
        let contextual = alone.filter(|(compiled, _)| compiled.is_contextual());
        for (_, source) in contextual.collect::<Vec<_>>() {
            let message = "a trigger cannot use `$` variables: there is no instance yet";
            let remedy = "compare with literals and the event's own attributes";
            self.report(code::VARIABLE, &source.pointer, message, remedy);
        }
        for source in filters(on)
            .iter()
            .filter(|filter| !filter.correlate.is_empty())
        {
            let pointer = format!("{}/correlate", source.pointer);
            let remedy = "test the event's attributes under `with`";
            self.unsupported(&pointer, "`correlate` in `schedule.on`", remedy);
        }
        Some(Some(Trigger {
            mode: consumption.mode,
            filters: consumption.filters,
            read: read(schedule.read),
        }))
    }
}

fn filters(on: &EventConsumption) -> &[FilterSource] {
    match on {
        EventConsumption::One(filter) => std::slice::from_ref(filter),
        EventConsumption::Any { filters, .. } | EventConsumption::All(filters) => filters,
    }
}

fn read(read: ReadAs) -> Read {
    match read {
        ReadAs::Data => Read::Data,
        ReadAs::Envelope => Read::Envelope,
        ReadAs::Raw => Read::Raw,
    }
}

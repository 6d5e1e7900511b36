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

use super::Compiler;
use super::report::{Compiled, Reported, code, field};
use crate::{
    AttributeMatch, Consumption, Correlation, Emit, EventFilter, Listen, Mode, Read, Trigger,
};

impl<'d> Compiler<'d> {
    pub(super) fn listen(&mut self, source: &'d ListenTask, pointer: &str) -> Compiled<Listen> {
        let to = self.consumption(&source.to, &format!("{pointer}/listen/to"));
        if source.foreach.is_some() {
            let pointer = format!("{pointer}/foreach");
            let remedy = "iterate over the listen's output with a `for` task";
            return Err(self.unsupported(&pointer, "`listen` with `foreach`", remedy));
        }
        Ok(Listen {
            to: to?,
            read: read(source.read),
        })
    }

    fn consumption(
        &mut self,
        source: &'d EventConsumption,
        pointer: &str,
    ) -> Compiled<Consumption> {
        let (mode, filters, until) = match source {
            EventConsumption::One(filter) => (Mode::One, std::slice::from_ref(filter), false),
            EventConsumption::Any { filters, until } => {
                (Mode::Any, filters.as_slice(), until.is_some())
            }
            EventConsumption::All(filters) => (Mode::All, filters.as_slice(), false),
        };
        let filters: Vec<_> = filters.iter().map(|filter| self.filter(filter)).collect();
        if until {
            let remedy = "listen for `one` or `all`, or repeat the listen in a `for`";
            return Err(self.unsupported(&format!("{pointer}/until"), "`until`", remedy));
        }
        Ok(Consumption {
            mode,
            filters: filters.into_iter().collect::<Compiled<_>>()?,
        })
    }

    fn filter(&mut self, source: &'d FilterSource) -> Compiled<EventFilter> {
        let attributes: Vec<_> = source
            .with
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.attribute(value)?)))
            .collect();
        let correlate: Vec<_> = source
            .correlate
            .iter()
            .map(|(name, source)| self.correlation(name, source))
            .collect();
        Ok(EventFilter {
            attributes: attributes.into_iter().collect::<Compiled<_>>()?,
            correlate: correlate.into_iter().collect::<Compiled<_>>()?,
        })
    }

    fn attribute(&mut self, source: &'d TemplateSource) -> Compiled<AttributeMatch> {
        match &source.value {
            Value::String(text) if is_expression(text) => {
                let source = ExpressionSource {
                    text: text.clone(),
                    pointer: source.pointer.clone(),
                };
                self.expression(&source).map(AttributeMatch::Expression)
            }
            Value::String(text) => Ok(AttributeMatch::of_text(text)),
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => {
                // In loose mode too: a literal here is what the attribute must equal.
                let template = Template::compile(value, ExpressionMode::Strict, &[]);
                if template.is_ok_and(|template| template.is_literal()) {
                    return Ok(AttributeMatch::Literal(value.clone()));
                }
                let what = format!("an expression inside `{}`", field(&source.pointer));
                let remedy = "write one expression for the whole of it, such as `${ .id == 7 }`";
                Err(self.unsupported(&source.pointer, &what, remedy))
            }
        }
    }

    fn correlation(&mut self, name: &str, source: &'d CorrelationSource) -> Compiled<Correlation> {
        let from = self.expression(&source.from);
        let expect = source
            .expect
            .as_ref()
            .map(|expect| self.template(expect))
            .transpose();
        Ok(Correlation {
            name: name.to_owned(),
            from: from?,
            expect: expect?,
        })
    }

    pub(super) fn emit(&mut self, source: &'d EmitTask) -> Compiled<Emit> {
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
    pub(super) fn trigger(&mut self, schedule: &'d Schedule) -> Compiled<Trigger> {
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
        // One of the four is set.
        let on = schedule.on.as_ref().ok_or(Reported)?;
        if let EventConsumption::All(_) = on {
            let remedy = "start on `one` event and `listen` for the others";
            return Err(self.unsupported("/schedule/on/all", "`schedule.on` with `all`", remedy));
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
        Ok(Trigger {
            mode: consumption.mode,
            filters: consumption.filters,
            read: read(schedule.read),
        })
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

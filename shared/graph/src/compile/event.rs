//! `listen`, `emit` and `schedule.on`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use weir_definition::model::data::Expression as ExpressionSource;
use weir_definition::model::data::{Template as TemplateSource, is_expression};
use weir_definition::model::event::{
    Correlation as CorrelationSource, EmitTask, EventConsumption, EventFilter as FilterSource,
    ListenTask, ReadAs, SubscriptionIterator, Until as UntilSource,
};
use weir_expression::{Mode as ExpressionMode, Template};

use super::Compiler;
use super::report::{Compiled, code, field};
use crate::{
    AttributeMatch, Consumption, Correlation, Emit, EventFilter, Foreach, Listen, Mode, Read,
    TaskIndex, Trigger, Until,
};

impl<'d> Compiler<'d> {
    pub(super) fn listen(&mut self, source: &'d ListenTask, task: TaskIndex) -> Compiled<Listen> {
        let to = self.listened(&source.to);
        let until = match &source.to {
            EventConsumption::Any { until, .. } => until.as_ref(),
            EventConsumption::One(_) | EventConsumption::All(_) => None,
        };
        let condition = match until {
            Some(UntilSource::Condition(condition)) => Some(self.expression(condition)),
            Some(UntilSource::Events(_)) | None => None,
        };
        let events = match until {
            Some(UntilSource::Events(events)) => Some(self.listened(events)),
            Some(UntilSource::Condition(_)) | None => None,
        };
        let foreach = source.foreach.as_ref();
        let foreach = foreach
            .map(|foreach| self.foreach(foreach, task))
            .transpose();
        let mut to = to?;
        let events_max = match (until, to.mode) {
            (Some(_), _) => self.limits.for_items_max,
            (None, Mode::One | Mode::Any) => 1,
            (None, Mode::All) => u64::try_from(to.filters.len()).unwrap_or(u64::MAX),
        };
        let mut until = condition.transpose()?.map(Until::Condition);
        if let Some(events) = events.transpose()? {
            until = Some(Until::Events {
                mode: events.mode,
                from: to.filters.len(),
            });
            to.filters.extend(events.filters);
        }
        Ok(Listen {
            to,
            until,
            read: read(source.read),
            foreach: foreach?.map(Box::new),
            events_max,
        })
    }

    /// What is listened for: `any` of nothing is a filter that lets every event through.
    fn listened(&mut self, source: &'d EventConsumption) -> Compiled<Consumption> {
        let mut consumption = self.consumption(source)?;
        if consumption.filters.is_empty() {
            consumption.filters.push(EventFilter {
                attributes: BTreeMap::new(),
                correlate: Vec::new(),
            });
        }
        Ok(consumption)
    }

    fn foreach(&mut self, source: &'d SubscriptionIterator, task: TaskIndex) -> Compiled<Foreach> {
        let variables = [source.item.as_str(), source.at.as_str()];
        self.scoped(variables, |compiler| {
            let body = if source.tasks.is_empty() {
                Ok(None)
            } else {
                compiler.list(&source.tasks, Some(task)).map(Some)
            };
            let output = compiler.output(source.output.as_ref());
            let export = compiler.export(source.export.as_ref());
            Ok(Foreach {
                item: source.item.as_str().into(),
                at: source.at.as_str().into(),
                body: body?,
                output: output?,
                export: export?,
            })
        })
    }

    fn consumption(&mut self, source: &'d EventConsumption) -> Compiled<Consumption> {
        let (mode, filters) = match source {
            EventConsumption::One(filter) => (Mode::One, std::slice::from_ref(filter)),
            EventConsumption::Any { filters, .. } => (Mode::Any, filters.as_slice()),
            EventConsumption::All(filters) => (Mode::All, filters.as_slice()),
        };
        let filters: Vec<_> = filters.iter().map(|filter| self.filter(filter)).collect();
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
        let with = self.template_at(&Value::Object(value), |path| format!("{pointer}{path}"));
        with.map(|with| Emit { with })
    }

    /// Which events start instances.
    pub(super) fn trigger(&mut self, on: &'d EventConsumption, reads: ReadAs) -> Compiled<Trigger> {
        if let EventConsumption::All(_) = on {
            let remedy = "start on `one` event and `listen` for the others";
            return Err(self.unsupported("/schedule/on/all", "`schedule.on` with `all`", remedy));
        }
        if let EventConsumption::Any { until: Some(_), .. } = on {
            let remedy = "start on `any` event and `listen` with `until`";
            return Err(self.unsupported("/schedule/on/until", "`until` in `schedule.on`", remedy));
        }
        let consumption = self.consumption(on)?;
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
            read: read(reads),
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

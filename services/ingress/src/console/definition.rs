//! `/definitions/{namespace}/{name}/{version}`: one version of one workflow, and a form that starts
//! it.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, PreEscaped, html};
use uuid::Uuid;
use weir_drawing::Drawing;
use weir_engine::Timestamp;
use weir_graph::{Analysis, AttributeMatch, Measure, Program, WorkflowRef, analyze, span};
use weir_protocol::v1;

use super::{
    definitions::{instances, path},
    form::{Fields, json_field},
    page::{Page, Place},
    text,
    trouble::Trouble,
};
use crate::{
    http::{Api, Params, Problem, definitions, instances::ask_to_start, request},
    versions::Listed,
};

type Name = Params<(String, String, String)>;

/// What somebody has written into the form.
struct Draft {
    input: String,
    /// Makes a start that is sent twice the same.
    key: String,
    wrong: Option<String>,
}

pub(super) async fn page(
    State(api): State<Arc<Api>>,
    Params((namespace, name, version)): Name,
) -> Result<Page, Trouble> {
    let workflow = request::workflow(&namespace, &name, &version)?;
    let draft = Draft {
        input: "{}".to_owned(),
        key: Uuid::now_v7().to_string(),
        wrong: None,
    };
    Ok(Sight::read(&api, workflow).await?.page(&draft))
}

pub(super) async fn start(
    State(api): State<Arc<Api>>,
    Params((namespace, name, version)): Name,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Trouble> {
    let workflow = request::workflow(&namespace, &name, &version)?;
    let fields = Fields::read(&api, body).await?;
    match fields.json("input") {
        Ok(input) => {
            let key = fields.text("key");
            let id = ask_to_start(&api, &workflow, input, key, &headers).await?;
            Ok(Redirect::to(&format!("/instances/{id}")).into_response())
        }
        Err(wrong) => {
            let draft = Draft {
                input: fields.raw("input").to_owned(),
                key: fields.raw("key").to_owned(),
                wrong: Some(wrong),
            };
            let page = Sight::read(&api, workflow).await?.page(&draft);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// A definition, with all that is shown of it.
struct Sight {
    workflow: WorkflowRef,
    stored: v1::Definition,
    /// None if it cannot be compiled any more.
    program: Option<Arc<Program>>,
    versions: Vec<Listed>,
}

impl Sight {
    async fn read(api: &Api, workflow: WorkflowRef) -> Result<Self, Problem> {
        let stored = definitions::stored(api, &workflow).await?;
        let program = api.catalog.program(&workflow).await.ok();
        let mut versions = api.versions.all().await?;
        versions.retain(|one| {
            one.workflow.namespace == workflow.namespace && one.workflow.name == workflow.name
        });
        versions.reverse();
        Ok(Self {
            workflow,
            stored,
            program,
            versions,
        })
    }

    fn page(&self, draft: &Draft) -> Page {
        let WorkflowRef {
            namespace,
            name,
            version,
        } = &self.workflow;
        let analysis = self
            .program
            .as_ref()
            .map(|program| (program, analyze(program)));
        Page {
            title: format!("{name} {version}"),
            place: Place::Definitions,
            live: None,
            main: html! {
                header {
                    h1 { (name) " " span.quiet { (version) } }
                    dl.facts {
                        div { dt { "Namespace" } dd { (namespace) } }
                        div { dt { "Deployed" } dd {
                            (text::time(Timestamp(self.stored.deployed_at)))
                        } }
                        @if let Some(program) = &self.program {
                            div { dt { "Started by" } dd { (started_by(program)) } }
                        }
                        div { dt { "Instances" } dd { a href=(instances(namespace, name)) {
                            "Show them"
                        } } }
                    }
                    (self.versions())
                }
                @if let Some((program, analysis)) = &analysis {
                    div.columns {
                        (start_form(&self.workflow, draft))
                        (bound(program, analysis))
                    }
                    (warnings(program))
                    section aria-labelledby="graph-title" {
                        h2 #graph-title { "Control flow" }
                        div.scroll.picture #graph-scroll tabindex="0" role="group"
                            aria-labelledby="graph-title" {
                            (PreEscaped(Drawing::new(program, analysis).inline_svg(&|_| None)))
                        }
                    }
                } @else {
                    p.notice.faulted { "It cannot be compiled any more, and not be started." }
                }
                section aria-labelledby="source-title" {
                    h2 #source-title { "Source" }
                    pre.source tabindex="0" role="group" aria-labelledby="source-title" {
                        code { (self.stored.source) }
                    }
                }
            },
        }
    }

    /// All versions, the newest first.
    fn versions(&self) -> Markup {
        html! {
            @if self.versions.len() > 1 {
                nav.statuses aria-label="Versions" {
                    @for one in &self.versions {
                        a href=(path(&one.workflow))
                            aria-current=[(one.workflow == self.workflow).then_some("page")] {
                            (one.workflow.version)
                            @if one.latest { span.count { "latest" } }
                        }
                    }
                }
            }
        }
    }
}

fn start_form(workflow: &WorkflowRef, draft: &Draft) -> Markup {
    html! {
        section aria-labelledby="start-title" {
            h2 #start-title { "Start an instance" }
            form.card method="post" action=(path(workflow)) {
                input type="hidden" name="key" value=(draft.key);
                (json_field("input", "Input, as JSON", &draft.input, draft.wrong.as_deref()))
                button.primary type="submit" { "Start" }
            }
        }
    }
}

/// What one instance can do at most, as numbers, and as formulas where they say more.
fn bound(program: &Program, analysis: &Analysis) -> Markup {
    let rows = Measure::ALL.map(|measure| {
        let number = program.bound.get(measure);
        let formula = Some(analysis.formula(measure));
        let formula = formula.filter(|text| *text != number.to_string() && *text != span(number));
        let number = if measure == Measure::Duration {
            span(number)
        } else {
            text::thousands(number)
        };
        (measure.name(), number, formula)
    });
    let has_formulas = rows.iter().any(|(_, _, formula)| formula.is_some());
    html! {
        section aria-labelledby="bound-title" {
            h2 #bound-title { "Bound" }
            div.scroll #bound-scroll tabindex="0" role="group" aria-labelledby="bound-title" {
                table {
                    thead { tr {
                        th scope="col" { "One instance has at most" }
                        @if has_formulas { th scope="col" { "Formula" } }
                        th.number scope="col" { "Number" }
                    } }
                    tbody {
                        @for (name, number, formula) in &rows {
                            tr {
                                th scope="row" { (name) }
                                @if has_formulas {
                                    td.quiet { @if let Some(formula) = formula { (formula) } }
                                }
                                td.number { (number) }
                            }
                        }
                    }
                }
            }
            @if !analysis.assumptions.is_empty() {
                ul.quiet.assumed {
                    @for assumption in &analysis.assumptions { li { (assumption.text) } }
                }
            }
        }
    }
}

fn warnings(program: &Program) -> Markup {
    html! {
        @if !program.warnings.is_empty() {
            section aria-labelledby="warnings-title" {
                h2 #warnings-title { "Warnings" }
                @for warning in &program.warnings {
                    div.notice.cancelled {
                        p { code { (warning.code) } " line " (warning.position.line) ": "
                            (warning.message) }
                        p.quiet { (warning.remedy) }
                    }
                }
            }
        }
    }
}

/// Whoever asks; or the types of events, as far as they are fixed.
fn started_by(program: &Program) -> String {
    let Some(trigger) = &program.trigger else {
        return "the API".to_owned();
    };
    let types = trigger
        .filters
        .iter()
        .map(|filter| match filter.attributes.get("type") {
            Some(AttributeMatch::Literal(value)) => value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
            Some(AttributeMatch::Pattern { text, .. }) => text.clone(),
            Some(AttributeMatch::Expression(_)) | None => "any that matches".to_owned(),
        });
    format!("events: {}", types.collect::<Vec<_>>().join(", "))
}

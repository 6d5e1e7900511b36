//! `/instances/{instance}`: one instance, as it is or as it was at one of its revisions.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect},
};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use weir_drawing::Drawing;
use weir_engine::{Activation, Timestamp};
use weir_graph::{Program, WorkflowRef};
use weir_insight::{Story, StoryError, lasted};
use weir_journal::Entry;
use weir_protocol::{InstanceId, Revision, v1};

use super::{
    definitions,
    form::Fields,
    history,
    live::{self, Part, Watched},
    page::{Page, Place},
    part::{self, Look},
    progress::Progress,
    text, timeline,
    trouble::Trouble,
    why,
};
use crate::http::{Api, Params, Problem, Search, instances};

/// A moment to look at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Moment {
    /// A revision; none: the last.
    at: Option<u64>,
}

pub(super) async fn page(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
    Search(moment): Search<Moment>,
) -> Result<Page, Trouble> {
    let id = instances::parse(&instance)?;
    let entries = api.journal.read(id, Revision(0)).await?;
    let now = Timestamp((api.clock)());
    if entries.is_empty() {
        let workflow = api
            .started
            .workflow(id)
            .ok_or_else(|| instances::unknown(id))?;
        return Ok(pending(id, &workflow));
    }
    let sight = Sight::new(&api, id, entries, moment.at, now).await?;
    let mut main = String::new();
    for part in sight.parts() {
        // The rows of the history have their place in a table.
        if !history::is_row(&part.id) {
            main.push_str(&part.html);
        }
    }
    let rows = sight.history().into_iter().map(|part| part.html);
    let _ = write!(
        main,
        "{}",
        history::section(&rows.collect::<String>()).into_string()
    );
    let is_live = moment.at.is_none() && !sight.progress.state.status.is_final();
    Ok(Page {
        title: format!("{} {id}", sight.progress.state.workflow.name),
        place: Place::Instances,
        live: is_live.then(|| format!("/live/instances/{id}")),
        main: PreEscaped(main),
    })
}

/// An instance whose start nobody has processed yet.
fn pending(id: InstanceId, workflow: &WorkflowRef) -> Page {
    Page {
        title: format!("{} {id}", workflow.name),
        place: Place::Instances,
        live: Some(format!("/live/instances/{id}")),
        main: html! {
            header #head {
                h1 { (workflow.name) " " (Look::Pending.badge()) }
                p.id { (id) }
                p.quiet { "Its start has not been processed yet." }
            }
            // They appear once there is something in them.
            @for id in ["now", "timeline", "graph", "data"] { section #(id) hidden {} }
            (history::section(""))
        },
    }
}

pub(super) async fn live(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
) -> Result<impl IntoResponse, Problem> {
    let id = instances::parse(&instance)?;
    let watch = Watch {
        api: api.clone(),
        id,
        seen: None,
    };
    live::stream(&api, watch)
}

pub(super) async fn cancel(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Redirect, Trouble> {
    let id = instances::parse(&instance)?;
    let fields = Fields::read(&api, body).await?;
    let reason = fields.text("reason").map(str::to_owned);
    instances::ask_to_cancel(&api, id, reason, &headers).await?;
    Ok(Redirect::to(&format!("/instances/{id}")))
}

struct Watch {
    api: Arc<Api>,
    id: InstanceId,
    /// What was traced last about the instance when it was read last, and when that was.
    seen: Option<(Option<u64>, Timestamp)>,
}

/// Bars of what runs grow this often even if nothing happens.
const GROW_MS: u64 = 5_000;

impl Watched for Watch {
    async fn look(&mut self) -> Result<Option<Vec<Part>>, Problem> {
        self.api.overview.refresh().await?;
        let touched = self.api.overview.touched(self.id).await;
        let now = Timestamp((self.api.clock)());
        if let Some((seen, at)) = self.seen
            && seen == touched
            && now < at.plus_ms(GROW_MS)
        {
            return Ok(None);
        }
        let entries = self.api.journal.read(self.id, Revision(0)).await?;
        self.seen = Some((touched, now));
        if entries.is_empty() {
            return Ok(None);
        }
        let sight = Sight::new(&self.api, self.id, entries, None, now).await?;
        let mut parts = sight.parts();
        parts.extend(sight.history());
        Ok(Some(parts))
    }
}

/// An instance at a moment.
struct Sight {
    id: InstanceId,
    progress: Progress,
    story: Story,
    entries: Vec<Entry>,
    /// Of the last record there is.
    last: u64,
    is_past: bool,
    /// None if it cannot be compiled any more.
    program: Option<Arc<Program>>,
    now: Timestamp,
}

impl Sight {
    async fn new(
        api: &Api,
        id: InstanceId,
        mut entries: Vec<Entry>,
        at: Option<u64>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let last = entries.last().map_or(0, |entry| entry.record.revision);
        if let Some(at) = at {
            if !(1..=last).contains(&at) {
                let detail = format!("instance {id} has no revision {at}");
                return Err(Problem::not_found(
                    detail,
                    format!("choose one of 1 to {last}"),
                ));
            }
            entries.retain(|entry| entry.record.revision <= at);
        }
        let records = entries.iter().map(|entry| &entry.record);
        let story = Story::of(id, records).map_err(|error| unreadable(id, &error))?;
        let progress = Progress::of(&story);
        let program = api.catalog.program(&progress.state.workflow).await.ok();
        let now = if at.is_some() {
            progress.updated_at
        } else {
            now
        };
        Ok(Self {
            id,
            progress,
            story,
            entries,
            last,
            is_past: at.is_some(),
            program,
            now,
        })
    }

    /// The sections of the page, but for the history.
    fn parts(&self) -> Vec<Part> {
        let revision = self.progress.revision;
        let is_over = self.progress.state.status.is_final();
        let grown = if is_over { 0 } else { self.now.0 / GROW_MS };
        let part = |id: &str, version: String, html: Markup| Part {
            id: id.to_owned(),
            version,
            html: html.into_string(),
        };
        let looks = self.progress.looks();
        vec![
            part("head", format!("{revision}"), self.head()),
            part("now", format!("{revision} {grown}"), self.why()),
            part(
                "timeline",
                format!("{revision} {grown}"),
                timeline::section(&self.progress, self.now),
            ),
            part("graph", format!("{looks:?}"), self.graph()),
            part("data", format!("{revision}"), self.data()),
        ]
    }

    fn history(&self) -> Vec<Part> {
        history::rows(self.id, &self.entries, &self.progress)
    }

    fn head(&self) -> Markup {
        let state = &self.progress.state;
        let WorkflowRef {
            namespace,
            name,
            version,
        } = &state.workflow;
        let is_over = state.status.is_final();
        let deadline = state.deadline_of(Activation::ROOT);
        let until = if is_over {
            self.progress.updated_at
        } else {
            self.now
        };
        html! {
            header #head {
                div.title {
                    h1 { (name) " " (Look::from(state.status).badge()) }
                    @if !is_over && !self.is_past { (self.cancel_form()) }
                }
                p.id { (self.id) }
                @if self.is_past { (self.moments()) }
                @if let Some(error) = &state.error {
                    (failure(&v1::WorkflowError::from(error)))
                }
                dl.facts {
                    div { dt { "Workflow" } dd {
                        a href=(definitions::path(&state.workflow)) {
                            (namespace) "/" (name) " " (version)
                        }
                    } }
                    div { dt { "Started" } dd { (text::time(state.started_at)) } }
                    @if is_over {
                        div { dt { "Ended" } dd { (text::time(self.progress.updated_at)) } }
                    } @else {
                        div { dt { "Ends by" } dd {
                            (text::time(deadline))
                            @if !self.is_past {
                                span.quiet { ", in " (text::until(deadline, self.now)) }
                            }
                        } }
                    }
                    div { dt { "Lasted" } dd {
                        @if is_over || self.is_past {
                            (lasted(until.0.saturating_sub(state.started_at.0)))
                        } @else { (text::since(state.started_at, self.now)) }
                    } }
                    div { dt { "Steps" } dd {
                        (text::thousands(state.steps))
                        @if let Some(program) = &self.program {
                            span.quiet { " of at most " (text::thousands(program.bound.steps)) }
                        }
                    } }
                    div { dt { "Actions" } dd { (text::thousands(state.actions)) } }
                    div { dt { "Revision" } dd { (self.progress.revision) } }
                }
            }
        }
    }

    /// Where one is in the past, and how to move in it.
    fn moments(&self) -> Markup {
        let (at, id) = (self.progress.revision, self.id);
        html! {
            nav.notice aria-label="Revisions" {
                span { "As it was at revision " strong { (at) } " of " (self.last) }
                @if at > 1 {
                    a rel="prev" href={ "/instances/" (id) "?at=" (at - 1) } { "Previous" }
                }
                @if at < self.last {
                    a rel="next" href={ "/instances/" (id) "?at=" (at + 1) } { "Next" }
                }
                a href={ "/instances/" (id) } { "As it is now" }
            }
        }
    }

    fn cancel_form(&self) -> Markup {
        html! {
            details.action #cancel {
                summary.button { "Cancel…" }
                form method="post" action={ "/instances/" (self.id) "/cancel" } {
                    label for="reason" { "Why (may stay empty)" }
                    input #reason name="reason" autocomplete="off" maxlength="500";
                    button.danger type="submit" { "Cancel this instance" }
                }
            }
        }
    }

    fn why(&self) -> Markup {
        let title = match (self.progress.state.status.is_final(), self.is_past) {
            (true, _) => "Outcome",
            (false, true) => "Then",
            (false, false) => "Now",
        };
        why::section(title, self.program.as_deref(), &self.story, self.now)
    }

    fn graph(&self) -> Markup {
        let looks = self.progress.looks();
        html! {
            section #graph aria-labelledby="graph-title" {
                h2 #graph-title { "Control flow" }
                @if let Some(program) = &self.program {
                    @let drawing = Drawing::new(program, &weir_graph::analyze(program));
                    div.scroll.picture #graph-scroll tabindex="0" role="group"
                        aria-labelledby="graph-title" {
                        (PreEscaped(drawing.inline_svg(&|reference| {
                            looks.get(reference).map(|look| look.word())
                        })))
                    }
                } @else {
                    p.quiet { "The definition cannot be compiled any more: there is no picture." }
                }
            }
        }
    }

    fn data(&self) -> Markup {
        let state = &self.progress.state;
        html! {
            section #data aria-labelledby="data-title" {
                h2 #data-title { "Data" }
                div.columns {
                    (part::value("data-input", "Input", state.input.as_value()))
                    (part::value("data-context", "Context", state.context.as_value()))
                    @if let Some(output) = &state.output {
                        (part::value("data-output", "Output", output.as_value()))
                    }
                }
            }
        }
    }
}

fn unreadable(id: InstanceId, error: &StoryError) -> Problem {
    Problem::internal(format!("the journal of {id} cannot be read: {error}"))
}

fn failure(error: &v1::WorkflowError) -> Markup {
    html! {
        div.notice.faulted {
            p { strong { (error.title.as_deref().unwrap_or("Error")) } " (" (error.status) ")" }
            @if let Some(detail) = &error.detail { p { (detail) } }
            p.quiet {
                @if let Some(instance) = &error.instance { "At " code { (instance) } ", of type " }
                @else { "Of type " }
                code { (error.type_) }
            }
        }
    }
}

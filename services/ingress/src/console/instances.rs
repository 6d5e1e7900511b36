//! `/`: the instances lately, newest first, with what one may look for.

use std::{collections::BTreeSet, sync::Arc};

use axum::{extract::State, response::IntoResponse};
use maud::{Markup, html};
use serde::Deserialize;
use weir_engine::Timestamp;
use weir_insight::lasted;
use weir_protocol::InstanceId;

use super::{
    live::{self, Part, Watched},
    page::{Page, Place},
    part::Look,
    text,
    trouble::Trouble,
};
use crate::{
    http::{Api, Problem, Search},
    overview::{Counts, Order, Status, Summary},
};

/// Rows at most.
const ROWS_MAX: usize = 400;

const STATUSES: [Status; 4] = [
    Status::Running,
    Status::Completed,
    Status::Faulted,
    Status::Cancelled,
];

/// What is looked for; empty fields of the form count for nothing.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    status: String,
    workflow: String,
}

pub(super) async fn page(
    State(api): State<Arc<Api>>,
    Search(wanted): Search<Wanted>,
) -> Result<impl IntoResponse, Trouble> {
    let list = List::read(&api, &wanted).await?;
    let deployed = api.versions.all().await?;
    let deployed = deployed.into_iter().map(|version| version.workflow);
    let mut workflows: BTreeSet<String> = deployed
        .map(|workflow| format!("{}/{}", workflow.namespace, workflow.name))
        .collect();
    if !wanted.workflow.is_empty() {
        workflows.insert(wanted.workflow.clone());
    }
    let now = Timestamp((api.clock)());
    Ok(Page {
        title: "Instances".to_owned(),
        place: Place::Instances,
        live: Some(format!("/live/instances{}", wanted.query())),
        main: html! {
            div.title { h1 { "Instances" } }
            (list.statuses(&wanted))
            form.filter method="get" action="/" role="search" {
                input type="hidden" name="status" value=(wanted.status);
                label for="workflow" { "Workflow" }
                select #workflow name="workflow" {
                    option value="" { "All" }
                    @for workflow in &workflows {
                        option value=(workflow) selected[*workflow == wanted.workflow] {
                            (workflow)
                        }
                    }
                }
                button type="submit" { "Filter" }
                @if !wanted.workflow.is_empty() || !wanted.status.is_empty() {
                    a href="/" { "Show all" }
                }
            }
            (list.table(now))
        },
    })
}

pub(super) async fn live(
    State(api): State<Arc<Api>>,
    Search(wanted): Search<Wanted>,
) -> Result<impl IntoResponse, Problem> {
    let watch = Watch {
        api: api.clone(),
        wanted,
        reached: None,
    };
    live::stream(&api, watch)
}

struct Watch {
    api: Arc<Api>,
    wanted: Wanted,
    /// How far the trace had been read last time.
    reached: Option<u64>,
}

impl Watched for Watch {
    async fn look(&mut self) -> Result<Option<Vec<Part>>, Problem> {
        let reached = self.api.overview.refresh().await?;
        if self.reached == Some(reached) {
            return Ok(None);
        }
        self.reached = Some(reached);
        let list = List::read(&self.api, &self.wanted).await?;
        let now = Timestamp((self.api.clock)());
        let mut parts = vec![Part {
            id: "statuses".to_owned(),
            version: format!("{:?}", list.counts),
            html: list.statuses(&self.wanted).into_string(),
        }];
        parts.extend(list.rows.iter().map(|(id, summary)| Part {
            id: row_id(*id),
            version: format!("{summary:?}"),
            html: row(*id, summary, now).into_string(),
        }));
        Ok(Some(parts))
    }
}

/// What is shown.
struct List {
    rows: Vec<(InstanceId, Summary)>,
    counts: Counts,
}

impl List {
    async fn read(api: &Api, wanted: &Wanted) -> Result<Self, Problem> {
        let status = wanted.status()?;
        let workflow = wanted.workflow.as_str();
        let by_name = |summary: &Summary| workflow.is_empty() || summary.is_of(workflow);
        let matches = |summary: &Summary| {
            by_name(summary) && status.is_none_or(|status| status == summary.status)
        };
        let rows = api.overview.list(ROWS_MAX, Order::Newest, matches).await?;
        let counts = api.overview.counts(by_name).await;
        Ok(Self { rows, counts })
    }

    /// How many there are of each status: links to them.
    fn statuses(&self, wanted: &Wanted) -> Markup {
        let all = self.counts.values().sum::<usize>();
        let link = |word: &'static str, value: &'static str, count: usize| {
            let wanted = Wanted {
                status: value.to_owned(),
                workflow: wanted.workflow.clone(),
            };
            (word, wanted, count)
        };
        let each = STATUSES.map(|status| {
            let count = self.counts.get(&status).copied().unwrap_or(0);
            link(look(status).word(), look(status).word(), count)
        });
        html! {
            nav.statuses #statuses aria-label="Status" {
                @for (word, one, count) in [link("all", "", all)].into_iter().chain(each) {
                    a #{ "status-" (word) } href={ "/" (one.query()) }
                        aria-current=[(one.status == wanted.status).then_some("true")] {
                        span class={ "badge " (word) } { (word) }
                        " " span.count { (text::thousands(count as u64)) }
                    }
                }
            }
        }
    }

    fn table(&self, now: Timestamp) -> Markup {
        html! {
            div.scroll #table-scroll {
                table.instances {
                    caption.unseen { "Instances, newest first" }
                    thead { tr {
                        th scope="col" { "Status" }
                        th scope="col" { "Workflow" }
                        th scope="col" { "Instance" }
                        th.wide scope="col" { "Started" }
                        th.number scope="col" { "Lasted" }
                    } }
                    tbody #rows {
                        @for (id, summary) in &self.rows { (row(*id, summary, now)) }
                    }
                }
            }
            p.empty { "No instance is known that you look for." }
            p.quiet {
                "The last " (ROWS_MAX) " at most, from the end of the trace: an instance that \
                 did nothing for a long time is found by its id."
            }
        }
    }
}

fn row_id(id: InstanceId) -> String {
    format!("i-{id}")
}

fn row(id: InstanceId, summary: &Summary, now: Timestamp) -> Markup {
    let started = summary.started_at.as_deref().and_then(text::parse);
    let ended = summary.ended_at.as_deref().and_then(text::parse);
    let id_text = id.to_string();
    let (head, tail) = id_text.split_at(id_text.len().saturating_sub(12));
    html! {
        tr #(row_id(id)) data-into="rows" {
            td { (look(summary.status).badge()) }
            td {
                span.name { (summary.workflow) }
                span.quiet.wide {
                    " " (summary.namespace)
                    @if let Some(version) = &summary.version { " " (version) }
                }
                @if let Some(error) = &summary.error { span.note { (text::error(error)) } }
            }
            td.id { a #{ "a-" (id) } href={ "/instances/" (id) } {
                span.wide { (head) } (tail)
            } }
            td.wide.time { @if let Some(at) = started { (text::time(at)) } }
            td.number {
                @match (started, ended) {
                    (Some(from), Some(to)) => { (lasted(to.0.saturating_sub(from.0))) }
                    (Some(from), None) => { (text::since(from, now)) }
                    (None, _) => {}
                }
            }
        }
    }
}

fn look(status: Status) -> Look {
    match status {
        Status::Running => Look::Running,
        Status::Completed => Look::Completed,
        Status::Faulted => Look::Faulted,
        Status::Cancelled => Look::Cancelled,
    }
}

impl Wanted {
    fn status(&self) -> Result<Option<Status>, Problem> {
        if self.status.is_empty() {
            return Ok(None);
        }
        let known = STATUSES
            .into_iter()
            .find(|status| look(*status).word() == self.status);
        known.map(Some).ok_or_else(|| {
            let detail = format!("there is no status `{}`", self.status.escape_debug());
            Problem::bad_request(detail, "choose one of those on the page")
        })
    }

    /// `?…`, or nothing.
    fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [("status", &self.status), ("workflow", &self.workflow)];
        query.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
        let query = query.finish();
        if query.is_empty() {
            query
        } else {
            format!("?{query}")
        }
    }
}

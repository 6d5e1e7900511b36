//! `/health`: whether this process is ready, and the streams it shares with the others.

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use futures::future;
use maud::{Markup, html};
use weir_protocol::Stream;

use super::{
    live::{self, Part, Watched},
    page::{Page, Place},
    text,
    trouble::Trouble,
};
use crate::http::{Api, Problem};

/// Looks at the streams between two updates of a watched page.
const LOOKS: u32 = 4;

pub(super) async fn page(State(api): State<Arc<Api>>) -> Result<Page, Trouble> {
    Ok(Page {
        title: "Health".to_owned(),
        place: Place::Health,
        live: Some("/live/health".to_owned()),
        main: html! {
            h1 { "Health" }
            div.columns {
                (components(&api))
                (streams(&Heads::read(&api).await))
            }
        },
    })
}

pub(super) async fn live(State(api): State<Arc<Api>>) -> Result<impl IntoResponse, Problem> {
    let watch = Watch {
        api: api.clone(),
        looks: 0,
    };
    live::stream(&api, watch)
}

struct Watch {
    api: Arc<Api>,
    looks: u32,
}

impl Watched for Watch {
    async fn look(&mut self) -> Result<Option<Vec<Part>>, Problem> {
        self.looks += 1;
        if self.looks % LOOKS != 1 {
            return Ok(None);
        }
        let part = |id: &str, html: Markup| {
            let html = html.into_string();
            Part {
                id: id.to_owned(),
                version: html.clone(),
                html,
            }
        };
        let heads = Heads::read(&self.api).await;
        Ok(Some(vec![
            part("components", components(&self.api)),
            part("streams", streams(&heads)),
        ]))
    }
}

fn components(api: &Api) -> Markup {
    let states = api.health.states();
    let is_ready = api.health.reasons().is_empty();
    html! {
        section #components aria-labelledby="components-title" {
            h2 #components-title {
                "This process is " @if is_ready { "ready" } @else { "not ready" }
            }
            div.scroll #components-scroll {
                table {
                    thead { tr {
                        th scope="col" { "Part" }
                        th scope="col" { "State" }
                    } }
                    tbody {
                        @for (name, reason) in &states {
                            tr {
                                th scope="row" { (name) }
                                td {
                                    @if reason.is_none() { span.badge.completed { "ready" } }
                                    @if let Some(reason) = reason {
                                        span.badge.faulted { "not ready" }
                                        span.note { (reason) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p.quiet {
                "Others say how they are at " code { "/readyz" } " of their own addresses."
            }
        }
    }
}

/// The last sequence of each stream, or why it is not known.
struct Heads(Vec<(Stream, Result<u64, String>)>);

impl Heads {
    async fn read(api: &Api) -> Self {
        let heads = Stream::ALL.map(|stream| async move {
            let head = api.bus.head(stream).await;
            (stream, head.map_err(|error| error.to_string()))
        });
        Self(future::join_all(heads).await)
    }
}

fn streams(heads: &Heads) -> Markup {
    html! {
        section #streams aria-labelledby="streams-title" {
            h2 #streams-title { "Streams" }
            div.scroll #streams-scroll {
                table {
                    thead { tr {
                        th scope="col" { "Stream" }
                        th.wide scope="col" { "What is in it" }
                        th.number scope="col" { "Stored so far" }
                    } }
                    tbody {
                        @for (stream, head) in &heads.0 {
                            tr {
                                th scope="row" { code { (stream.name()) } }
                                td.quiet.wide { (contents(*stream)) }
                                td.number {
                                    @match head {
                                        Ok(head) => { (text::thousands(*head)) }
                                        Err(error) => { span.badge.faulted { (error) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn contents(stream: Stream) -> &'static str {
    match stream {
        Stream::Events => "events from and for the world, and who wants them",
        Stream::Inbox => "messages to instances",
        Stream::Journal => "the decisions of the instances: the truth",
        Stream::Actions => "what executors and workers are to do",
        Stream::Timers => "the next deadline of each instance",
        Stream::Trace => "what instances do, for people",
        Stream::Definitions => "deployed workflows",
        Stream::Dead => "messages that could not be processed",
    }
}

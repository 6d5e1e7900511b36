//! `/definitions`: what is deployed.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::State;
use maud::html;
use weir_engine::Timestamp;
use weir_graph::WorkflowRef;

use super::{
    page::{Page, Place},
    text,
    trouble::Trouble,
};
use crate::{http::Api, versions::Listed};

/// Older versions of one workflow in the list; its own page has all.
const OLDER_MAX: usize = 4;

pub(super) async fn page(State(api): State<Arc<Api>>) -> Result<Page, Trouble> {
    let mut workflows: BTreeMap<(String, String), Vec<Listed>> = BTreeMap::new();
    for version in api.versions.all().await? {
        let WorkflowRef {
            namespace, name, ..
        } = version.workflow.clone();
        workflows
            .entry((namespace, name))
            .or_default()
            .push(version);
    }
    Ok(Page {
        title: "Definitions".to_owned(),
        place: Place::Definitions,
        live: None,
        main: html! {
            h1 { "Definitions" }
            div.scroll.lead #table-scroll {
                table {
                    caption.unseen { "Workflows by namespace and name" }
                    thead { tr {
                        th scope="col" { "Workflow" }
                        th.wide scope="col" { "Namespace" }
                        th scope="col" { "Version" }
                        th.wide scope="col" { "Older" }
                        th.wide scope="col" { "Deployed" }
                        th scope="col" { "Instances" }
                    } }
                    tbody {
                        @for ((namespace, name), versions) in &workflows {
                            @if let Some((newest, older)) = versions.split_last() {
                                tr {
                                    th scope="row" {
                                        a.name href=(path(&newest.workflow)) { (name) }
                                    }
                                    td.wide { (namespace) }
                                    td { (newest.workflow.version) }
                                    td.wide {
                                        @for one in older.iter().rev().take(OLDER_MAX) {
                                            a.inline href=(path(&one.workflow)) {
                                                (one.workflow.version)
                                            }
                                        }
                                        @if older.len() > OLDER_MAX {
                                            span.quiet { "and " (older.len() - OLDER_MAX) " more" }
                                        }
                                    }
                                    td.wide.time {
                                        (text::time(Timestamp(newest.deployed_at_ms)))
                                    }
                                    td { a href=(instances(namespace, name)) {
                                        "Show" span.unseen { " those of " (name) }
                                    } }
                                }
                            }
                        }
                    }
                }
            }
            p.empty { "Nothing is deployed yet: " code { "weir deploy FILE" } " does it." }
        },
    })
}

/// The page of a version.
pub(super) fn path(workflow: &WorkflowRef) -> String {
    // Namespace, name and version are tokens: they need no escaping but for a version's `+`, which
    // stands for itself in a path.
    let WorkflowRef {
        namespace,
        name,
        version,
    } = workflow;
    format!("/definitions/{namespace}/{name}/{version}")
}

/// The list of a workflow's instances.
pub(super) fn instances(namespace: &str, name: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("workflow", &format!("{namespace}/{name}"));
    format!("/?{}", query.finish())
}

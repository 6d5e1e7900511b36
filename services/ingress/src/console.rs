//! The console: pages for people, rendered here, with what the API knows.
//!
//! No build of its own and nothing from other hosts: HTML from typed templates, one stylesheet, and
//! one script of a page that replaces what the server sends anew (server-sent events). Without the
//! script everything works, but for the live updates. What comes from workflows is escaped by the
//! templates; that no markup can be smuggled in, the content security policy says once more.

mod asset;
mod definition;
mod definitions;
mod form;
mod health;
mod history;
mod instance;
mod instances;
mod live;
mod page;
mod part;
mod progress;
mod send;
mod text;
mod timeline;
mod trouble;
mod why;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::http::Api;

pub(crate) use live::WATCHED_MAX;
pub(crate) use trouble::{Trouble, is_for_people};

/// The pages, what they consist of, and what their buttons do.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(instances::page))
        .route("/live/instances", get(instances::live))
        .route("/instances/{instance}", get(instance::page))
        .route("/live/instances/{instance}", get(instance::live))
        .route("/instances/{instance}/cancel", post(instance::cancel))
        .route("/definitions", get(definitions::page))
        .route(
            "/definitions/{namespace}/{name}/{version}",
            get(definition::page).post(definition::start),
        )
        .route("/send", get(send::page).post(send::send))
        .route("/health", get(health::page))
        .route("/live/health", get(health::live))
        .route("/assets/console.css", get(asset::style))
        .route("/assets/console.js", get(asset::script))
        .route("/assets/icon.svg", get(asset::icon))
}

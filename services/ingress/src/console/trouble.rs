//! What went wrong, as a page.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use maud::html;

use super::page::{Page, Place};
use crate::http::Problem;

/// A problem, for whoever looks at pages.
pub(crate) struct Trouble(Problem);

impl<E: Into<Problem>> From<E> for Trouble {
    fn from(problem: E) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let problem = self.0;
        let status = problem.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let page = Page {
            title: title.to_owned(),
            place: Place::Elsewhere,
            live: None,
            main: html! {
                h1 { (title) }
                div.notice.faulted role="alert" {
                    p { (problem.detail()) }
                    p.quiet { "What to do: " (problem.remedy()) "." }
                }
                p { a href="/" { "To the instances" } }
            },
        };
        // As the API answers, with its headers and its line in the log, but for the body.
        let (parts, _) = problem.into_response().into_parts();
        let mut response = page.into_response();
        *response.status_mut() = status;
        for (name, value) in &parts.headers {
            if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response
    }
}

/// Whether a request comes from somebody who reads pages.
pub(crate) fn is_for_people(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

//! The frame of every page: head, landmarks, navigation; and the headers that keep it closed.

use axum::{
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

/// Nothing from other hosts, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Where the reader is, among the entries of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Instances,
    Definitions,
    Send,
    Health,
    /// On no entry's page.
    Elsewhere,
}

const ENTRIES: [(Place, &str, &str); 4] = [
    (Place::Instances, "/", "Instances"),
    (Place::Definitions, "/definitions", "Definitions"),
    (Place::Send, "/send", "Send event"),
    (Place::Health, "/health", "Health"),
];

/// A whole page.
pub(super) struct Page {
    pub title: String,
    pub place: Place,
    /// Where its parts are updated from, if they are.
    pub live: Option<String>,
    pub main: Markup,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let text = self.document().into_string();
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        let mut response = (headers, text).into_response();
        let same_origin = HeaderValue::from_static("same-origin");
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            response.headers_mut().insert(name, same_origin.clone());
        }
        response
    }
}

impl Page {
    fn document(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Weir" }
                    link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/assets/console.css";
                    script src="/assets/console.js" defer {}
                }
                body data-live=[&self.live] {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href="/" { span.logo aria-hidden="true" {} "Weir" }
                        nav aria-label="Main" {
                            @for (place, path, name) in ENTRIES {
                                a href=(path) aria-current=[(place == self.place).then_some("page")] {
                                    (name)
                                }
                            }
                        }
                    }
                    main #main tabindex="-1" { (self.main) }
                    footer {
                        p { "All times are UTC." }
                        @if self.live.is_some() {
                            p #connection data-state="off" { "Reload to see what is new." }
                        }
                        p { a href="/openapi.json" { "API" } }
                    }
                }
            }
        }
    }
}

//! Pages of other sites may not act through their visitors' browsers.
//!
//! Whoever reaches an ingress may use it; but a browser that reaches it does what any page tells
//! it. Browsers say where a request comes from: `Sec-Fetch-Site`, and where that is missing (on
//! plain HTTP) `Origin`. Other clients send neither.

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};

use super::problem::Problem;

const SITE: &str = "sec-fetch-site";

/// Refuses a request that changes something if a page of another site made it.
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    if request.method().is_safe() || is_own(request.headers()) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "other-origin",
        "a page of another site sent this",
        "use the console's own pages, or a client that is no browser",
    ))
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &axum::http::HeaderValue| value.to_str())
    };
    if let Some(site) = text(SITE) {
        // None: the reader did it, not a page.
        return matches!(site, Ok("same-origin" | "none"));
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return true;
    };
    let host = text(header::HOST.as_str());
    let Ok(Some((_, origin))) = origin.map(|origin| origin.split_once("://")) else {
        return false;
    };
    matches!(host, Some(Ok(host)) if host.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn passes(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder()
            .method(method)
            .header("host", "weir.example:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(Body::empty()).unwrap()).is_ok()
    }

    #[test]
    fn other_sites_change_nothing() {
        for (headers, is_allowed) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            // Another port or subdomain may be somebody else's.
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "http://weir.example:8080")], true),
            (&[("origin", "https://Weir.example:8080")], true),
            (&[("origin", "http://weir.example")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
            (
                &[
                    ("origin", "http://weir.example:8080"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
        ] {
            assert_eq!(passes("POST", headers), is_allowed, "{headers:?}");
            assert!(passes("GET", headers), "{headers:?}");
        }
    }
}

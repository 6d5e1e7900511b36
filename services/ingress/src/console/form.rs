//! What forms send.

use axum::body::Body;
use maud::{Markup, html};
use serde_json::Value;
use weir_expression::DEPTH_MAX;
use weir_protocol::json;

use crate::http::{Api, Problem, request};

/// The fields of a form, in their order.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body of a request.
    pub async fn read(api: &Api, body: Body) -> Result<Self, Problem> {
        let body = request::body(body, api.settings.body_bytes_max).await?;
        let fields = form_urlencoded::parse(&body).into_owned();
        Ok(Self(fields.collect()))
    }

    /// A field as it was sent.
    pub fn raw(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map_or("", |(_, value)| value)
    }

    /// A field, without the space around it; none if it is empty or not there.
    pub fn text(&self, name: &str) -> Option<&str> {
        Some(self.raw(name).trim()).filter(|text| !text.is_empty())
    }

    /// A field that holds JSON; null if it is empty.
    ///
    /// # Errors
    /// Says where it is none, to whoever wrote it.
    pub fn json(&self, name: &str) -> Result<Value, String> {
        match self.text(name) {
            None => Ok(Value::Null),
            Some(_) => json::read(self.raw(name).as_bytes(), DEPTH_MAX)
                .map_err(|error| format!("This is not JSON: {error}.")),
        }
    }
}

/// A field of several lines for JSON, with what is wrong with it.
pub(super) fn json_field(name: &str, label: &str, text: &str, wrong: Option<&str>) -> Markup {
    let says = format!("{name}-wrong");
    html! {
        label for=(name) { (label) }
        textarea #(name) name=(name) rows="8" spellcheck="false" autocapitalize="off"
            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| &says)] {
            // The parser drops the first line break.
            "\n" (text)
        }
        (wrong_field(&says, wrong))
    }
}

/// What is wrong with a field.
pub(super) fn wrong_field(id: &str, wrong: Option<&str>) -> Markup {
    html! {
        @if let Some(wrong) = wrong {
            p.wrong #(id) { (wrong) }
        }
    }
}

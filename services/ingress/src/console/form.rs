//! What forms send.

use axum::body::Body;

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

    /// A field, without the space around it; none if it is empty or not there.
    pub fn text(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(known, _)| known == name);
        let text = field.map(|(_, value)| value.trim());
        text.filter(|text| !text.is_empty())
    }
}

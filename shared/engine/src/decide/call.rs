//! `call: http`: composing the request.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_expression::{Data, Template};
use weir_graph::{Authentication, HttpCall};

use super::{
    Decider,
    arguments::Site,
    evaluate::{scalar_text, wrong},
};
use crate::{Credentials, ErrorKind, HttpRequest, WorkflowError};

impl Decider<'_> {
    pub(super) fn http_request(
        &self,
        site: &Site<'_>,
        call: &HttpCall,
        input: &Data,
    ) -> Result<HttpRequest, WorkflowError> {
        let credentials = self.credentials(site, call.authentication.as_ref(), input)?;
        let site = &Site {
            credentials: credentials.as_ref(),
            ..site.clone()
        };
        let method = self.text(site, "with.method", &call.method, input)?;
        let uri = self.run_in(site, "with.endpoint", call.endpoint.variables(), |scope| {
            call.endpoint.eval(input, scope)
        })?;
        if !is_absolute_http(&uri) {
            return Err(ErrorKind::Configuration.error(format!(
                "with.endpoint: `{uri}` is not an absolute http or https URI"
            )));
        }
        let body = match &call.body {
            Some(body) => self.fill_in(site, "with.body", body, input)?,
            None => Value::Null,
        };
        Ok(HttpRequest {
            method: method.to_ascii_uppercase(),
            uri,
            headers: self.texts(site, "with.headers", call.headers.as_ref(), input)?,
            query: self.query(site, call.query.as_ref(), input)?,
            body: (!body.is_null()).then(|| Data::from(body)),
            output: call.output,
            redirect: call.redirect,
            credentials: credentials.clone(),
        })
    }

    fn query(
        &self,
        site: &Site<'_>,
        query: Option<&Template>,
        input: &Data,
    ) -> Result<BTreeMap<String, Value>, WorkflowError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in self.members(site, "with.query", query, input)? {
            let place = || format!("with.query.{name}");
            match &value {
                Value::Null => continue,
                Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                Value::Array(items) => {
                    if let Some(odd) = items.iter().find(|item| scalar_text(item).is_none()) {
                        return Err(wrong(&place(), "made of strings, numbers or booleans", odd));
                    }
                }
                Value::Object(_) => return Err(wrong(&place(), "a value or an array", &value)),
            }
            parameters.insert(name, value);
        }
        Ok(parameters)
    }

    fn credentials(
        &self,
        site: &Site<'_>,
        authentication: Option<&Authentication>,
        input: &Data,
    ) -> Result<Option<Credentials>, WorkflowError> {
        let text = |place, template| self.text(site, place, template, input);
        Ok(match authentication {
            None => None,
            Some(Authentication::Basic { username, password }) => Some(Credentials::Basic {
                username: text("authentication.basic.username", username)?,
                password: text("authentication.basic.password", password)?,
            }),
            Some(Authentication::Bearer { token }) => Some(Credentials::Bearer {
                token: text("authentication.bearer.token", token)?,
            }),
        })
    }

    /// An object of texts. Null members are left out.
    pub(super) fn texts(
        &self,
        site: &Site<'_>,
        place: &str,
        template: Option<&Template>,
        input: &Data,
    ) -> Result<BTreeMap<String, String>, WorkflowError> {
        let members = self.members(site, place, template, input)?;
        let present = members.into_iter().filter(|(_, value)| !value.is_null());
        present
            .map(|(name, value)| match scalar_text(&value) {
                Some(text) => Ok((name, text)),
                None => Err(wrong(&format!("{place}.{name}"), "a string", &value)),
            })
            .collect()
    }

    fn members(
        &self,
        site: &Site<'_>,
        place: &str,
        template: Option<&Template>,
        input: &Data,
    ) -> Result<serde_json::Map<String, Value>, WorkflowError> {
        let Some(template) = template else {
            return Ok(serde_json::Map::new());
        };
        match self.fill_in(site, place, template, input)? {
            Value::Object(members) => Ok(members),
            Value::Null => Ok(serde_json::Map::new()),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(wrong(place, "an object", &other))
            }
        }
    }
}

fn is_absolute_http(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let has_host = rest
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| !authority.is_empty() && !authority.ends_with('@'));
    let http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let printable = |char: char| !char.is_whitespace() && !char.is_control();
    http && has_host && uri.chars().all(printable)
}

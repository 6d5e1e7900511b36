//! `call: http`, and the functions whose arguments only executors read: composing the request.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_expression::{Data, Template};
use weir_graph::{Authentication, Call, FunctionCall, HttpCall};

use super::{
    Decider,
    arguments::Site,
    compose::Composer,
    evaluate::{scalar_text, wrong},
};
use crate::{Activity, Credentials, HttpRequest, Request, WorkerRequest, WorkflowError};

impl Decider<'_> {
    pub(super) fn call(
        &self,
        site: &Site<'_>,
        call: &Call,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        match call {
            Call::Http(http) => self.http_request(site, http, input),
            Call::Worker(call) => {
                let arguments = self.call_arguments(site, call.arguments.as_ref(), input)?;
                Ok(Activity::Action {
                    request: Request::Worker(WorkerRequest {
                        function: call.function.clone(),
                        arguments,
                    }),
                    deferred: None,
                })
            }
            Call::Function(call) => self.function_request(site, call, input),
        }
    }

    /// What a function gets as its raw input.
    pub(super) fn call_arguments(
        &self,
        site: &Site<'_>,
        arguments: Option<&Template>,
        input: &Data,
    ) -> Result<Data, WorkflowError> {
        match arguments {
            Some(arguments) => self.fill_in(site, "with", arguments, input).map(Data::from),
            None => Ok(input.clone()),
        }
    }

    fn http_request(
        &self,
        site: &Site<'_>,
        call: &HttpCall,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let mut own = Composer::new(self, site, input);
        let credentials = match &call.authentication {
            Some(authentication) => Some(credentials(&mut own, authentication)?),
            None => None,
        };
        own.authenticate(credentials.as_ref());
        let body = match &call.body {
            Some(body) => own.value("with.body", "/body", body)?,
            None => Value::Null,
        };
        let request = HttpRequest {
            method: own
                .text("with.method", "/method", &call.method)?
                .to_ascii_uppercase(),
            uri: own.uri("with.endpoint", "/uri", &call.endpoint)?,
            headers: own.texts("with.headers", "/headers", call.headers.as_ref())?,
            query: query(&mut own, call.query.as_ref())?,
            body: (!body.is_null()).then(|| Data::from(body)),
            output: call.output,
            redirect: call.redirect,
            credentials: credentials.clone(),
        };
        Ok(Activity::Action {
            request: Request::Http(request),
            deferred: own.deferred(),
        })
    }

    fn function_request(
        &self,
        site: &Site<'_>,
        call: &FunctionCall,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let mut own = Composer::new(self, site, input);
        let with = own.value("with", "/with", &call.with)?;
        Ok(Activity::Action {
            request: Request::Function {
                function: call.function,
                with: Data::from(with),
            },
            deferred: own.deferred(),
        })
    }
}

fn query(
    own: &mut Composer<'_, '_>,
    query: Option<&Template>,
) -> Result<BTreeMap<String, Value>, WorkflowError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in own.members("with.query", "/query", query)? {
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
    own: &mut Composer<'_, '_>,
    authentication: &Authentication,
) -> Result<Credentials, WorkflowError> {
    let mut text = |scheme, part, template| {
        let place = format!("authentication.{scheme}.{part}");
        own.text(&place, &format!("/credentials/{part}"), template)
    };
    Ok(match authentication {
        Authentication::Basic { username, password } => Credentials::Basic {
            username: text("basic", "username", username)?,
            password: text("basic", "password", password)?,
        },
        Authentication::Bearer { token } => Credentials::Bearer {
            token: text("bearer", "token", token)?,
        },
        Authentication::Digest { username, password } => Credentials::Digest {
            username: text("digest", "username", username)?,
            password: text("digest", "password", password)?,
        },
        Authentication::Token { oidc, with } => {
            let scheme = if *oidc { "oidc" } else { "oauth2" };
            let place = format!("authentication.{scheme}");
            Credentials::Token {
                oidc: *oidc,
                with: own.value(&place, "/credentials/with", with)?.into(),
            }
        }
    })
}

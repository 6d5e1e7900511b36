//! One action after another: what is done with each delivery.

use std::{
    borrow::Cow,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use weir_bus::{BusError, Delivery, Patient, dead_letter};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::Data;
use weir_protocol::v1::{ActionRequest, Credentials, Deferred, Request};
use weir_runtime::{Clock, Shutdown, telemetry};

use crate::{
    Action, Function, Hidden, Secrets,
    deferred::{Part, fill},
    job::{Job, Triage, triage},
    metrics::ActionMetrics,
    token::{Granted, Tokens},
};

/// How long a message that the bus takes nowhere, not even to the dead letters, is left alone.
const SET_ASIDE_MS: u64 = 600_000;

/// Where credentials stand in the arguments of functions.
const CREDENTIALS: [&str; 8] = [
    "/authentication",
    "/document/endpoint/authentication",
    "/source/endpoint/authentication",
    "/proto/endpoint/authentication",
    "/service/authentication",
    "/transport/http/endpoint/authentication",
    "/agentCard/endpoint/authentication",
    "/server/authentication",
];

/// Does the actions of one function.
pub(crate) struct Worker {
    pub function: Arc<dyn Function>,
    pub bus: Patient,
    pub secrets: Secrets,
    pub tokens: Arc<Tokens>,
    pub clock: Clock,
    pub metrics: ActionMetrics,
    /// See [`crate::Settings::name`].
    pub name: String,
    pub payload_bytes_max: usize,
    pub heartbeat: Duration,
    /// The grace period is over: actions that still run are given back.
    pub interrupt: Shutdown,
}

impl Worker {
    /// Handles one delivery to its end. Dropped before, it leaves the message to be delivered again.
    pub(crate) async fn handle(&self, delivery: Delivery) {
        tokio::select! {
            biased;
            () = self.process(&delivery) => {}
            never = self.keep_alive(&delivery) => match never {},
            () = self.interrupt.triggered() => {
                tracing::info!(
                    subject = delivery.message.subject,
                    sequence = delivery.message.sequence,
                    "an action did not end within the grace period, it is given to another executor"
                );
                settle(delivery.acknowledge.retry(0).await);
            }
        }
    }

    async fn keep_alive(&self, delivery: &Delivery) -> Infallible {
        loop {
            tokio::time::sleep(self.heartbeat).await;
            settle(delivery.acknowledge.progress().await);
        }
    }

    async fn process(&self, delivery: &Delivery) {
        match triage(&delivery.message, self.function.name(), (self.clock)()) {
            Triage::Do(job) => self.perform(delivery, &job).await,
            Triage::Expired { id } => {
                tracing::debug!(id, "an action came after its deadline, nobody waits for it");
                self.metrics.expired();
                settle(delivery.ack().await);
            }
            Triage::Dead { reason } => self.bury(delivery, &reason).await,
        }
    }

    async fn perform(&self, delivery: &Delivery, job: &Job) {
        let ActionRequest { id, reference, .. } = &job.action;
        let function = self.function.name();
        let span = tracing::info_span!(
            "action",
            function,
            id,
            reference,
            attempt = delivery.attempt
        );
        if let Some(traceparent) = &job.traceparent {
            telemetry::set_parent_from(&span, traceparent);
        }
        let start = Instant::now();
        let result = self.call(job).instrument(span.clone()).await;
        self.metrics.done(start.elapsed(), result.as_ref().err());
        if let Err(error) = &result {
            let _entered = span.enter();
            tracing::debug!(%error, "failed");
        }

        let reply = job.reply(result, &self.name, self.payload_bytes_max);
        match self.bus.publish(reply).await {
            Ok(_) => settle(delivery.ack().await),
            Err(error) => {
                let reason = format!("its outcome was not taken: {error}");
                self.bury(delivery, &reason).await;
            }
        }
    }

    /// Calls the function, for no longer than somebody waits. What comes back tells no secrets.
    async fn call(&self, job: &Job) -> Result<Data, WorkflowError> {
        let left = Duration::from_millis(job.action.deadline.saturating_sub((self.clock)()));
        let mut hidden = Hidden::default();
        let result = match tokio::time::timeout(left, self.attempt(job, &mut hidden)).await {
            Ok(result) => result,
            Err(_) => Err(ErrorKind::Timeout.error("the action did not end before its deadline")),
        };
        match result {
            Ok(output) => Ok(Data::from(hidden.value(output))),
            Err(error) => Err(hidden.error(error)),
        }
    }

    async fn attempt(&self, job: &Job, hidden: &mut Hidden) -> Result<Value, WorkflowError> {
        let own = telemetry::current_traceparent();
        loop {
            let (request, granted) = self.completed(&job.action, hidden).await?;
            let action = Action {
                id: &job.action.id,
                traceparent: own.as_deref().or(job.traceparent.as_deref()),
                workflow: &job.action.workflow,
                reference: &job.action.reference,
                deadline_ms: job.action.deadline,
                request: &request,
                hidden,
            };
            let result = self.function.call(&action).await;
            if !result.as_ref().is_err_and(|error| error.status == 401) {
                return result;
            }
            for one in &granted {
                one.forget().await;
            }
            // A token may be revoked before it expires; nothing was done with it.
            if !granted.iter().any(|one| one.kept) {
                return result;
            }
        }
    }

    /// The request with secrets in it, and with a token in place of the policy for one.
    async fn completed<'a>(
        &self,
        action: &'a ActionRequest,
        hidden: &mut Hidden,
    ) -> Result<(Cow<'a, Request>, Vec<Granted>), WorkflowError> {
        let mut request = Cow::Borrowed(&action.request);
        let Some(deferred) = &action.deferred else {
            let mut granted = self.authenticated(&mut request, hidden).await?;
            granted.extend(self.authorized(&mut request, hidden).await?);
            return Ok((request, granted));
        };
        let mut secrets = Map::new();
        for name in &deferred.secrets {
            let namespace = &action.workflow.namespace;
            let secret = self.secrets.read(namespace, name).await?;
            hidden.add(&secret);
            secrets.insert(name.clone(), secret);
        }
        request = Cow::Owned(filled(&request, deferred, &secrets, Part::Credentials).await?);
        let mut granted = self.authenticated(&mut request, hidden).await?;
        let filled = filled(&request, deferred, &secrets, Part::Rest).await?;
        if let Request::Http(http) = &filled
            && let Some(
                Credentials::Basic { username, password }
                | Credentials::Digest { username, password },
            ) = &http.credentials
        {
            hidden.add(&format!("{username}:{password}").into());
        }
        let mut request = Cow::Owned(filled);
        granted.extend(self.authorized(&mut request, hidden).await?);
        Ok((request, granted))
    }

    async fn authenticated(
        &self,
        request: &mut Cow<'_, Request>,
        hidden: &mut Hidden,
    ) -> Result<Vec<Granted>, WorkflowError> {
        let Request::Http(http) = &**request else {
            return Ok(Vec::new());
        };
        let Some(Credentials::Token { oidc, with }) = &http.credentials else {
            return Ok(Vec::new());
        };
        let granted = self.tokens.get(*oidc, with.as_value(), hidden).await?;
        let mut http = http.clone();
        http.credentials = Some(Credentials::Bearer {
            token: granted.token.clone(),
        });
        *request = Cow::Owned(Request::Http(http));
        Ok(vec![granted])
    }

    /// The same for arguments that only functions read.
    async fn authorized(
        &self,
        request: &mut Cow<'_, Request>,
        hidden: &mut Hidden,
    ) -> Result<Vec<Granted>, WorkflowError> {
        let mut granted = Vec::new();
        let with = request.arguments().map(Data::as_value);
        let Some(with) =
            with.filter(|with| CREDENTIALS.iter().any(|at| with.pointer(at).is_some()))
        else {
            return Ok(granted);
        };
        let mut with = with.clone();
        for place in CREDENTIALS {
            let Some(form) = with.pointer_mut(place) else {
                continue;
            };
            match Credentials::deserialize(&*form) {
                Ok(Credentials::Token { oidc, with }) => {
                    let one = self.tokens.get(oidc, with.as_value(), hidden).await?;
                    *form = json!({ "scheme": "bearer", "token": one.token });
                    granted.push(one);
                }
                Ok(
                    Credentials::Basic { username, password }
                    | Credentials::Digest { username, password },
                ) if !hidden.is_empty() => hidden.add(&format!("{username}:{password}").into()),
                // What cannot be read is told by the function.
                Ok(
                    Credentials::Basic { .. }
                    | Credentials::Digest { .. }
                    | Credentials::Bearer { .. },
                )
                | Err(_) => {}
            }
        }
        if !granted.is_empty() {
            *request = Cow::Owned(request.with_arguments(Data::from(with)));
        }
        Ok(granted)
    }

    /// Moves a message that cannot be processed to the dead letters.
    async fn bury(&self, delivery: &Delivery, reason: &str) {
        let message = &delivery.message;
        tracing::warn!(
            subject = message.subject,
            sequence = message.sequence,
            reason,
            "an action cannot be processed, it goes to the dead letters"
        );
        self.metrics.dead();
        match self.bus.publish(dead_letter(delivery, reason)).await {
            Ok(_) => settle(delivery.ack().await),
            Err(error) => {
                tracing::error!(
                    subject = message.subject,
                    sequence = message.sequence,
                    %error,
                    "nor do the dead letters take it: it stays in the stream and is tried again \
                     later; remove the message by hand"
                );
                settle(delivery.acknowledge.retry(SET_ASIDE_MS).await);
            }
        }
    }
}

/// An expression may take a while.
async fn filled(
    request: &Request,
    deferred: &Deferred,
    secrets: &Map<String, Value>,
    part: Part,
) -> Result<Request, WorkflowError> {
    let (request, deferred, secrets) = (request.clone(), deferred.clone(), secrets.clone());
    let filled = tokio::task::spawn_blocking(move || fill(&request, &deferred, secrets, part));
    filled
        .await
        .map_err(|error| ErrorKind::Runtime.error(format!("an expression broke off: {error}")))?
}

/// An acknowledgement that does not arrive only means another delivery.
fn settle(acknowledged: Result<(), BusError>) {
    if let Err(error) = acknowledged {
        tracing::debug!(%error, "an acknowledgement was lost, the message will be delivered again");
    }
}

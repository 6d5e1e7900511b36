//! What every adapter of the bus must do: one suite, run by each adapter's tests.
//!
//! A broken promise panics with the promise in its message.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a contract fails by panicking, like the tests that run it"
)]

mod consume;
mod follow;
mod keep;
mod publish;

use std::{future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use weir_protocol::{InboxKind, InboxSubject, Subject, Token};

use crate::{Bus, Deliveries, Delivery, Follower, Outgoing, Stored};

/// What the suite needs from an adapter.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A bus whose streams are there and empty.
    async fn bus(&self) -> Arc<dyn Bus>;

    /// So much time passes for the broker behind `bus`.
    async fn pass(&self, ms: u64);

    /// How long a delivery may stay without acknowledgement, in milliseconds.
    fn ack_wait_ms(&self) -> u64;
}

/// The whole suite.
pub async fn all(harness: &dyn Harness) {
    publish::all(harness).await;
    keep::all(harness).await;
    consume::all(harness).await;
    follow::all(harness).await;
}

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(15);
/// Long enough to believe that nothing comes.
const SILENCE: Duration = Duration::from_millis(200);

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("{what}: nothing after {PATIENCE:?}"))
}

/// The next delivery, which must be there.
async fn take(deliveries: &mut Box<dyn Deliveries>) -> Delivery {
    within("a delivery", deliveries.next()).await.unwrap()
}

/// The next message, which must be there.
async fn see(follower: &mut Box<dyn Follower>) -> Stored {
    within("a followed message", follower.next()).await.unwrap()
}

async fn nothing_is_delivered(deliveries: &mut Box<dyn Deliveries>, why: &str) {
    if let Ok(delivery) = tokio::time::timeout(SILENCE, deliveries.next()).await {
        panic!("{why}, yet there is {delivery:?}");
    }
}

/// Waits until `condition` holds, while time passes in small steps.
async fn until<F: Future<Output = bool>>(
    harness: &dyn Harness,
    what: &str,
    mut condition: impl FnMut() -> F,
) {
    let wait = async {
        while !condition().await {
            harness.pass(100).await;
        }
    };
    within(what, wait).await;
}

/// Instance number `n` of the suite.
fn inbox(n: u64) -> InboxSubject {
    let subject = format!("weir.inbox.contract.flow.00000000-0000-7000-8000-{n:012}.start");
    InboxSubject::parse(&subject).unwrap()
}

/// A subject that keeps every message.
fn journal(n: u64) -> Subject {
    Subject::journal(inbox(n).instance)
}

/// A subject of subscriptions.
fn trigger(n: u64) -> Subject {
    Subject::trigger("contract", &format!("flow-{n}")).unwrap()
}

fn outcome(n: u64) -> Subject {
    let kind = InboxKind::Outcome;
    InboxSubject { kind, ..inbox(n) }.subject()
}

fn function(name: &str) -> Token {
    Token::new(name).unwrap()
}

fn text(subject: &Subject, text: &str) -> Outgoing {
    Outgoing::new(subject.clone(), text.to_owned())
}

fn texts<'a>(messages: impl IntoIterator<Item = &'a Stored>) -> Vec<String> {
    messages.into_iter().map(body).collect()
}

fn body(message: &Stored) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

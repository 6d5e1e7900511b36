//! The quick way to append: one call that stays open, with many appends on it.
//!
//! The client does not switch Nagle's algorithm off. An append that is a call of its own goes out
//! in two segments, of which the second waits for the acknowledgement of the first: 40 ms where the
//! server's kernel delays it. On an open call, an append is one segment.

use std::sync::Arc;

use eventstore::{BatchAppendClient, BatchAppendOptions, Client, Credentials, Error};
use tokio::sync::Mutex;

/// The open call of one client, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Session(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Closed,
    Open(Arc<BatchAppendClient>),
    /// The server does not know such calls, or does not answer on them.
    Unfit,
}

impl Session {
    /// The open call; it is opened if need be.
    pub async fn open(
        &self,
        client: &Client,
        credentials: Option<&Credentials>,
    ) -> Option<Arc<BatchAppendClient>> {
        let mut state = self.0.lock().await;
        match &*state {
            State::Open(call) => return Some(call.clone()),
            State::Unfit => return None,
            State::Closed => {}
        }
        let mut options = BatchAppendOptions::default().requires_leader(true);
        if let Some(credentials) = credentials {
            options = options.authenticated(credentials.clone());
        }
        match client.batch_append(&options).await {
            Ok(call) => {
                let call = Arc::new(call);
                *state = State::Open(call.clone());
                Some(call)
            }
            Err(Error::UnsupportedFeature) => {
                *state = State::Unfit;
                None
            }
            // The ordinary way tells what is wrong.
            Err(_) => None,
        }
    }

    /// Forgets a call after an error: the client gives up a call with the first append that is
    /// refused, and all others that are under way on it.
    pub async fn close(&self, call: &Arc<BatchAppendClient>, error: &Error) {
        let mut state = self.0.lock().await;
        if matches!(&*state, State::Open(open) if Arc::ptr_eq(open, call)) {
            *state = if matches!(error, Error::DeadlineExceeded) {
                State::Unfit
            } else {
                State::Closed
            };
        }
    }
}

//! The connection: one client, replaced when it is of no more use, and requests asked again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use eventstore::{Client, Error, EventData, ExpectedRevision};

use crate::{address::Address, session::Session};

/// How often one request is sent, in all.
const ATTEMPTS_MAX: u32 = 4;
/// The pause before the second attempt, then twice as long each time.
const PAUSE: Duration = Duration::from_millis(100);
/// `INVALID_ARGUMENT` and the other codes of gRPC with which a server refuses what it understood.
const REFUSALS: [i32; 4] = [3, 9, 11, 12];

/// A connection to EventStoreDB. Clones share it.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    address: Address,
    request_timeout: Duration,
    current: Mutex<Current>,
}

#[derive(Clone)]
struct Current {
    client: Client,
    generation: u64,
    session: Session,
}

/// Why a request has no result.
#[derive(Debug)]
pub(crate) enum LinkError {
    /// The server has answered: asking again would not change it.
    Refused(Error),
    /// No answer, after several attempts. The request may have been carried out.
    Unreachable(String),
}

impl Link {
    /// A link that connects when it is first used, and forgets a request after `request_timeout`.
    pub fn new(address: Address, request_timeout: Duration) -> Result<Self, Error> {
        let client = Client::new(address.settings().clone())?;
        let current = Current {
            client,
            generation: 0,
            session: Session::default(),
        };
        Ok(Self(Arc::new(Inner {
            address,
            request_timeout,
            current: Mutex::new(current),
        })))
    }

    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// Does `operation`, again and again while there is no answer, up to a limit.
    pub async fn request<T, O, F>(&self, operation: O) -> Result<T, LinkError>
    where
        O: Fn(Client) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let error = match self.once(&operation).await {
                Err(LinkError::Unreachable(error)) if attempt < ATTEMPTS_MAX => error,
                result => return result,
            };
            tracing::debug!(%error, attempt, "EventStoreDB gives no answer: trying again");
            tokio::time::sleep(pause).await;
            pause *= 2;
            attempt += 1;
        }
    }

    /// Does `operation` once.
    pub async fn once<T, O, F>(&self, operation: &O) -> Result<T, LinkError>
    where
        O: Fn(Client) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let Current {
            client, generation, ..
        } = self.current();
        match operation(client).await {
            Ok(result) => Ok(result),
            Err(error) if is_answer(&error) => Err(LinkError::Refused(error)),
            // The client has turned to the leader by itself.
            Err(error @ Error::NotLeaderException(_)) => {
                Err(LinkError::Unreachable(error.to_string()))
            }
            Err(error) => {
                self.replace(generation);
                Err(LinkError::Unreachable(error.to_string()))
            }
        }
    }

    /// Appends in the quick way, and returns the revision. If that does not work, the ordinary way,
    /// with the very same event, tells why, or that it did work.
    pub async fn append_quickly(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        event: EventData,
    ) -> Option<u64> {
        let Current {
            client, session, ..
        } = self.current();
        let credentials = self.0.address.credentials();
        let call = session.open(&client, credentials).await?;
        let append = call.append_to_stream(stream, expected, vec![event]);
        match self.within(append).await {
            Ok(appended) => appended.current_revision(),
            Err(error) => {
                session.close(&call, &error).await;
                None
            }
        }
    }

    /// Waits for one answer, within the limit for one.
    pub async fn within<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let answer = tokio::time::timeout(self.0.request_timeout, answer).await;
        answer.unwrap_or(Err(Error::DeadlineExceeded))
    }

    fn current(&self) -> Current {
        let current = self.0.current.lock();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client that has failed to connect never tries again, and one that has chosen a node of a
    /// cluster stays with it, dead or alive: so there is a new one, unless another request has
    /// already seen to it.
    fn replace(&self, generation: u64) {
        let mut current = self
            .0
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if current.generation != generation {
            return;
        }
        match Client::new(self.0.address.settings().clone()) {
            Ok(client) => {
                *current = Current {
                    client,
                    generation: generation + 1,
                    session: Session::default(),
                }
            }
            Err(error) => tracing::warn!(%error, "no new client for EventStoreDB"),
        }
    }
}

/// Whether the server has understood the request and decided.
fn is_answer(error: &Error) -> bool {
    match error {
        Error::WrongExpectedVersion { .. }
        | Error::AccessDenied
        | Error::ResourceAlreadyExists
        | Error::ResourceNotFound
        | Error::ResourceDeleted
        | Error::UnsupportedFeature
        | Error::InternalParsingError(_) => true,
        Error::Grpc { code, .. } => REFUSALS.contains(&i32::from(*code)),
        Error::ServerError(_)
        | Error::NotLeaderException(_)
        | Error::ConnectionClosed
        | Error::GrpcConnectionError(_)
        | Error::InternalClientError
        | Error::DeadlineExceeded
        | Error::InitializationError(_)
        | Error::IllegalStateError(_) => false,
    }
}

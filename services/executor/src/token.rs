//! Tokens for `oauth2` and `oidc`: asked for when a request needs one, and kept until they expire, in
//! memory only.

mod ask;
mod policy;

use std::{collections::BTreeMap, sync::Arc};

use reqwest::Client;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use weir_engine::{ErrorKind, WorkflowError};
use weir_runtime::Clock;

use self::{
    ask::{Given, ask, endpoint},
    policy::{Grant, Policy},
};
use crate::Hidden;

/// More policies than this are not remembered at the same time.
const POLICIES_MAX: usize = 1_024;
/// A token is not used when it has less than this to live: the call takes time, and clocks differ.
const MARGIN_MS: u64 = 10_000;

/// Gets tokens, and keeps them.
pub(crate) struct Tokens {
    client: Client,
    clock: Clock,
    kept: Mutex<BTreeMap<[u8; 32], Arc<Slot>>>,
}

/// One policy's token. Locked while it is asked for: who comes meanwhile waits for the same.
type Slot = Mutex<Option<Kept>>;

struct Kept {
    token: String,
    refresh: Option<String>,
    until_ms: u64,
}

/// A token, and where it came from.
pub(crate) struct Granted {
    pub token: String,
    /// Whether it was there already.
    pub kept: bool,
    slot: Arc<Slot>,
}

impl Tokens {
    pub(crate) fn new(client: Client, clock: Clock) -> Self {
        Self {
            client,
            clock,
            kept: Mutex::default(),
        }
    }

    /// A token by the policy `with`; what is in it is added to `hidden`.
    ///
    /// # Errors
    /// `configuration` for a policy that says too little, `authentication` if the authority gives no
    /// token, `communication` if it does not answer.
    pub(crate) async fn get(
        &self,
        oidc: bool,
        with: &Value,
        hidden: &mut Hidden,
    ) -> Result<Granted, WorkflowError> {
        let policy = Policy::read(oidc, with)?;
        let slot = self.slot(oidc, with).await;
        let mut kept = slot.lock().await;
        let now_ms = (self.clock)();
        let old = kept.take();
        if let Some(good) = old.as_ref().filter(|one| now_ms + MARGIN_MS < one.until_ms) {
            let token = good.token.clone();
            hidden.add(&token.clone().into());
            *kept = old;
            drop(kept);
            return Ok(Granted {
                token,
                kept: true,
                slot,
            });
        }
        let given = self.ask(&policy, old.and_then(|old| old.refresh)).await?;
        hidden.add(&given.access_token.clone().into());
        if let Some(refresh) = &given.refresh_token {
            hidden.add(&refresh.clone().into());
        }
        policy.check_issuer(&given)?;
        if let Some(lifetime_s) = given.expires_in {
            *kept = Some(Kept {
                token: given.access_token.clone(),
                refresh: given.refresh_token,
                until_ms: now_ms.saturating_add(lifetime_s.saturating_mul(1_000)),
            });
        }
        drop(kept);
        Ok(Granted {
            token: given.access_token,
            kept: false,
            slot,
        })
    }

    /// Refreshes if it can, else asks as the policy says.
    async fn ask(&self, policy: &Policy, refresh: Option<String>) -> Result<Given, WorkflowError> {
        let endpoint = endpoint(&self.client, policy).await?;
        if let Some(token) = refresh {
            let grant = Grant::Refresh {
                token: token.clone(),
            };
            match ask(&self.client, &endpoint, policy, &grant).await {
                Ok(given) => {
                    return Ok(Given {
                        refresh_token: given.refresh_token.or(Some(token)),
                        ..given
                    });
                }
                // It may have been revoked, or have expired, too.
                Err(error) if error.status == 401 => {}
                Err(error) => return Err(error),
            }
        }
        ask(&self.client, &endpoint, policy, &policy.grant).await
    }

    async fn slot(&self, oidc: bool, with: &Value) -> Arc<Slot> {
        let key = Sha256::digest(format!("{oidc}{with}")).into();
        let mut kept = self.kept.lock().await;
        if kept.len() >= POLICIES_MAX && !kept.contains_key(&key) {
            kept.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        kept.entry(key).or_default().clone()
    }
}

impl Granted {
    /// The token was refused: the next request does not use it.
    pub(crate) async fn forget(&self) {
        let mut kept = self.slot.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.token == self.token) {
            *kept = None;
        }
    }
}

fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}

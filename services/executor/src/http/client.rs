//! The HTTP clients: TLS, redirects, connections.

use std::{path::Path, sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::StartError;

const REDIRECTS_MAX: usize = 10;
/// A server that does not accept a connection within this time is reported as such, rather than
/// as a deadline missed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("weir/", env!("CARGO_PKG_VERSION"));

/// One client for each answer to the question whether redirects are followed.
pub(super) struct Clients {
    following: Client,
    staying: Client,
}

impl Clients {
    pub(super) fn new(tls: ClientConfig) -> Result<Self, StartError> {
        let built = |builder: ClientBuilder| {
            builder
                .build()
                .map_err(|error| StartError::HttpClient(super::response::reason(&error)))
        };
        let builder = |tls: ClientConfig| {
            Client::builder()
                .tls_backend_preconfigured(tls)
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent(USER_AGENT)
                .referer(false)
                // Where a workflow's calls go must not depend on this process's environment.
                .no_proxy()
        };
        Ok(Self {
            following: built(builder(tls.clone()).redirect(Policy::limited(REDIRECTS_MAX)))?,
            staying: built(builder(tls).redirect(Policy::none()))?,
        })
    }

    pub(super) fn that_follow(&self, redirects: bool) -> &Client {
        if redirects {
            &self.following
        } else {
            &self.staying
        }
    }
}

/// TLS with the certificate authorities of the system.
///
/// The cryptography is named here and not installed as the process's default: other clients in
/// the same process may need another one.
pub(super) fn system_tls() -> Result<ClientConfig, StartError> {
    tls(system_roots())
}

/// The certificate authorities of the system (or of `SSL_CERT_FILE`, `SSL_CERT_DIR`).
pub(crate) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            errors = ?found.errors,
            "no certificate authorities found, calls to https: will fail: install \
             ca-certificates or set SSL_CERT_FILE"
        );
    }
    roots
}

/// TLS that trusts `roots`.
pub(super) fn tls(roots: RootCertStore) -> Result<ClientConfig, StartError> {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::HttpClient(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// A client for other parts of Weir that speak HTTP: TLS as for calls, redirects not followed.
///
/// # Errors
/// If TLS cannot be set up.
pub fn http_client() -> Result<Client, StartError> {
    Clients::new(system_tls()?).map(|clients| clients.staying)
}

/// A client for a server on a socket of this machine, whatever host its requests name.
///
/// # Errors
/// If it cannot be built.
pub fn socket_client(path: &Path) -> Result<Client, StartError> {
    // There is no TLS on it, but a client wants to know how.
    let builder = Client::builder()
        .tls_backend_preconfigured(tls(RootCertStore::empty())?)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(USER_AGENT)
        .no_proxy()
        .http1_only()
        .unix_socket(path);
    builder
        .build()
        .map_err(|error| StartError::HttpClient(super::response::reason(&error)))
}

//! TLS, ended before the double, which has none.

use std::{net::SocketAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use weir_eventstore::{OpenError, open};
use weir_journal::{Journal, Position};

use crate::support::{Server, config, instance, record, refusal};

/// Takes TLS and passes on what is in it; returns where, and the file with its certificate.
async fn in_front_of(server: SocketAddr) -> (SocketAddr, TempDir) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let encoded = BASE64_STANDARD.encode(cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((inner, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Whoever does not trust us leaves.
                let Ok(mut outer) = acceptor.accept(inner).await else {
                    return;
                };
                let mut inner = TcpStream::connect(server).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    (address, folder)
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_only() {
    let server = Server::start().await;
    let (at, folder) = in_front_of(server.double.address()).await;
    let port = at.port();
    let ca = folder.path().join("ca.pem");
    let ca = ca.display();
    let text = format!("esdb://localhost:{port}?discoveryInterval=1&tlsCaFile={ca}");
    let journal = open(&config(&text)).await.unwrap();
    let start = Position::default();
    let appended = journal
        .append(instance(), start, &record(start, "one"))
        .await;
    appended.unwrap();

    let mut untrusting = config(&format!("esdb://localhost:{port}?discoveryInterval=1"));
    untrusting.connect_timeout_ms = 300;
    let error = refusal(&untrusting).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
}

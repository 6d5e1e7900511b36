//! HTTPS, without a default for the whole process.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use weir_executor::Http;

use crate::support::{call, parts, settings};

/// A server with a certificate of its own making.
async fn serve() -> (SocketAddr, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let certificate = cert.der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust it goes away.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            let answer =
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\n\r\nsecret";
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (address, certificate)
}

fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn a_server_is_called_over_tls_if_it_is_trusted() {
    let (address, certificate) = serve().await;
    let uri = format!("https://localhost:{}/", address.port());
    let request = json!({ "function": "http", "method": "GET", "uri": uri, "output": "content" });
    let trusted = Http::with_tls(&settings(), trusting(certificate)).unwrap();
    assert_eq!(call(&trusted, request.clone()).await.unwrap(), "secret");

    let error = call(&Http::new(&settings()).unwrap(), request)
        .await
        .unwrap_err();
    let (kind, status, detail) = parts(&error);
    assert_eq!((kind, status), ("communication", 500));
    assert!(detail.contains("certificate"), "{detail}");
    assert!(
        CryptoProvider::get_default().is_none(),
        "others in the process choose their own"
    );
}

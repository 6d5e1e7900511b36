//! The local server itself.

use weir_nats::{LocalServer, ServerError, ServerOptions, find_server};
use weir_protocol::{Stream, Subject};

use crate::support::{self, Server, until};

#[tokio::test]
async fn it_keeps_its_data_and_port_when_it_is_stopped() {
    let (mut server, nats, bus) = support::bus().await;
    let subject = Subject::event("a");
    let kept = weir_bus::Outgoing::new(subject.clone(), "kept");
    bus.publish(kept).await.unwrap();
    nats.flush().await;
    let url = server.process.url();
    server.process.stop().await.unwrap();
    until("the loss is noticed", || async {
        (!nats.is_connected()).then_some(())
    })
    .await;
    server.process.restart().await.unwrap();
    assert_eq!(server.process.url(), url);
    let found = until("an answer", || async {
        bus.last(Stream::Events, &subject).await.ok()
    })
    .await;
    assert_eq!(found.unwrap().payload, "kept");
}

#[tokio::test]
async fn who_is_in_its_way_is_named() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(find_server().unwrap(), folder.path());
    options.port = Some(server.process.port());
    let error = LocalServer::start(options.clone()).await.unwrap_err();
    assert!(matches!(error, ServerError::Ended { .. }), "{error}");
    assert!(
        error.to_string().contains("address already in use"),
        "{error}"
    );

    options.program = folder.path().join("nothing");
    let error = LocalServer::start(options).await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("cannot run ") && said.contains("nothing"),
        "{said}"
    );
}

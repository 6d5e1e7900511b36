//! Streams are created or verified, never altered.

use async_nats::jetstream::{self, stream};
use weir_nats::{
    ConnectError, Login, Nats, NatsOptions, ProvisionError, StreamOptions, connect, provision,
};
use weir_protocol::Stream;

use crate::support::Server;

async fn context(server: &Server) -> jetstream::Context {
    let client = async_nats::connect(server.process.url()).await.unwrap();
    jetstream::new(client)
}

/// Changes a stream as its operator would.
async fn change(
    context: &jetstream::Context,
    stream: Stream,
    change: impl FnOnce(&mut stream::Config),
) {
    let mut handle = context.get_stream(stream.name()).await.unwrap();
    let mut config = handle.info().await.unwrap().config.clone();
    change(&mut config);
    context.update_stream(config).await.unwrap();
}

async fn refusal(nats: &Nats) -> ProvisionError {
    let provisioned = provision(nats, &StreamOptions::default()).await;
    provisioned.unwrap_err()
}

#[tokio::test]
async fn all_may_provision_at_once_and_again() {
    let server = Server::start().await;
    let mut services = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let nats = server.connect().await;
        services.spawn(async move { provision(&nats, &StreamOptions::default()).await });
    }
    for provisioned in services.join_all().await {
        provisioned.unwrap();
    }
    let nats = server.connect().await;
    provision(&nats, &StreamOptions::default()).await.unwrap();
    let context = context(&server).await;
    for stream in Stream::ALL {
        let mut handle = context.get_stream(stream.name()).await.unwrap();
        let config = &handle.info().await.unwrap().config;
        assert_eq!(config.metadata["weir.version"], "1", "{stream}");
    }
}

#[tokio::test]
async fn what_operators_change_is_left_alone() {
    let server = Server::start().await;
    let nats = server.connect().await;
    provision(&nats, &StreamOptions::default()).await.unwrap();
    let context = context(&server).await;
    change(&context, Stream::Trace, |config| config.max_bytes = 1 << 30).await;
    provision(&nats, &StreamOptions::default()).await.unwrap();
    let mut handle = context.get_stream("WEIR_TRACE").await.unwrap();
    assert_eq!(handle.info().await.unwrap().config.max_bytes, 1 << 30);
}

#[tokio::test]
async fn a_stream_that_does_something_else_is_refused() {
    let server = Server::start().await;
    let nats = server.connect().await;
    provision(&nats, &StreamOptions::default()).await.unwrap();
    let context = context(&server).await;
    change(&context, Stream::Timers, |config| {
        config.max_messages_per_subject = 5;
    })
    .await;
    assert_eq!(
        refusal(&nats).await.to_string(),
        "the stream WEIR_TIMERS has `max_msgs_per_subject` = 5, Weir needs 1: Weir alters no \
         stream; change it, or delete it and start again"
    );
}

#[tokio::test]
async fn streams_of_others_and_of_newer_versions_are_refused() {
    let server = Server::start().await;
    let nats = server.connect().await;
    let context = context(&server).await;
    let foreign = stream::Config {
        name: "WEIR_EVENTS".to_owned(),
        subjects: vec!["weir.events.>".to_owned()],
        ..stream::Config::default()
    };
    context.create_stream(foreign).await.unwrap();
    let refused = refusal(&nats).await;
    assert!(
        matches!(
            refused,
            ProvisionError::Foreign {
                stream: Stream::Events
            }
        ),
        "{refused}"
    );

    context.delete_stream("WEIR_EVENTS").await.unwrap();
    provision(&nats, &StreamOptions::default()).await.unwrap();
    change(&context, Stream::Dead, |config| {
        let version = "2".to_owned();
        config.metadata.insert("weir.version".to_owned(), version);
    })
    .await;
    assert_eq!(
        refusal(&nats).await.to_string(),
        "the stream WEIR_DEAD is of a newer Weir (`weir.version` 2, this one knows 1): upgrade \
         this service"
    );
}

#[tokio::test]
async fn who_cannot_connect_is_told_why() {
    let mut options = NatsOptions::new("nats://127.0.0.1:1");
    options.connect_timeout = std::time::Duration::from_millis(300);
    let error = connect(&options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");

    options.url = "nats://not a url".to_owned();
    let error = connect(&options).await.unwrap_err();
    assert!(matches!(error, ConnectError::Invalid(_)), "{error}");

    let server = Server::start().await;
    options.url = server.process.url();
    options.login = Login::CredentialsFile("/none.creds".into());
    let error = connect(&options).await.unwrap_err();
    assert!(error.to_string().contains("/none.creds"), "{error}");
}

/// A server that greets with an old version.
#[tokio::test]
async fn an_old_server_is_refused() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let info = r#"{"server_id":"x","version":"2.9.25","max_payload":1048576,"headers":true}"#;
        let greeting = format!("INFO {info}\r\n");
        writer.write_all(greeting.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(reader).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line == "PING" {
                writer.write_all(b"PONG\r\n").await.unwrap();
            }
        }
    });
    let error = connect(&NatsOptions::new(url.clone())).await.unwrap_err();
    let expected =
        format!("NATS at {url} is version 2.9.25, Weir needs at least 2.12: upgrade the server");
    assert_eq!(error.to_string(), expected);
}

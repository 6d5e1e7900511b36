//! Services that cannot have a journal fail at start, with one sentence.

use weir_eventstore::{OpenError, open};

use crate::support::{Server, config, refusal};

#[tokio::test]
async fn nobody_there() {
    let stopped = Server::start().await;
    let at = stopped.double.address();
    let stopped = stopped.stop().await;
    let mut config = config(&format!(
        "esdb://me:s3cret@{at}?tls=false&discoveryInterval=1"
    ));
    config.connect_timeout_ms = 300;
    let error = refusal(&config).await;
    let text = error.to_string();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{text}");
    assert!(text.contains(&format!("does not answer at {at}")), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    drop(stopped);
}

#[tokio::test]
async fn the_wrong_password() {
    let user = Some(("ad@min".to_owned(), "p/ss:word".to_owned()));
    let server = Server::with(|options| options.user = user).await;
    let at = server.double.address();
    let text = |user| format!("esdb://{user}@{at}?tls=false&discoveryInterval=1");
    open(&config(&text("ad%40min:p%2Fss%3Aword")))
        .await
        .unwrap();
    let error = refusal(&config(&text("ad%40min:s3cret"))).await;
    assert!(matches!(error, OpenError::Unauthorized { .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_connection_string_that_is_none() {
    let error = refusal(&config("esdb://host?tlsCaFile=/none.pem")).await;
    assert!(matches!(error, OpenError::Invalid(_)), "{error}");
    assert!(error.to_string().contains("/none.pem"), "{error}");
}

//! Connections: accepted, bounded in number and patience, ended in order.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use weir_runtime::Shutdown;

/// More connections wait to be accepted.
const CONNECTIONS_MAX: usize = 10_000;
/// A connection that has not sent a whole head in this time is closed.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// What is read ahead of a connection, in bytes; longer heads are refused by the server itself.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// Pause when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `app` until `shutdown` is triggered, then ends each connection after the request in
/// work.
pub(super) async fn serve(listener: TcpListener, app: Router, shutdown: Shutdown) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout(HEAD_TIMEOUT);
    http.max_buf_size(BUFFER_BYTES_MAX);
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let accept = async {
            let place = room.clone().acquire_owned().await;
            (accept(&listener).await, place)
        };
        let (stream, place) = tokio::select! {
            () = shutdown.triggered() => break,
            accepted = accept => accepted,
        };
        let service = TowerToHyperService::new(app.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and awaited: never wait for more to send.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY");
                }
                return stream;
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections just now");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether only the one connection is concerned.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

//! The servers that workflows call.

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// A web server on loopback; ends when dropped.
#[derive(Debug)]
pub struct Web {
    /// Its address, without a slash at the end.
    pub url: String,
    task: JoinHandle<()>,
}

impl Web {
    /// Serves `router` on a free port.
    pub async fn serve(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

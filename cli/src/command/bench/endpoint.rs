//! The server that the workflows call: answers every request with the same 200 bytes, at once.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Longest request.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// A running server. Ends when this is dropped.
pub(super) struct Endpoint {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Endpoint {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("HTTP server")?;
        let address = listener.local_addr()?;
        let answer: Arc<[u8]> = answer().into_bytes().into();
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move { serve(connection, &answer).await });
            }
        });
        Ok(Self { address, accepting })
    }

    pub fn url(&self) -> String {
        format!("http://{}/step", self.address)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn answer() -> String {
    let body = format!(r#"{{"status":"done","text":"{}"}}"#, "x".repeat(170));
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// As little of HTTP/1.1 as its one client needs: what is measured is the system, not this.
async fn serve(mut connection: TcpStream, answer: &[u8]) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut received = Vec::with_capacity(4096);
    loop {
        while let Some(length) = request_length(&received) {
            received.drain(..length);
            connection.write_all(answer).await?;
        }
        if received.len() > REQUEST_BYTES_MAX || connection.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

/// The bytes of the first request, if all of it is there.
fn request_length(received: &[u8]) -> Option<usize> {
    let head = received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")?
        + 4;
    let lines = str::from_utf8(&received[..head]).ok()?.lines();
    let body = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    let length = head + body.unwrap_or_default();
    (received.len() >= length).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_with_its_body() {
        let request = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST";
        assert_eq!(request_length(request), Some(request.len() - 4));
        assert_eq!(request_length(&request[..request.len() - 5]), None);
        assert_eq!(request_length(b"GET / HTTP/1.1\r\n"), None);
    }
}

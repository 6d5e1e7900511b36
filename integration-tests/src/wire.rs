//! The protocol of NATS as it is on the wire: any bytes on any subject.
//!
//! <https://docs.nats.io/reference/reference-protocols/nats-protocol>

use std::{collections::BTreeMap, fmt::Write as _};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use crate::within;

/// A connection.
#[derive(Debug)]
pub struct Wire {
    stream: BufReader<TcpStream>,
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Where to.
    pub subject: String,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub payload: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut wire = Self {
            stream: BufReader::new(stream),
        };
        let greeting = wire.line().await;
        assert!(greeting.starts_with("INFO "), "{greeting}");
        wire.write(b"CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n")
            .await;
        wire.settle().await;
        wire
    }

    /// Publishes; the server has the message when this returns.
    pub async fn publish(&mut self, subject: &str, headers: &[(&str, &str)], payload: &[u8]) {
        let mut block = String::new();
        for (name, value) in headers {
            let _ = write!(block, "{name}: {value}\r\n");
        }
        self.publish_as_it_is(subject, block.as_bytes(), payload)
            .await;
    }

    /// Publishes with these bytes as headers, each line with its end.
    pub async fn publish_as_it_is(&mut self, subject: &str, headers: &[u8], payload: &[u8]) {
        let mut message = Vec::new();
        if headers.is_empty() {
            message.extend(format!("PUB {subject} {}\r\n", payload.len()).into_bytes());
        } else {
            let block = [b"NATS/1.0\r\n", headers, b"\r\n"].concat();
            let (length, total) = (block.len(), block.len() + payload.len());
            message.extend(format!("HPUB {subject} {length} {total}\r\n").into_bytes());
            message.extend(block);
        }
        message.extend_from_slice(payload);
        message.extend_from_slice(b"\r\n");
        self.write(&message).await;
        self.settle().await;
    }

    /// Announces so many bytes, and returns what the server says instead of taking them.
    pub async fn refused(mut self, subject: &str, bytes: usize) -> String {
        self.write(format!("PUB {subject} {bytes}\r\n").as_bytes())
            .await;
        self.line().await
    }

    /// Wants to have all messages on subjects that match; see [`Wire::next`].
    pub async fn subscribe(&mut self, filter: &str) {
        self.write(format!("SUB {filter} 1\r\n").as_bytes()).await;
        self.settle().await;
    }

    /// The next message on the subscribed subjects.
    pub async fn next(&mut self) -> Received {
        within("a message on NATS", async {
            loop {
                let line = self.line().await;
                if let Some(received) = self.message(&line).await {
                    return received;
                }
            }
        })
        .await
    }

    /// Waits until the server has seen everything; drops what comes in meanwhile.
    async fn settle(&mut self) {
        self.write(b"PING\r\n").await;
        loop {
            let line = self.line().await;
            if line == "PONG" {
                return;
            }
            self.message(&line).await;
        }
    }

    /// What begins with `line`, if it is a message.
    async fn message(&mut self, line: &str) -> Option<Received> {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<usize>().unwrap();
        let (head, total) = match words[..] {
            ["MSG", .., total] => (0, number(total)),
            ["HMSG", .., head, total] => (number(head), number(total)),
            ["PING"] => {
                self.write(b"PONG\r\n").await;
                return None;
            }
            _ => panic!("NATS says: {line}"),
        };
        let mut bytes = vec![0; total + 2];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes.truncate(total);
        let payload = bytes.split_off(head);
        let head = String::from_utf8(bytes).unwrap();
        let headers = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let subject = words[1].to_owned();
        Some(Received {
            subject,
            headers,
            payload,
        })
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        within("an answer from NATS", read).await.unwrap();
        assert!(!line.is_empty(), "NATS has closed the connection");
        line.trim_end().to_owned()
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }
}

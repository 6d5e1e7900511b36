//! A subscriber without any client library: NATS speaks text.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

pub(super) struct Subscriber {
    messages: Receiver<(String, String)>,
}

impl Subscriber {
    /// Subscribes to `subject` on the server at a port of this machine.
    pub fn open(port: u16, subject: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).context("NATS")?;
        let hello = format!("CONNECT {{\"verbose\":false}}\r\nSUB {subject} 1\r\nPING\r\n");
        stream.write_all(hello.as_bytes())?;
        let mut reader = BufReader::new(stream.try_clone()?);
        // The server has answered the ping once it knows of the subscription.
        while read_line(&mut reader)? != "PONG" {}
        let (sender, messages) = channel();
        thread::spawn(move || receive(&mut reader, &mut stream, &sender));
        Ok(Self { messages })
    }

    /// The next message: its subject and payload.
    pub fn next(&self, patience: Duration) -> Result<(String, String)> {
        Ok(self.messages.recv_timeout(patience)?)
    }
}

/// Hands on messages until the connection or the receiver is gone.
fn receive(
    reader: &mut BufReader<TcpStream>,
    stream: &mut TcpStream,
    sender: &Sender<(String, String)>,
) -> Result<()> {
    loop {
        let line = read_line(reader)?;
        let words: Vec<&str> = line.split(' ').collect();
        // MSG <subject> <sid> [reply] <bytes>; HMSG … <header bytes> <total bytes>
        let headers: usize = match words[..] {
            ["PING"] => {
                stream.write_all(b"PONG\r\n")?;
                continue;
            }
            ["MSG", ..] => 0,
            ["HMSG", .., headers, _] => headers.parse()?,
            _ => continue,
        };
        let total: usize = words.last().copied().unwrap_or_default().parse()?;
        let mut body = vec![0; total + 2];
        reader.read_exact(&mut body)?;
        let payload = String::from_utf8_lossy(&body[headers..total]).into_owned();
        let subject = words.get(1).copied().unwrap_or_default().to_owned();
        sender.send((subject, payload))?;
    }
}

fn read_line(reader: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    anyhow::ensure!(!line.is_empty(), "NATS closed the connection");
    Ok(line.trim_end().to_owned())
}

//! Whatever publishers put into headers and subjects: the message arrives, and so do its
//! neighbours.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use weir_bus::{Consumer, From};
use weir_protocol::{Stream, Subject};

use crate::support::{self, within};

/// Header blocks, each with its end.
const BLOCKS: [&[u8]; 16] = [
    b"NATS/1.0\r\nce-id: \xff\r\n\r\n",
    b"NATS/1.0\r\nce-id: a\rb\r\n\r\n",
    b"NATS/1.0\r\nce-id: a\nb\r\n\r\n",
    b"NATS/1.0\r\nce-id: \r\r\n\r\n",
    b"NATS/1.0\r\nce-id\xff: a\r\n\r\n",
    b"NATS/1.0\r\nce id\x00: a\r\n\r\n",
    b"NATS/1.0\r\n: a\r\n\r\n",
    b"NATS/1.0\r\nno colon\r\n\r\n",
    b"NATS/1.0\r\n folded: a\r\n b\r\n\r\n",
    b"NATS/1.0 409 Consumer Deleted\r\n\r\n",
    b"NATS/1.0 100 Idle Heartbeat\r\n\r\n",
    b"NATS/1.0 no status\r\n\r\n",
    b"NATS/1.0 \xff\r\n\r\n",
    b"no version\r\nce-id: a\r\n\r\n",
    b"\xff",
    b"\r\n\r\n",
];

const SUBJECTS: [&[u8]; 3] = [
    b"weir.events.\xff",
    "weir.events.no\u{a0}break".as_bytes(),
    b"weir.events.\x0b\x0c\x00",
];

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_arrive_with_their_neighbours() {
    let (server, nats, bus) = support::bus().await;
    let mut follower = bus.follow(Stream::Events, From::Start).await.unwrap();
    let mut deliveries = bus.consume(&Consumer::Router).await.unwrap();
    let mut published = Vec::new();
    for block in BLOCKS {
        published.extend(message(b"weir.events.block", b"", b"neighbour"));
        published.extend(message(b"weir.events.block", block, b"malformed"));
    }
    for subject in SUBJECTS {
        published.extend(message(subject, b"", b"malformed"));
        published.extend(message(subject, BLOCKS[0], b"malformed"));
    }
    publish(&server.process.url(), &published).await;

    let mut delivered = Vec::new();
    for _ in 0..2 * (BLOCKS.len() + SUBJECTS.len()) {
        let delivery = within("a delivery", deliveries.next()).await.unwrap();
        assert_eq!(delivery.attempt, 1, "{:?}", delivery.message);
        delivery.acknowledge.ack().await.unwrap();
        let seen = within("a message", follower.next()).await.unwrap();
        assert_eq!(seen.headers, delivery.message.headers);
        assert_eq!(seen.sequence, delivery.message.sequence);
        delivered.push(seen);
    }
    assert!(nats.is_connected());
    let id = |index: usize| delivered[2 * index + 1].header("ce-id");
    assert_eq!(id(0), Some("\u{fffd}"));
    assert_eq!(id(1), Some("a\u{fffd}b"));
    assert_eq!(id(2), Some("a\u{fffd}b"));
    assert_eq!(id(3), Some(""));
    assert_eq!(id(4), None);
    let subject = Subject::event("block");
    let all = bus.all(Stream::Events, &subject).await.unwrap();
    assert_eq!(all.len(), 2 * BLOCKS.len());
    let last = bus.last(Stream::Events, &subject).await.unwrap();
    assert_eq!(last.as_ref(), all.last());
    let latest = bus.latest(Stream::Events, "weir.events.*").await.unwrap();
    assert_eq!(latest.len(), 1 + SUBJECTS.len());
}

/// `HPUB`, or without headers `PUB`.
fn message(subject: &[u8], headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let (head, total) = (headers.len(), headers.len() + payload.len());
    let (verb, sizes) = match head {
        0 => ("PUB ", format!(" {total}\r\n")),
        _ => ("HPUB ", format!(" {head} {total}\r\n")),
    };
    let parts = [verb.as_bytes(), subject, sizes.as_bytes(), headers, payload];
    [parts.concat().as_slice(), b"\r\n"].concat()
}

/// Writes to the server; it has taken everything when this returns.
async fn publish(url: &str, messages: &[u8]) {
    let address = url.strip_prefix("nats://").unwrap();
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let connect = b"CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n";
    let all = [connect, messages, b"PING\r\n"].concat();
    stream.get_mut().write_all(&all).await.unwrap();
    let mut line = String::new();
    while line.trim_end() != "PONG" {
        line.clear();
        within("an answer", stream.read_line(&mut line))
            .await
            .unwrap();
        assert!(!line.starts_with("-ERR") && !line.is_empty(), "{line}");
    }
}

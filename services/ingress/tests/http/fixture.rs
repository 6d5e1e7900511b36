//! An ingress on a free port, and a client that can also say what no well-behaved client says.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use weir_bus::{Bus, BusError, Outgoing, Overlay, Published, Stored, memory::MemoryBus};
use weir_ingress::{Clock, Ports, Settings};
use weir_journal::memory::MemoryJournal;
use weir_protocol::Stream;
use weir_runtime::{Config, HealthHandle, Metrics, Shutdown};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
const NOW_MS: u64 = 1_760_000_000_000;

pub struct Fixture {
    pub bus: MemoryBus,
    pub journal: MemoryJournal,
    pub address: SocketAddr,
    pub shutdown: Shutdown,
    pub ended: JoinHandle<Result<(), BusError>>,
}

impl Fixture {
    pub async fn start() -> Self {
        Self::with(|_| {}, |bus| Arc::new(bus)).await
    }

    /// With other settings, or something between the ingress and its bus.
    pub async fn with(
        change: impl FnOnce(&mut Settings),
        between: impl FnOnce(MemoryBus) -> Arc<dyn Bus>,
    ) -> Self {
        let now_ms = Arc::new(AtomicU64::new(NOW_MS));
        let clock: Clock = Arc::new(move || now_ms.load(Ordering::SeqCst));
        let bus = MemoryBus::new(clock.clone());
        let journal = MemoryJournal::new();
        let shutdown = Shutdown::new();
        let mut settings = Settings::new(&Config::default());
        change(&mut settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ports = Ports {
            bus: between(bus.clone()),
            journal: Arc::new(journal.clone()),
            clock,
            health: HealthHandle::new(shutdown.clone()),
            metrics: Metrics::off(),
            shutdown: shutdown.clone(),
        };
        let ended = tokio::spawn(weir_ingress::run(settings, listener, ports));
        Self {
            bus,
            journal,
            address,
            shutdown,
            ended,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send("POST", path, &headers, body.to_string().as_bytes())
            .await
    }

    pub async fn post_event(&self, event: &Value) -> Answer {
        let headers = [("content-type", "application/cloudevents+json")];
        self.send("POST", "/events", &headers, event.to_string().as_bytes())
            .await
    }

    pub async fn deploy(&self, source: &str) -> Answer {
        let headers = [("content-type", "application/yaml")];
        self.send("POST", "/api/v1/definitions", &headers, source.as_bytes())
            .await
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: weir\r\n").into_bytes();
        for (name, value) in headers {
            request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        request.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        request.extend_from_slice(body);
        self.send_raw(&request).await
    }

    /// Sends bytes as they are, and reads one answer.
    pub async fn send_raw(&self, request: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            let (mut read, mut write) = stream.split();
            let mut answer = Vec::new();
            // The answer may come, and the connection end, before all is sent.
            let send = async {
                let _ = write.write_all(request).await;
                let _ = write.flush().await;
            };
            let receive = Answer::read(&mut read, &mut answer);
            let ((), answer) = tokio::join!(send, receive);
            answer
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .expect("an answer in time")
    }

    /// What a stream holds.
    pub fn messages(&self, stream: Stream) -> Vec<Stored> {
        self.bus.messages(stream)
    }
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Null if it is no JSON.
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Asserts that this is a problem with everything that belongs to one.
    #[track_caller]
    pub fn problem(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(self.body["status"], json!(status));
        for member in ["type", "title", "detail", "remedy"] {
            let text = self.body[member].as_str();
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "{member}: {self:?}"
            );
        }
        let detail = self.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "`{words}` is not in `{detail}`");
    }

    async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Self {
        loop {
            if let Some(answer) = Self::parse(buffer) {
                return answer;
            }
            let count = stream.read_buf(buffer).await.unwrap_or(0);
            assert!(count > 0, "no answer: {}", String::from_utf8_lossy(buffer));
        }
    }

    fn parse(buffer: &[u8]) -> Option<Self> {
        let head_end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&buffer[..head_end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().unwrap());
        let body = buffer.get(head_end..head_end + length)?;
        Some(Self {
            status,
            headers,
            body: serde_json::from_slice(body).unwrap_or(Value::Null),
            text: String::from_utf8_lossy(body).into_owned(),
        })
    }
}

/// A bus on which every publish fails; without an error, it never ends.
pub struct Failing(pub MemoryBus, pub Option<BusError>);

impl Failing {
    async fn fail<T>(&self) -> Result<T, BusError> {
        match &self.1 {
            Some(error) => Err(error.clone()),
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Overlay for Failing {
    fn under(&self) -> &dyn Bus {
        &self.0
    }

    async fn publish(&self, _: Outgoing) -> Result<Published, BusError> {
        self.fail().await
    }

    async fn publish_all(&self, _: Vec<Outgoing>) -> Result<(), BusError> {
        self.fail().await
    }
}

pub fn event(id: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/orders", "type": "com.example.order.placed",
        "data": {"order": id}})
}

/// A definition; `more` may have a schedule or the like.
pub fn definition(version: &str, more: &str) -> String {
    format!(
        "document:\n  dsl: '1.0.3'\n  namespace: shop\n  name: order\n  version: '{version}'\n{more}\
         do:\n  - greet:\n      set:\n        hello: world\n"
    )
}

//! The shop's HTTP server: stock and payments. The first reservation finds it busy; a payment is
//! confirmed by an event, as a payment provider's callback would be.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;
use serde_json::{Value, json};

use super::Cli;

pub(super) struct Shop {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    cli: Cli,
    confirms: bool,
    was_busy: AtomicBool,
    released: AtomicBool,
}

impl Shop {
    /// Opens a shop that confirms payments, or does not.
    pub fn open(cli: Cli, confirms: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            cli,
            confirms,
            was_busy: AtomicBool::new(false),
            released: AtomicBool::new(false),
        });
        let shop = Self {
            address,
            state: state.clone(),
        };
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = state.clone();
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Ok(shop)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether a reservation was given back.
    pub fn has_released(&self) -> bool {
        self.state.released.load(Ordering::SeqCst)
    }
}

/// Answers one request and closes; what goes wrong shows as an error in the workflow.
fn serve(stream: &TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, path) = line.split_once(' ')?;
    let path = path.split(' ').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = state.answer(method, &path, &body);
    println!("  shop: {method} {path} → {status}");
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        answer.len()
    );
    let mut stream = stream;
    stream.write_all((head + &answer).as_bytes()).ok()
}

impl State {
    fn answer(&self, method: &str, path: &str, body: &Value) -> (&'static str, Value) {
        match (method, path) {
            ("POST", "/stock/reservations") if !self.was_busy.swap(true, Ordering::SeqCst) => {
                ("503 Service Unavailable", json!({"reason": "busy"}))
            }
            ("POST", "/stock/reservations") => ("201 Created", json!({"id": "r-1"})),
            ("DELETE", "/stock/reservations/r-1") => {
                self.released.store(true, Ordering::SeqCst);
                ("200 OK", json!({}))
            }
            ("POST", "/payments") => {
                if self.confirms {
                    self.confirm(&body["orderId"]);
                }
                ("202 Accepted", json!({}))
            }
            _ => ("404 Not Found", json!({})),
        }
    }

    /// Calls back before it even answers: early events are kept for the workflow.
    fn confirm(&self, order: &Value) {
        let data = json!({"orderId": order, "transaction": "t-1"}).to_string();
        let id = format!("payment-{order}");
        let send = [
            "send",
            "com.example.payment.captured",
            "--id",
            &id,
            "--data",
            &data,
        ];
        if let Err(error) = self.cli.capture(&send) {
            println!("  shop: the callback failed: {error:#}");
        }
    }
}

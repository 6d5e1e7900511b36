//! A definition may come out of a pipe, which can be read only once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
};

const HELLO: &str = include_str!("../../examples/hello.yaml");

#[test]
fn a_definition_from_standard_input_is_deployed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || answer(listener.accept().unwrap().0));
    let mut weir = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["deploy", "/dev/stdin", "--url", &url])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    weir.stdin
        .take()
        .unwrap()
        .write_all(HELLO.as_bytes())
        .unwrap();
    let ended = weir.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.stdout, b"deployed examples/hello:1.0.0\n");
    assert_eq!(server.join().unwrap(), HELLO);
}

/// Takes a request, says that it is deployed, and returns the body.
fn answer(stream: TcpStream) -> String {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).unwrap();
        if let Some(text) = line.to_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let said = r#"{"namespace": "examples", "name": "hello", "version": "1.0.0"}"#;
    let head = "HTTP/1.1 201 Created\r\ncontent-type: application/json";
    let length = said.len();
    let answer = format!("{head}\r\ncontent-length: {length}\r\n\r\n{said}");
    stream.get_mut().write_all(answer.as_bytes()).unwrap();
    String::from_utf8(body).unwrap()
}

//! A command serves a function, as a user starts it: `weir dev`, `weir serve`, `weir run`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

const WORKFLOW: &str = "
document: { dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0' }
do:
  - greet: { call: 'greet:1.0.0@default', with: { name: Ada } }
  - badly:
      try: [ { ask: { call: 'greet:1.0.0@default', with: { nobody: true } } } ]
      catch: { do: [ { told: { set: { greeting: '${ $input.greeting }', detail: '${ $error.detail }' } } } ] }
";

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // As Ctrl-C does: so that NATS ends with it.
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.0.wait();
    }
}

fn weir(arguments: &[&str], url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.arg("--json").args(arguments).env("WEIR_URL", url);
    command
}

/// Starts what runs until it is stopped, and returns what it says first.
fn start(mut command: Command) -> (Running, Value) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let said = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it said {line:?}"));
    (Running(child), said)
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn a_script_serves_a_function() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("greet.yaml"), WORKFLOW).unwrap();
    let (data, port) = (path("data"), free_port());
    let listen = "ingress.listen=127.0.0.1:0";
    let dev = [
        "dev",
        "--data",
        &data,
        "--nats-port",
        &port,
        "--set",
        listen,
    ];
    let (_dev, up) = start(weir(&dev, ""));
    let (url, nats) = (up["url"].as_str().unwrap(), up["nats"].as_str().unwrap());

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/greet.sh");
    let script = script.display().to_string();
    let serve = ["serve", "greet:1.0.0", "--nats-url", nats, "--", &script];
    let (_worker, serving) = start(weir(&serve, url));
    assert_eq!(serving["function"], "greet:1.0.0");

    let run = ["run", &path("greet.yaml"), "--nats-url", nats];
    let ended = weir(&run, url).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{ended:?}");
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let output = last.get("output").unwrap_or(&last);
    assert_eq!(output["greeting"], "Hello, Ada!");
    assert_eq!(
        output["detail"],
        "the command ended with 1: `name` is missing"
    );
}

//! A service as its operator sees it: signals, exit codes, standard error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// `examples/service.rs`, which cargo builds beside the tests.
fn service(arguments: &[&str]) -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).map(PathBuf::from).unwrap();
    let binary = profile.join("examples").join("service");
    assert!(
        binary.is_file(),
        "{} is missing: run all tests of the package, or `cargo build --example service`",
        binary.display()
    );
    let mut command = Command::new(binary);
    command.args(arguments).env_clear().stderr(Stdio::piped());
    command.stdout(Stdio::piped()).stdin(Stdio::null());
    command
}

/// A running service and the rest of its log.
struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The next log line with this message, which must come.
    fn wait_for(&mut self, message: &str) -> serde_json::Value {
        let mut seen = String::new();
        let mut line = String::new();
        while self.log.read_line(&mut line).unwrap() > 0 {
            let entry: serde_json::Value = serde_json::from_str(&line).expect(&line);
            if entry["message"] == message {
                return entry;
            }
            seen.push_str(&line);
            line.clear();
        }
        panic!("the log ended without {message:?}:\n{seen}");
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has normally ended; after a failed assertion it must not stay.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signal_ends_a_service_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut running = Running::start(service(&["--set", "health.timer_listen=127.0.0.1:0"]));
        let endpoint = running.wait_for("health endpoint");
        running.wait_for("ready");

        let address = endpoint["address"].as_str().unwrap();
        let mut answer = String::new();
        let mut stream = TcpStream::connect(address).unwrap();
        let request =
            format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

        running.signal(signal);
        running.wait_for("stopped");
        assert_eq!(running.exit_code(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut command = service(&["--set=shutdown.grace_ms=3600000"]);
    command.env("BEHAVIOUR", "hang");
    let mut running = Running::start(command);
    running.wait_for("ready");
    running.signal(Signal::TERM);
    running.wait_for("stopping; a second signal ends the process at once");
    running.signal(Signal::INT);
    assert_eq!(running.exit_code(), Some(130));
}

#[test]
fn past_the_grace_period_it_is_ended_and_says_so() {
    let mut command = service(&["--set=shutdown.grace_ms=1"]);
    command.env("BEHAVIOUR", "hang");
    let mut running = Running::start(command);
    running.wait_for("ready");
    running.signal(Signal::TERM);
    let failed = running.wait_for("failed");
    assert!(failed["error"].as_str().unwrap().contains("grace period"));
    assert_eq!(running.exit_code(), Some(1));
}

#[test]
fn a_failure_is_logged_once_and_exits_with_1() {
    let mut command = service(&[]);
    command.env("BEHAVIOUR", "fail");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        log.matches("the server has no JetStream").count(),
        1,
        "{log}"
    );
}

#[test]
fn a_configuration_that_cannot_be_used_exits_with_2() {
    let cases: [(&[&str], &str); 3] = [
        (
            &["--set=nats.ulr=x"],
            "weir-timer: configuration key `nats.ulr`",
        ),
        (&["--set=nats.ulr"], "key=value"),
        (&["--config=/none.toml"], "/none.toml"),
    ];
    for (arguments, expected) in cases {
        let output = service(arguments).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(expected), "{errors}");
    }

    let mut taken = service(&[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    taken.env("WEIR_HEALTH__TIMER_LISTEN", &address);
    let output = taken.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "an address may be free later: {errors}"
    );
    assert!(errors.contains("health.timer_listen"), "{errors}");
}

#[test]
fn print_config_prints_and_exits_with_0() {
    let output = service(&["--print-config", "--nats-url=nats://there:4222"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("[nats]\nurl = \"nats://there:4222\"\n"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

//! `weir why` and its like, against everything: NATS, the four services, an instance that waits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

/// A program is asked again as often as this: each time takes as long as a process does.
const PATIENCE: usize = 500;

const WORKFLOW: &str = "
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - label:
      run: { shell: { command: printf labelled } }
      output: { as: '$input + { label: . }' }
  - paid:
      listen:
        to:
          one:
            with: { type: com.example.paid }
            correlate: { order: { from: .data.orderId, expect: '${ .orderId }' } }
      timeout: { after: PT1H }
      output: { as: '$input + { paid: .[0] }' }
";

/// `weir dev` in a folder of its own; ends with the test.
struct Weir {
    folder: tempfile::TempDir,
    process: Child,
    path: String,
    url: String,
    nats: String,
}

impl Drop for Weir {
    fn drop(&mut self) {
        // As Ctrl-C does: so that NATS ends with it.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.process.wait();
    }
}

impl Weir {
    fn start() -> Self {
        let server = weir_nats::find_server().expect("nats-server: `cargo xtask setup`");
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let program = Path::new(env!("CARGO_BIN_EXE_weir"));
        let folders = [server.parent().unwrap(), program.parent().unwrap()];
        let folders = folders.map(|folder| fs::canonicalize(folder).unwrap());
        let inherited = env::var("PATH").unwrap();
        let path = env::join_paths(folders.into_iter().chain(env::split_paths(&inherited)));
        let path = path.unwrap().into_string().unwrap();
        let mut process = Command::new(program)
            .args(["dev", "--json", "--data", "data", "--nats-port", &port])
            .args(["--set", "ingress.listen=127.0.0.1:0"])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut up = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut up).unwrap();
        let up: Value = serde_json::from_str(&up).unwrap();
        let text = |name: &str| up[name].as_str().unwrap().to_owned();
        Self {
            folder,
            process,
            path,
            url: text("url"),
            nats: text("nats"),
        }
    }

    /// A line for a shell.
    fn shell(&self, line: &str) -> Output {
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", &self.path)
            .env("WEIR_URL", &self.url)
            .env("WEIR_NATS__URL", &self.nats)
            .output()
            .unwrap()
    }

    /// What a command prints, once it has succeeded and that is as wanted.
    fn until(&self, line: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut last = None;
        for _ in 0..PATIENCE {
            let output = self.shell(line);
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() && wanted(&printed) {
                return printed;
            }
            last = Some(output);
        }
        panic!("{line}: {last:?}");
    }
}

#[test]
fn what_an_instance_waits_for_is_said_with_a_command_that_works() {
    let weir = Weir::start();
    fs::write(weir.folder.path().join("order.yaml"), WORKFLOW).unwrap();
    let run = r#"weir run order.yaml --detach --input '{"orderId": "o 1"}'"#;
    let id = weir.until(run, |_| true).trim().to_owned();

    let listens =
        |why: &str| serde_json::from_str::<Value>(why).unwrap()["waits"][0]["for"] == "event";
    let why = weir.until(&format!("weir why {id} --json"), listens);
    let why: Value = serde_json::from_str(&why).unwrap();
    assert_eq!(why["waits"][0]["reference"], "/do/1/paid");
    let told = weir.until(&format!("weir why {id}"), |_| true);
    let told = told.replace('\n', " ");
    assert!(told.starts_with("It has run for "), "{told}");
    assert!(told.contains("2 of at most 2 steps"), "{told}");
    assert!(told.contains(r#"`.data.orderId` is "o 1""#), "{told}");

    let was = weir.until(&format!("weir replay {id} --at 1"), |_| true);
    assert!(was.contains("after decision 1 of "), "{was}");
    assert!(was.contains("/do/0/label  action"), "{was}");
    let refused = weir.shell(&format!("weir output {id}"));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");

    let command = why["waits"][0]["command"].as_str().unwrap();
    weir.until(command, |sent| sent.starts_with("sent com.example.paid"));
    let output = weir.until(&format!("weir output {id} --json"), |_| true);
    let output: Value = serde_json::from_str(&output).unwrap();
    let paid = json!({"orderId": "o 1"});
    assert_eq!(
        output,
        json!({"orderId": "o 1", "label": "labelled", "paid": paid})
    );

    let why = weir.until(&format!("weir why {id}"), |_| true);
    assert!(why.starts_with("It completed at "), "{why}");
    let history = weir.until(&format!("weir history {id}"), |_| true);
    assert!(
        history.contains("paid received com.example.paid"),
        "{history}"
    );
    let trace = weir.until(&format!("weir trace {id}"), |_| true);
    assert!(trace.trim_end().ends_with("workflow.completed"), "{trace}");
}

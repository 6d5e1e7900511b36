//! A journal moves to EventStoreDB (its double) and back, with an instance that waits meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use weir_eventstore_double::{Double, Options};

/// A program is asked again as often as this: each time takes as long as a process does.
const PATIENCE: usize = 500;

const WORKFLOW: &str = "
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - paid:
      listen:
        to:
          one:
            with: { type: com.example.paid }
            correlate: { order: { from: .data.orderId, expect: '${ .orderId }' } }
      timeout: { after: PT1H }
  - done:
      set: { paid: '${ .[0].by }' }
";

/// A folder, and how programs are run in it.
struct Site {
    folder: PathBuf,
    port: String,
    database: String,
}

impl Site {
    fn command(&self, arguments: &[&str]) -> Command {
        let server = weir_nats::find_server().expect("nats-server: `cargo xtask setup`");
        let folder = fs::canonicalize(server.parent().unwrap()).unwrap();
        let inherited = env::var("PATH").unwrap();
        let path = env::join_paths([folder].into_iter().chain(env::split_paths(&inherited)));
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_weir")));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path.unwrap())
            .env("WEIR_NATS__URL", format!("nats://127.0.0.1:{}", self.port))
            .env("WEIR_JOURNAL__CONNECTION_STRING", &self.database);
        command
    }

    fn dev(&self, backend: &str) -> Dev {
        let backend = format!("journal.backend={backend}");
        let arguments = [
            ["dev", "--json"],
            ["--data", "data"],
            ["--nats-port", &self.port],
            ["--set", "ingress.listen=127.0.0.1:0"],
            ["--set", &backend],
        ];
        let mut command = self.command(arguments.as_flattened());
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut up = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut up).unwrap();
        let up: Value = serde_json::from_str(&up).unwrap();
        Dev {
            process,
            url: up["url"].as_str().unwrap().to_owned(),
        }
    }

    fn weir(&self, dev: &Dev, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        command.env("WEIR_URL", &dev.url).output().unwrap()
    }

    /// What a command prints, once it has succeeded and that is as wanted.
    fn until(&self, dev: &Dev, arguments: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        for _ in 0..PATIENCE {
            let output = self.weir(dev, arguments);
            let printed = serde_json::from_slice(&output.stdout).unwrap_or_default();
            if output.status.success() && wanted(&printed) {
                return printed;
            }
            last = Some(output);
        }
        panic!("{arguments:?}: {last:?}");
    }
}

/// `weir dev`; ends when dropped.
struct Dev {
    process: Child,
    url: String,
}

impl Dev {
    /// As with Ctrl-C; NATS ends too.
    fn stop(mut self) {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_instance_goes_on_where_its_journal_was_copied_to() {
    let folder = tempfile::tempdir().unwrap();
    let double = Double::start(Options::new(folder.path().join("events")));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let double = runtime.block_on(double).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let site = Site {
        folder: folder.path().to_owned(),
        port,
        database: double.connection_string(),
    };
    fs::write(site.folder.join("order.yaml"), WORKFLOW).unwrap();

    let dev = site.dev("jetstream");
    let input = r#"{"orderId": "o1"}"#;
    let run = ["run", "order.yaml", "--detach", "--json", "--input", input];
    let run = site.until(&dev, &run, |run| run["instance"].is_string());
    let id = run["instance"].as_str().unwrap();
    let waits = |why: &Value| why["waits"][0]["for"] == "event";
    site.until(&dev, &["why", id, "--json"], waits);
    let there = ["--from", "jetstream", "--to", "eventstore"];
    let there = [&["journal", "copy", "--json"][..], &there].concat();
    let copied = site.until(&dev, &there, |_| true);
    assert_eq!(
        (&copied["instances"], &copied["failed"]),
        (&1.into(), &0.into())
    );
    let before = copied["records"].as_u64().unwrap();
    assert_eq!(copied["appended"], before, "{copied}");
    dev.stop();

    let dev = site.dev("eventstore");
    let data = r#"{"orderId": "o1", "by": "card"}"#;
    site.until(&dev, &["send", "com.example.paid", "--data", data], |_| {
        true
    });
    let output = site.until(&dev, &["output", id, "--json"], Value::is_object);
    assert_eq!(output["paid"], "card");
    // What was decided since is on EventStoreDB alone.
    let back = ["--from", "eventstore", "--to", "jetstream"];
    let back = [&["journal", "copy", "--json"][..], &back].concat();
    let copied = site.until(&dev, &back, |_| true);
    let records = copied["records"].as_u64().unwrap();
    assert!(records > before, "{copied}");
    assert_eq!(copied["appended"], records - before, "{copied}");
    let again = site.until(&dev, &back, |_| true);
    assert_eq!(again["appended"], 0, "{again}");
    dev.stop();
}

//! `cargo xtask demo`: the order example on real NATS and a real HTTP server, twice: once the
//! payment is confirmed, once the confirmation is withheld until the deadline has passed.

mod shop;
mod subscriber;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use self::{shop::Shop, subscriber::Subscriber};
use crate::{process, setup};

/// Where the demo keeps its data, from the root.
const FOLDER: &str = ".weir/demo";
const ORDER: &str = "examples/order.yaml";
/// Nothing in the demo takes longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between looks at something that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Builds, runs both stories and fails if one does not end as it should.
pub fn run(root: &Path) -> Result<()> {
    let tools = setup::run(root)?;
    println!("building weir");
    let build = ["build", "--quiet", "--package", "weir"];
    process::run(tools.offer(&mut process::cargo(root, &build)))?;
    let weir = Weir::start(root, &tools)?;
    weir.run(&["deploy", ORDER])?;

    println!("\n--- The payment is confirmed ---");
    let shop = Shop::open(weir.clone_for_shop(), true)?;
    let status = weir.order("paid", &shop, &json!({}))?;
    ensure!(
        status["output"]["type"] == "com.example.order.fulfilled",
        "it ended with {status}"
    );
    println!("It ended with {}.", status["output"]["type"]);

    println!("\n--- The confirmation is withheld; patience: 2 s ---");
    let shop = Shop::open(weir.clone_for_shop(), false)?;
    let timeouts = Subscriber::open(weir.nats_port, "weir.inbox.*.*.*.timeout")?;
    let status = weir.order("unpaid", &shop, &json!({"patience": "PT2S"}))?;
    let (subject, payload) = loop {
        let message = timeouts
            .next(PATIENCE)
            .context("no timeout message was seen")?;
        // The pause before the retry was a deadline, too.
        if message.1.contains("/confirmation") {
            break message;
        }
    };
    println!("The timeout was a message like any other, on {subject}:\n  {payload}");
    ensure!(shop.has_released(), "the stock was not released");
    ensure!(
        status["output"]["type"] == "com.example.order.cancelled",
        "it ended with {status}"
    );
    println!(
        "The stock was released, and it ended with {}.",
        status["output"]["type"]
    );
    Ok(())
}

/// `weir dev`, and the command line to talk to it. Stopped when dropped.
struct Weir {
    cli: Cli,
    dev: Child,
    nats_port: u16,
}

/// The command line.
#[derive(Clone)]
struct Cli {
    root: PathBuf,
    program: PathBuf,
    url: String,
    nats_url: String,
}

impl Weir {
    fn start(root: &Path, tools: &setup::Tools) -> Result<Self> {
        let folder = root.join(FOLDER);
        // What an earlier demo left would be in the way of the story.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (nats_port, http_port) = (free_port()?, free_port()?);
        let cli = Cli {
            root: root.to_owned(),
            program: process::target_folder(root)?.join("debug/weir"),
            url: format!("http://127.0.0.1:{http_port}"),
            nats_url: format!("nats://127.0.0.1:{nats_port}"),
        };
        let log = folder.join("weir.log");
        let output = File::create(&log)?;
        let mut dev = process::program(root, &cli.program);
        dev.args([
            "dev",
            "--data",
            FOLDER,
            "--nats-port",
            &nats_port.to_string(),
        ])
        .args(["--set", &format!("ingress.listen=127.0.0.1:{http_port}")])
        .stderr(output.try_clone()?)
        .stdout(output);
        let dev = tools
            .offer(&mut dev)
            .spawn()
            .context("cannot start weir dev")?;
        println!(
            "weir dev: HTTP on {}, NATS on {}, log in {}",
            cli.url,
            cli.nats_url,
            log.display()
        );
        let mut weir = Self {
            cli,
            dev,
            nats_port,
        };
        let begun = Instant::now();
        while weir.cli.capture(&["list"]).is_err() {
            if let Some(status) = weir.dev.try_wait()? {
                bail!("weir dev ended with {status}; its log is {}", log.display());
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "weir dev is not up; its log is {}",
                log.display()
            );
            thread::sleep(LOOK_AGAIN);
        }
        Ok(weir)
    }

    fn clone_for_shop(&self) -> Cli {
        self.cli.clone()
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        process::run(
            self.cli
                .command(arguments)
                .args(["--nats-url", &self.cli.nats_url]),
        )
    }

    /// Places an order, follows its trace to the end and returns the instance as it is then.
    fn order(&self, id: &str, shop: &Shop, more: &Value) -> Result<Value> {
        let mut order = json!({"orderId": id, "shop": shop.url(), "amount": 42.5,
            "items": [{"sku": "dam", "quantity": 1}, {"sku": "fish ladder", "quantity": 2}]});
        for (name, value) in more.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        let data = order.to_string();
        let send = [
            "send",
            "com.example.order.placed",
            "--id",
            id,
            "--data",
            &data,
        ];
        self.run(&send)?;
        let instance = self.newest_running()?;
        self.run(&["trace", &instance])?;
        self.cli.json(&["get", &instance])
    }

    fn newest_running(&self) -> Result<String> {
        let begun = Instant::now();
        loop {
            let list = self
                .cli
                .json(&["list", "--status", "running", "--limit", "1"])?;
            if let Some(instance) = list["instances"][0]["instance"].as_str() {
                return Ok(instance.to_owned());
            }
            ensure!(begun.elapsed() < PATIENCE, "the event started no instance");
            thread::sleep(LOOK_AGAIN);
        }
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        // In order, so that NATS is stopped too.
        let _ = Command::new("kill")
            .args(["-TERM", &self.dev.id().to_string()])
            .status();
        let _ = self.dev.wait();
    }
}

impl Cli {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::program(&self.root, &self.program);
        command.args(arguments).args(["--url", &self.url]);
        command
    }

    fn capture(&self, arguments: &[&str]) -> Result<String> {
        process::capture(&mut self.command(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.capture(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("`{text}` is not JSON"))
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

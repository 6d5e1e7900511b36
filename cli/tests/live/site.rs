//! A folder in which programs run, with nothing of this machine's but what they need.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A program is asked again as often as this: each time takes as long as a process does.
const PATIENCE: usize = 500;

pub struct Site {
    pub folder: TempDir,
    nats_port: String,
    environment: BTreeMap<&'static str, String>,
}

impl Site {
    pub fn new() -> Self {
        let server = weir_nats::find_server().expect("nats-server: `cargo xtask setup`");
        let weir = Path::new(env!("CARGO_BIN_EXE_weir"));
        let folders = [server.parent().unwrap(), weir.parent().unwrap()];
        let folders = folders.map(|folder| fs::canonicalize(folder).unwrap());
        let inherited = env::var("PATH").unwrap();
        let path = env::join_paths(folders.into_iter().chain(env::split_paths(&inherited)));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let nats_port = free.local_addr().unwrap().port().to_string();
        let nats = format!("nats://127.0.0.1:{nats_port}");
        let path = path.unwrap().into_string().unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            nats_port,
            environment: BTreeMap::from([("PATH", path), ("WEIR_NATS__URL", nats)]),
        }
    }

    pub fn set(&mut self, variable: &'static str, value: String) {
        self.environment.insert(variable, value);
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.environment);
        command
    }

    /// Everything in one process.
    pub fn dev(&self, more: &[&str]) -> Dev<'_> {
        let mut command = self.command(env!("CARGO_BIN_EXE_weir"));
        command
            .args(["dev", "--json", "--data", "data", "--nats-port"])
            .arg(&self.nats_port)
            .args(["--set", "ingress.listen=127.0.0.1:0"])
            .args(more);
        let (process, up) = Running::start(command);
        Dev {
            url: up["url"].as_str().unwrap().to_owned(),
            site: self,
            _process: process,
        }
    }

    /// What runs until it is stopped, and what it says first.
    pub fn start(&self, arguments: &[&str]) -> (Running, Value) {
        let mut command = self.command(env!("CARGO_BIN_EXE_weir"));
        command.arg("--json").args(arguments);
        Running::start(command)
    }
}

/// A process that ends when it is dropped.
pub struct Running(Child);

impl Running {
    fn start(mut command: Command) -> (Self, Value) {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let running = Self(child);
        let said = serde_json::from_str(&line);
        (running, said.unwrap_or_else(|_| panic!("it said {line:?}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // As Ctrl-C does: so that NATS ends with it.
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.0.wait();
    }
}

/// `weir dev`; ends when it is dropped.
pub struct Dev<'s> {
    site: &'s Site,
    url: String,
    _process: Running,
}

impl Dev<'_> {
    /// A line for a shell.
    pub fn shell(&self, line: &str) -> Output {
        let mut command = self.site.command("sh");
        let command = command.args(["-c", line]).env("WEIR_URL", &self.url);
        command.output().unwrap()
    }

    /// What a line prints, once it has succeeded and that is as wanted.
    pub fn until(&self, line: &str, wanted: impl Fn(&str) -> bool) -> String {
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

    /// The same of a line that prints JSON.
    pub fn until_value(&self, line: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let value = |text: &str| serde_json::from_str(text).unwrap_or_default();
        value(&self.until(line, |printed| wanted(&value(printed))))
    }
}

//! A real browser, headless: Chromium by its WebDriver.
//!
//! Of the protocol (W3C WebDriver) only what the tests need: it is JSON over HTTP.

use std::{
    env,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Stdio,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{PATIENCE, ports::free_port, until, wait::pause, within};

/// Names the driver, for those who have it elsewhere than on PATH.
const DRIVER_VARIABLE: &str = "WEIR_CHROMEDRIVER";
/// The key by which the protocol names elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window; ends when dropped.
#[derive(Debug)]
pub struct Browser {
    http: Client,
    /// Of the session.
    url: String,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser, unless there is none on this machine: that is told on the terminal, and by
    /// `cargo xtask setup`, which installs one where it can.
    pub async fn open() -> Option<Self> {
        let Some(program) = driver() else {
            eprintln!("left out: there is no chromedriver; `cargo xtask setup` says what to do");
            return None;
        };
        let port = free_port();
        let profile = tempfile::Builder::new()
            .prefix("weir-browser-")
            .tempdir()
            .unwrap();
        let driver = Command::new(program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let http = weir_executor::http_client().unwrap();
        let address = format!("http://127.0.0.1:{port}");
        within("chromedriver is ready", async {
            while http.get(format!("{address}/status")).send().await.is_err() {
                pause().await;
            }
        })
        .await;
        let profile_folder = format!("--user-data-dir={}", profile.path().display());
        let options = json!({"args": [
            "--headless=new",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            // Continuous integration is root; the pages are our own, from loopback.
            "--no-sandbox",
            profile_folder,
        ]});
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let mut browser = Self {
            http,
            url: format!("{address}/session"),
            _driver: driver,
            _profile: profile,
        };
        let session = browser.ask(Method::POST, "", &capabilities).await;
        let id = session["sessionId"].as_str().unwrap();
        browser.url = format!("{address}/session/{id}");
        Some(browser)
    }

    /// Opens a page, and returns when it has been loaded.
    pub async fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// Runs a script in the page, and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        self.post("/execute/sync", &script).await
    }

    /// Waits until a script returns something that is not null or false.
    pub async fn wait_for(&self, what: &str, script: &str) -> Value {
        until(what, || async {
            let value = self.run(script).await;
            (!matches!(value, Value::Null | Value::Bool(false))).then_some(value)
        })
        .await
    }

    /// Waits until the page shows these words.
    pub async fn sees(&self, words: &str) {
        let words_json = json!(words);
        let script = format!("return document.body.innerText.includes({words_json})");
        self.wait_for(&format!("`{words}` on the page"), &script)
            .await;
    }

    /// Clicks an element, as a user does: it must be visible.
    pub async fn click(&self, selector: &str) {
        let id = self.find(selector).await;
        self.post(&format!("/element/{id}/click"), &json!({})).await;
    }

    /// Clears a field and types into it.
    pub async fn fill(&self, selector: &str, text: &str) {
        let id = self.find(selector).await;
        self.post(&format!("/element/{id}/clear"), &json!({})).await;
        self.post(&format!("/element/{id}/value"), &json!({ "text": text }))
            .await;
    }

    /// Presses one key, wherever the focus is.
    pub async fn press(&self, key: char) {
        let actions = json!([{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key},
            {"type": "keyUp", "value": key},
        ]}]);
        self.post("/actions", &json!({ "actions": actions })).await;
    }

    /// Makes the window so wide (a phone's if it is narrow), with a light or dark preference.
    pub async fn appear(&self, width: u32, is_dark: bool) {
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.command(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        )
        .await;
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1,
            "mobile": width < 600});
        self.command("Emulation.setDeviceMetricsOverride", &metrics)
            .await;
    }

    /// What the page complained of since this was asked last: errors, violations of its policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"})).await;
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| Some(entry["message"].as_str()?.to_owned()))
            .collect()
    }

    async fn command(&self, command: &str, parameters: &Value) {
        let command = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", &command).await;
    }

    async fn find(&self, selector: &str) -> String {
        let by = json!({"using": "css selector", "value": selector});
        until(selector, || async {
            let found = self.post("/elements", &by).await;
            found[0][ELEMENT].as_str().map(str::to_owned)
        })
        .await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.ask(Method::POST, path, body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = within(path, async { request.send().await.unwrap().json().await }).await;
        let mut answer: Value = answer.unwrap();
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{path} {body}: {value}");
        value
    }
}

impl Drop for Browser {
    /// Ends the session, and with it the browser, which outlives a killed driver. A future cannot be
    /// awaited here, so this is said without the client.
    fn drop(&mut self) {
        let Some((host, path)) = self.url.trim_start_matches("http://").split_once('/') else {
            return;
        };
        let request =
            format!("DELETE /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let end = || {
            let mut stream = TcpStream::connect(host)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(request.as_bytes())?;
            // It answers when the browser has ended.
            stream.read(&mut [0; 1024])
        };
        if let Err(error) = end() {
            eprintln!("the browser may be running still: {error}");
        }
    }
}

/// The driver that is named, or on PATH.
fn driver() -> Option<PathBuf> {
    if let Some(named) = env::var_os(DRIVER_VARIABLE) {
        return Some(named.into());
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join("chromedriver"))
        .find(|path: &PathBuf| Path::is_file(path))
}

//! The console in a real browser: every page, every button, live updates, and workflows that try
//! to smuggle markup into it.

mod page;

use serde_json::{Value, json};
use tokio::sync::Mutex;
use weir_integration_tests::{Api, Browser, until};

use self::page::check;
use crate::cluster;

const LISTEN: &str = "
document: { dsl: '1.0.3', namespace: test, name: listen, version: '1.0.0' }
do:
  - prepare: { set: { ready: true } }
  - hear:
      listen: { to: { one: { with: { type: com.example.heard } } } }
      timeout: { after: PT10M }
";

const HELLO: &str = include_str!("../../../examples/hello.yaml");

/// Markup in every place that a workflow's author or its data can reach.
const HOSTILE: &str = r#"
document:
  dsl: '1.0.3'
  namespace: test
  name: hostile
  version: '1.0.0'
  title: '</title><script>window.owned = 1</script>'
do:
  - '"><img src=x onerror=window.owned=1>':
      set: { '</code></pre><script>window.owned = 1</script>': '<svg onload=window.owned=1>' }
  - '<script>window.owned = 1</script>':
      listen: { to: { one: { with: { type: '"><script>window.owned=1</script>' } } } }
      timeout: { after: { milliseconds: 200 } }
  - fail:
      raise:
        error:
          type: https://example.com/"><script>window.owned=1</script>
          status: 500
          title: '"><img src=x onerror=window.owned=1>'
          detail: '<iframe srcdoc="<script>parent.owned=1</script>">'
"#;

/// What the browser complains of if markup gets in: handlers and styles of elements, scripts in the
/// page, and from elsewhere.
const REFUSED: [&str; 4] = [
    "inline event handler",
    "inline style",
    "inline script",
    "far.js",
];

/// A cluster's console, in the browser.
struct Console {
    browser: Browser,
    api: Api,
}

impl Console {
    async fn open(&self, path: &str) {
        self.browser.go(&format!("{}{path}", self.api.url())).await;
    }

    /// Opens a page and checks it, wide and narrow, light and dark.
    async fn check(&self, path: &str) {
        for (width, is_dark) in [(1280, false), (1280, true), (390, false), (390, true)] {
            self.browser.appear(width, is_dark).await;
            self.open(path).await;
            check(&self.browser, &format!("{path} ({width}, dark: {is_dark})")).await;
        }
        self.browser.appear(1280, false).await;
    }

    /// Leaves a mark that a reload would wipe out.
    async fn mark(&self) {
        self.browser.sees("Live").await;
        self.browser.run("window.mark = 1").await;
    }

    async fn is_still_the_same_page(&self) {
        assert_eq!(self.browser.run("return window.mark").await, 1);
    }

    async fn waits(&self, key: &str) -> String {
        let id = self.api.start("test/listen", &json!({"n": 1}), key).await;
        let path = format!("/instances/{id}");
        self.open(&path).await;
        self.browser.sees("waits for").await;
        id
    }
}

#[tokio::test]
async fn every_page_can_be_read_by_everybody() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let cluster = cluster(1).await;
    let api = cluster.api();
    let console = Console { browser, api };
    let Console { browser, api } = &console;
    console.check("/").await;
    browser.sees("No instance is known").await;
    for source in [HELLO, LISTEN, HOSTILE] {
        api.deploy(source).await;
    }
    let ended = api
        .start("examples/hello", &json!({"name": "you"}), "1")
        .await;
    let faulted = api.start("test/hostile", &json!({"a": "<b>"}), "2").await;
    api.ended(&ended).await;
    assert_eq!(api.ended(&faulted).await["status"], "faulted");
    let waiting = console.waits("3").await;
    for path in [
        "/".to_owned(),
        "/?status=completed&workflow=examples%2Fhello".to_owned(),
        format!("/instances/{ended}"),
        format!("/instances/{faulted}"),
        format!("/instances/{waiting}"),
        format!("/instances/{waiting}?at=1"),
        "/definitions".to_owned(),
        "/definitions/test/hostile/1.0.0".to_owned(),
        "/send?type=paid".to_owned(),
        "/health".to_owned(),
    ] {
        console.check(&path).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new(), "{path}");
    }
    // Errors are pages, too.
    console
        .check("/instances/00000000-0000-7000-8000-000000000001")
        .await;
    browser.sees("there is no instance").await;
    console.check("/nowhere").await;
    browser.complaints().await;

    // By the keyboard alone: the first stop leads past the navigation.
    console.open("/").await;
    browser.press(page::TAB).await;
    browser.sees("Skip to the content").await;
    browser.press(page::ENTER).await;
    let focused = browser.run("return document.activeElement.id").await;
    assert_eq!(focused, "main");

    // As many rows as there can be.
    for number in 0..400 {
        api.start("examples/hello", &Value::Null, &format!("many-{number}"))
            .await;
    }
    console.check("/").await;
    console.open("/").await;
    let rows = "const rows = document.querySelectorAll('#rows tr').length; return rows >= 395";
    browser.wait_for("400 rows", rows).await;
}

#[tokio::test]
async fn nothing_of_a_workflow_becomes_markup() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let cluster = cluster(1).await;
    let api = cluster.api();
    let console = Console { browser, api };
    let Console { browser, api } = &console;
    api.deploy(HOSTILE).await;
    // The rows come live, and are then rendered with the page.
    console.open("/").await;
    console.mark().await;
    let input =
        json!({"</script><script>window.owned = 1</script>": "<img src=x onerror=alert(1)>"});
    let id = api.start("test/hostile", &input, "1").await;
    browser
        .wait_for(
            "a faulted row",
            "return document.querySelector('#rows .faulted')",
        )
        .await;
    console.is_still_the_same_page().await;
    page::is_clean(browser, "live rows").await;
    for path in [
        "/".to_owned(),
        "/?workflow=%22%3E%3Cscript%3Ewindow.owned%3D1%3C%2Fscript%3E".to_owned(),
        format!("/instances/{id}"),
        format!("/instances/{id}?at=1"),
        "/definitions/test/hostile/1.0.0".to_owned(),
        "/send?type=%22%3E%3Cscript%3Ewindow.owned%3D1%3C%2Fscript%3E&sent=%3Cb%3E".to_owned(),
    ] {
        console.open(&path).await;
        page::is_clean(browser, &path).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new(), "{path}");
    }
    browser.sees("<b>").await;

    // And if markup did get in, the policy would stop it.
    let smuggle = "
        const main = document.querySelector('main');
        main.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned = 1\">'
            + '<p id=styled style=\"color: red\">');
        const script = document.createElement('script');
        script.textContent = 'window.owned = 1';
        main.append(script);
        const far = document.createElement('script');
        far.src = 'https://example.com/far.js';
        main.append(far);
        return getComputedStyle(document.getElementById('styled')).color";
    assert_ne!(browser.run(smuggle).await, "rgb(255, 0, 0)");
    let refused = Mutex::new(Vec::new());
    until("what the policy refuses", || async {
        let mut refused = refused.lock().await;
        refused.extend(browser.complaints().await);
        let is_refused = |what: &&str| refused.iter().any(|line: &String| line.contains(what));
        REFUSED.iter().all(is_refused).then_some(())
    })
    .await;
    assert_eq!(browser.run("return window.owned").await, Value::Null);
}

#[tokio::test]
async fn rows_follow_and_are_filtered() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let cluster = cluster(1).await;
    let api = cluster.api();
    let console = Console { browser, api };
    let Console { browser, api } = &console;
    api.deploy(HELLO).await;
    api.deploy(LISTEN).await;

    // A row appears and changes while one looks, and the focus stays where it is.
    console.open("/").await;
    console.mark().await;
    let heard = api.start("test/listen", &Value::Null, "1").await;
    let row = format!(
        "return document.querySelector('#i-{}",
        heard.replace('\\', "")
    );
    browser
        .wait_for("a running row", &format!("{row} .running')"))
        .await;
    browser
        .run(&format!("document.getElementById('a-{heard}').focus()"))
        .await;
    api.publish(&json!({"specversion": "1.0", "id": "1", "source": "/test",
        "type": "com.example.heard"}))
        .await;
    browser
        .wait_for("a completed row", &format!("{row} .completed')"))
        .await;
    let focused = browser.run("return document.activeElement.id").await;
    assert_eq!(focused, format!("a-{heard}"));
    let count = "return document.querySelector('#status-completed .count').innerText";
    assert_eq!(browser.run(count).await, "1");
    console.is_still_the_same_page().await;

    // Filters.
    browser.click("#status-running").await;
    browser.sees("No instance is known").await;
    browser.click("#status-all").await;
    browser
        .run("document.querySelector('#workflow').value = 'examples/hello'")
        .await;
    browser.click(".filter button").await;
    browser.sees("No instance is known").await;
    browser.click(".filter a").await;
    browser.click(&format!("#a-{heard}")).await;
    browser.sees("Control flow").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn forms_start_and_send() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let cluster = cluster(1).await;
    let api = cluster.api();
    let console = Console { browser, api };
    let Console { browser, api } = &console;
    api.deploy(LISTEN).await;

    console.open("/").await;
    // Starting: what is no JSON is said, and kept; what is, runs.
    browser.click("nav a[href='/definitions']").await;
    browser
        .click("a[href='/definitions/test/listen/1.0.0']")
        .await;
    browser.fill("#input", "{\"n\": ").await;
    browser.click("form .primary").await;
    browser.sees("This is not JSON").await;
    let input = "return document.querySelector('#input').value";
    assert_eq!(browser.run(input).await, "{\"n\": ");
    browser.fill("#input", "{\"n\": 7}").await;
    browser.click("form .primary").await;
    browser.sees("waits for").await;
    let path = browser.run("return location.pathname").await;
    let started = path
        .as_str()
        .unwrap()
        .strip_prefix("/instances/")
        .unwrap()
        .to_owned();
    assert_eq!(api.instance(&started).await["input"], json!({"n": 7}));

    // Sending what it waits for, by the link beside it.
    browser.click("#now a").await;
    browser.fill("#data", "nonsense").await;
    browser.click("form .primary").await;
    browser.sees("This is not JSON").await;
    browser.fill("#data", "{\"said\": \"<b>\"}").await;
    browser.click("form .primary").await;
    browser.sees("is stored, and on its way").await;
    let ended = api.ended(&started).await;
    assert_eq!(ended["output"], json!([{"said": "<b>"}]));
    browser.click("nav a[href='/health']").await;
    browser.sees("WEIR_JOURNAL").await;
}

#[tokio::test]
async fn an_instance_is_watched_to_its_end() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let cluster = cluster(1).await;
    let api = cluster.api();
    let console = Console { browser, api };
    let Console { browser, api } = &console;
    api.deploy(LISTEN).await;

    // Cancelled by its button.
    let waiting = console.waits("2").await;
    console.mark().await;
    browser
        .run("document.querySelector('#history details').open = true")
        .await;
    browser.click("#cancel summary").await;
    browser.fill("#reason", "no <longer> needed").await;
    let api_page = format!("/instances/{waiting}");
    browser.click("#cancel .danger").await;
    browser
        .wait_for(
            "cancelled",
            "return document.querySelector('h1 .cancelled')",
        )
        .await;
    browser.sees("workflow cancelled").await;
    let ended = api.ended(&waiting).await;
    assert_eq!(ended["status"], "cancelled");
    assert_eq!(browser.run("return location.pathname").await, api_page);

    // The past, step by step.
    browser.click("#event-1-0-at").await;
    browser.sees("As it was at revision 1").await;
    browser.click("nav a[rel=next]").await;
    browser.sees("As it was at revision 2").await;

    // An open page follows what happens elsewhere, and keeps what is unfolded.
    let other = console.waits("3").await;
    console.mark().await;
    browser.click("#history details summary").await;
    let open = browser
        .run("return document.querySelector('#history details[open]').id")
        .await;
    let cancel = format!("/api/v1/instances/{other}/cancel");
    let answer = api
        .send(reqwest::Method::POST, &cancel, &[], Vec::new())
        .await;
    assert!(answer.is_some_and(|answer| answer.status.is_success()));
    browser
        .wait_for(
            "cancelled",
            "return document.querySelector('h1 .cancelled')",
        )
        .await;
    console.is_still_the_same_page().await;
    let still = format!("return document.getElementById({open}).open");
    assert_eq!(browser.run(&still).await, true);
    browser.click("nav a[href='/health']").await;
    browser.sees("WEIR_JOURNAL").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

//! Containers, on a stand-in for an engine; and on a real one, where `WEIR_TEST_DOCKER` gives its
//! address and a static busybox is at hand to make images of.

mod stand;

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, net::TcpStream};
use weir_engine::WorkflowError;
use weir_executor::{Container, Function, Hidden, Settings, socket_client};

use self::stand::Stand;
use crate::support::{action, call, parts, settings};

const BUSYBOX: &str = "weir-test/busybox:1";
const ENTRY: &str = "weir-test/entry:1";

/// The images that tests run, and what they run by themselves.
fn images() -> [(&'static str, Value); 2] {
    [
        (BUSYBOX, json!({ "Cmd": ["echo", "own"] })),
        (
            ENTRY,
            json!({ "Entrypoint": ["echo", "entry"], "Cmd": ["own"] }),
        ),
    ]
}

/// An engine to run a test on.
struct Engine {
    address: String,
    is_real: bool,
    _stand: Option<Stand>,
}

impl Engine {
    async fn each() -> Vec<Self> {
        let stand = Stand::start();
        let mut engines = vec![Self {
            address: stand.address.clone(),
            is_real: false,
            _stand: Some(stand),
        }];
        if let Ok(address) = std::env::var("WEIR_TEST_DOCKER") {
            let real = Self {
                address,
                is_real: true,
                _stand: None,
            };
            real.import().await;
            engines.push(real);
        }
        engines
    }

    fn settings(&self) -> Settings {
        Settings {
            docker: self.address.clone(),
            ..settings()
        }
    }

    fn container(&self) -> Container {
        Container::new(&self.settings(), weir_runtime::clock()).unwrap()
    }

    async fn run(&self, id: &str, with: Value) -> Result<Value, WorkflowError> {
        let request = request(with);
        let hidden = Hidden::default();
        let mut action = action(&request, &hidden);
        action.id = id;
        self.container().call(&action).await
    }

    async fn ask(&self, method: Method, path: &str, query: &[(&str, &str)], body: Value) -> Value {
        let socket = self.address.strip_prefix("unix://").unwrap();
        let client = socket_client(Path::new(socket)).unwrap();
        let request = client.request(method, format!("http://docker{path}"));
        let response = request.query(query).json(&body).send().await.unwrap();
        response.json().await.unwrap_or_default()
    }

    /// State and name of the containers of an action.
    async fn containers(&self, id: &str) -> Vec<String> {
        let filters = json!({ "label": [format!("io.weir.action={id}")] }).to_string();
        let query = [("all", "1"), ("filters", filters.as_str())];
        let list = self.ask(Method::GET, "/containers/json", &query, Value::Null);
        let list = list.await;
        let told = |one: &Value| {
            let name = one["Names"][0].as_str().unwrap();
            format!("{} {name}", one["State"].as_str().unwrap())
        };
        list.as_array().unwrap().iter().map(told).collect()
    }

    async fn until_gone(&self, id: &str) {
        let mut again = tokio::time::interval(Duration::from_millis(5));
        let wait = async {
            while !self.containers(id).await.is_empty() {
                again.tick().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(
            waited.is_ok(),
            "not within 20 s: the containers of {id} are gone"
        );
    }

    /// Makes the images of a static busybox.
    async fn import(&self) {
        for (name, config) in images() {
            let (repository, tag) = name.split_once(':').unwrap();
            let path = format!("/images/{name}/json");
            let told = self.ask(Method::GET, &path, &[], Value::Null).await;
            if told["Id"].is_string() {
                continue;
            }
            let folder = TempDir::new().unwrap();
            let script = "mkdir -p r/bin r/tmp && cp \"$(command -v busybox)\" r/bin/busybox \
                && for one in sh echo cat nc sleep yes; do ln -s busybox r/bin/$one; done \
                && tar -C r -cf image.tar .";
            let made = Command::new("sh")
                .args(["-ec", script])
                .current_dir(&folder)
                .status();
            assert!(made.unwrap().success());
            let mut changes = vec!["ENV PATH=/bin".to_owned()];
            if let Some(line) = config.get("Entrypoint") {
                changes.push(format!("ENTRYPOINT {line}"));
            }
            changes.push(format!("CMD {}", config["Cmd"]));
            let mut query = vec![("fromSrc", "-"), ("repo", repository), ("tag", tag)];
            query.extend(changes.iter().map(|change| ("changes", change.as_str())));
            let socket = self.address.strip_prefix("unix://").unwrap();
            let client = socket_client(Path::new(socket)).unwrap();
            let request = client.post("http://docker/images/create").query(&query);
            let image = fs::read(folder.path().join("image.tar")).unwrap();
            let response = request.body(image).send().await.unwrap();
            assert!(
                response.status().is_success(),
                "{}",
                response.text().await.unwrap()
            );
        }
    }
}

fn request(mut with: Value) -> weir_protocol::v1::Request {
    if with.get("return").is_none() {
        with["return"] = "stdout".into();
    }
    serde_json::from_value(json!({ "function": "container", "with": with })).unwrap()
}

/// The id of an action that no other test has.
fn id(name: &str) -> String {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!(
        "0190b2a8-0000-7000-8000-{:012x}/do/0/{name}/1",
        since % (1 << 48)
    )
}

#[tokio::test]
async fn command_arguments_environment_and_input_reach_the_container() {
    for engine in Engine::each().await {
        let with = json!({
            "image": BUSYBOX,
            "command": "read line; echo \"$1|$2|$X|$N|$line\"; echo err >&2; exit 3",
            "arguments": ["hello", "a b"],
            "environment": { "X": "y z", "N": 5, "NONE": null },
            "stdin": "in\nmore",
            "lifetime": { "cleanup": "always" },
            "return": "all",
        });
        let id = id("whole");
        let told = engine.run(&id, with).await.unwrap();
        let expected = json!({ "code": 3, "stdout": "hello|a b|y z|5|in\n", "stderr": "err\n" });
        assert_eq!(told, expected);
        assert!(engine.containers(&id).await.is_empty());
    }
}

#[tokio::test]
async fn an_image_runs_its_own_command_with_arguments() {
    for engine in Engine::each().await {
        let run = async |image: &str, arguments: Value| {
            let with = json!({
                "image": image,
                "arguments": arguments,
                "lifetime": { "cleanup": "always" },
            });
            engine.run(&id("own"), with).await.unwrap()
        };
        assert_eq!(run(BUSYBOX, Value::Null).await, "own\n");
        assert_eq!(run(BUSYBOX, json!(["a", 1])).await, "own a 1\n");
        assert_eq!(run(ENTRY, Value::Null).await, "entry own\n");
        assert_eq!(run(ENTRY, json!(["a"])).await, "entry a\n");
    }
}

#[tokio::test]
async fn a_container_that_ended_stays_unless_it_is_said_otherwise() {
    for engine in Engine::each().await {
        let id = id("stays");
        let with = json!({ "image": BUSYBOX });
        engine.run(&id, with.clone()).await.unwrap();
        let instance = id.split('/').next().unwrap();
        let expected = format!("exited /order-{instance}.shop-call-1");
        assert_eq!(engine.containers(&id).await, [expected.as_str()]);
        // Delivered again, for example because the outcome was lost: it begins anew.
        engine.run(&id, with).await.unwrap();
        assert_eq!(engine.containers(&id).await, [expected.as_str()]);
        let named = json!({ "image": BUSYBOX, "name": expected.split('/').nth(1) });
        let error = engine.run(&self::id("other"), named).await.unwrap_err();
        assert_eq!(parts(&error).0, "runtime");
        assert!(parts(&error).2.contains("409"), "{error}");
        let path = format!("/containers/{}", expected.split('/').nth(1).unwrap());
        engine
            .ask(Method::DELETE, &path, &[("force", "1")], Value::Null)
            .await;
    }
}

#[tokio::test]
async fn eventually_is_a_while_after_the_end() {
    for engine in Engine::each().await {
        let id = id("later");
        let lifetime = json!({ "cleanup": "eventually", "after": { "milliseconds": 30 } });
        let with = json!({ "image": BUSYBOX, "lifetime": lifetime });
        engine.run(&id, with).await.unwrap();
        // Whoever is there then removes it.
        let container = engine.container();
        tokio::select! {
            () = container.tend() => {}
            () = engine.until_gone(&id) => {}
        }
    }
}

#[tokio::test]
async fn what_a_dead_executor_left_is_removed_after_the_deadline() {
    for engine in Engine::each().await {
        let (id, other) = (id("dead"), id("alive"));
        for (id, deadline) in [(&id, "1"), (&other, "99999999999999")] {
            let labels = json!({
                "io.weir.action": id,
                "io.weir.deadline": deadline,
                "io.weir.cleanup": "never",
            });
            let wanted = json!({ "Image": BUSYBOX, "Labels": labels });
            let name = [("name", &*id.replace('/', "_"))];
            let created = engine.ask(Method::POST, "/containers/create", &name, wanted);
            assert!(created.await["Id"].is_string());
        }
        let container = engine.container();
        tokio::select! {
            () = container.tend() => {}
            () = engine.until_gone(&id) => {}
        }
        assert_eq!(engine.containers(&other).await.len(), 1);
        // The next to get the action does it anew.
        let with = json!({ "image": BUSYBOX, "lifetime": { "cleanup": "always" } });
        assert_eq!(engine.run(&other, with).await.unwrap(), "own\n");
        assert!(engine.containers(&other).await.is_empty());
    }
}

#[tokio::test]
async fn a_dropped_call_removes_the_container() {
    for engine in Engine::each().await {
        let id = id("dropped");
        let request = request(json!({ "image": BUSYBOX, "command": "exec sleep 1000" }));
        let hidden = Hidden::default();
        let mut action = action(&request, &hidden);
        action.id = &id;
        let container = engine.container();
        let running = async {
            let mut again = tokio::time::interval(Duration::from_millis(5));
            loop {
                again.tick().await;
                let found = engine.containers(&id).await;
                if found.iter().any(|one| one.starts_with("running")) {
                    break;
                }
            }
        };
        tokio::select! {
            ended = container.call(&action) => panic!("{ended:?}"),
            () = running => {}
        }
        container.close().await;
        engine.until_gone(&id).await;
    }
}

#[tokio::test]
async fn output_beyond_the_limit_removes_the_container() {
    for engine in Engine::each().await {
        let id = id("much");
        let with = json!({ "image": BUSYBOX, "command": "exec yes 1>&2" });
        let request = request(with);
        let hidden = Hidden::default();
        let mut action = action(&request, &hidden);
        action.id = &id;
        let settings = Settings {
            shell_output_bytes_max: 1000,
            ..engine.settings()
        };
        let container = Container::new(&settings, weir_runtime::clock()).unwrap();
        let error = container.call(&action).await.unwrap_err();
        assert_eq!(parts(&error).0, "runtime");
        assert!(
            parts(&error).2.contains("more than 1000 bytes to stderr"),
            "{error}"
        );
        container.close().await;
        engine.until_gone(&id).await;
    }
}

#[tokio::test]
async fn what_cannot_run_is_told() {
    for engine in Engine::each().await {
        let error = async |with: Value| {
            let id = id("wrong");
            let error = engine.run(&id, with).await.unwrap_err();
            engine.until_gone(&id).await;
            error
        };
        let never = error(json!({ "image": "weir-test/none:1", "pullPolicy": "never" })).await;
        assert_eq!(parts(&never).0, "runtime");
        assert!(parts(&never).2.contains("No such image"), "{never}");
        let pull = error(json!({ "image": "localhost:1/none" })).await;
        assert_eq!(parts(&pull).0, "communication");
        assert!(
            parts(&pull)
                .2
                .contains("`localhost:1/none` cannot be pulled"),
            "{pull}"
        );
        let ports = error(json!({ "image": BUSYBOX, "ports": { "x": 80 } })).await;
        assert_eq!(parts(&ports).0, "configuration");
        if engine.is_real {
            let name = error(json!({ "image": BUSYBOX, "name": "not a name" })).await;
            assert_eq!(parts(&name).0, "configuration");
        }
    }
}

#[tokio::test]
async fn an_image_is_pulled_if_it_is_not_there_or_always() {
    let stand = &Engine::each().await[0];
    for image in ["weir-test/pullable", "weir-test/pullable:2"] {
        let with = json!({ "image": image });
        assert_eq!(stand.run(&id("a"), with).await.unwrap(), "pulled\n");
    }
    let always = json!({ "image": BUSYBOX, "pullPolicy": "always" });
    let error = stand.run(&id("c"), always).await.unwrap_err();
    assert!(parts(&error).2.contains("no such repository"), "{error}");
}

#[tokio::test]
async fn volumes_are_mounted_and_ports_are_published() {
    for engine in Engine::each().await.iter().filter(|engine| engine.is_real) {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("f"), "from the host").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let with = json!({
            "image": BUSYBOX,
            "command": "cat /in/f | nc -l -p 80; echo served",
            "volumes": { folder.path().to_str().unwrap(): "/in:ro" },
            "ports": { address.to_string(): 80 },
            "lifetime": { "cleanup": "always" },
        });
        let read = async {
            let mut again = tokio::time::interval(Duration::from_millis(5));
            loop {
                again.tick().await;
                let mut text = String::new();
                if let Ok(mut stream) = TcpStream::connect(address).await
                    && stream.read_to_string(&mut text).await.is_ok()
                    && !text.is_empty()
                {
                    return text;
                }
            }
        };
        let id = id("host");
        let (told, read) = tokio::join!(engine.run(&id, with), read);
        assert_eq!(told.unwrap(), "served\n");
        assert_eq!(read, "from the host");
    }
}

#[tokio::test]
async fn without_an_engine_the_setting_is_named() {
    let settings = Settings {
        docker: "unix:///nowhere/docker.sock".to_owned(),
        ..settings()
    };
    let container = Container::new(&settings, weir_runtime::clock()).unwrap();
    let request = json!({ "function": "container", "with": { "image": "x", "return": "none" } });
    let error = call(&container, request).await.unwrap_err();
    let (kind, status, detail) = parts(&error);
    assert_eq!((kind, status), ("communication", 500));
    assert!(
        detail.contains("no container engine answers at unix:///nowhere"),
        "{detail}"
    );
    assert!(detail.contains("executor.docker"), "{detail}");
    let settings = Settings {
        docker: "nowhere".to_owned(),
        ..settings
    };
    assert!(Container::new(&settings, weir_runtime::clock()).is_err());
}

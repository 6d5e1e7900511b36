//! A stand-in for a Docker engine: its API on a socket, and processes of this machine for
//! containers.

use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
    process::Command,
    sync::{mpsc, oneshot, watch},
};

use super::images;

/// An engine; its socket goes with it.
pub struct Stand {
    pub address: String,
    _folder: TempDir,
}

#[derive(Default)]
struct World {
    containers: BTreeMap<String, Container>,
    images: BTreeMap<String, Value>,
}

struct Container {
    name: String,
    wanted: Value,
    stream: Option<oneshot::Receiver<TokioIo<Upgraded>>>,
    code: watch::Sender<Option<i64>>,
    kill: Option<oneshot::Sender<()>>,
    finished_at: Option<String>,
}

type Shared = Arc<Mutex<World>>;

impl Stand {
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let world = World {
            images: images()
                .map(|(name, config)| (name.to_owned(), config))
                .into(),
            ..World::default()
        };
        let router = Router::new()
            .route("/_ping", get(|| async { "OK" }))
            .route("/images/create", post(pull))
            .route("/images/{*name}", get(image))
            .route("/containers/json", get(list))
            .route("/containers/create", post(create))
            .route("/containers/{id}/attach", post(attach))
            .route("/containers/{id}/start", post(start))
            .route("/containers/{id}/wait", post(wait))
            .route("/containers/{id}/json", get(inspect))
            .route("/containers/{id}", delete(remove))
            .with_state(Shared::new(Mutex::new(world)));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address: format!("unix://{}", path.display()),
            _folder: folder,
        }
    }
}

fn refused(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(json!({ "message": message }))).into_response()
}

async fn image(State(world): State<Shared>, Path(path): Path<String>) -> Response {
    let name = tagged(path.strip_suffix("/json").unwrap());
    match world.lock().unwrap().images.get(&name) {
        Some(config) => Json(json!({ "Config": config })).into_response(),
        None => refused(404, &format!("No such image: {name}")),
    }
}

/// Without a tag, an engine takes the latest.
fn tagged(name: &str) -> String {
    match name.split_once(':') {
        Some(_) => name.to_owned(),
        None => format!("{name}:latest"),
    }
}

async fn pull(
    State(world): State<Shared>,
    Query(wanted): Query<BTreeMap<String, String>>,
) -> Response {
    let name = format!("{}:{}", wanted["fromImage"], wanted["tag"]);
    if !name.contains("pullable") {
        let progress = "{\"status\":\"Pulling\"}\r\n{\"error\":\"no such repository\"}\r\n";
        return progress.into_response();
    }
    let config = json!({ "Cmd": ["sh", "-c", "echo pulled"] });
    world.lock().unwrap().images.insert(name, config);
    "{\"status\":\"Pulling\"}\r\n{\"status\":\"Done\"}\r\n".into_response()
}

async fn create(
    State(world): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
    Json(wanted): Json<Value>,
) -> Response {
    let mut world = world.lock().unwrap();
    let name = query["name"].clone();
    if world.containers.values().any(|one| one.name == name) {
        return refused(409, &format!("The name {name} is already in use"));
    }
    if !world
        .images
        .contains_key(&tagged(wanted["Image"].as_str().unwrap()))
    {
        return refused(404, "No such image");
    }
    let id = format!("{:064x}", world.containers.len() + 1);
    let container = Container {
        name,
        wanted,
        stream: None,
        code: watch::Sender::new(None),
        kill: None,
        finished_at: None,
    };
    world.containers.insert(id.clone(), container);
    Json(json!({ "Id": id, "Warnings": [] })).into_response()
}

async fn attach(
    State(world): State<Shared>,
    Path(id): Path<String>,
    mut request: Request,
) -> Response {
    let (give, take) = oneshot::channel();
    world
        .lock()
        .unwrap()
        .containers
        .get_mut(&id)
        .unwrap()
        .stream = Some(take);
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let _ = give.send(TokioIo::new(upgrade.await.unwrap()));
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "tcp")
        .body(Body::empty())
        .unwrap()
}

async fn start(State(world): State<Shared>, Path(id): Path<String>) -> Response {
    let (kill, killed) = oneshot::channel();
    let (wanted, stream, default) = {
        let mut world = world.lock().unwrap();
        let container = world.containers.get_mut(&id).unwrap();
        container.kill = Some(kill);
        let (wanted, stream) = (container.wanted.clone(), container.stream.take());
        let image = world.images[&tagged(wanted["Image"].as_str().unwrap())].clone();
        (wanted, stream, image)
    };
    let words = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let own = |name: &str| {
        if wanted[name].is_null() {
            &default[name]
        } else {
            &wanted[name]
        }
    };
    let line = [words(own("Entrypoint")), words(own("Cmd"))].concat();
    let variables = words(&wanted["Env"]);
    let mut command = Command::new(&line[0]);
    command
        .args(&line[1..])
        .envs(variables.iter().map(|one| one.split_once('=').unwrap()))
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        return refused(400, &format!("exec: {}: not found in $PATH", line[0]));
    };
    let has_stdin = wanted["OpenStdin"] == true;
    tokio::spawn(async move {
        let stream = stream.unwrap().await.unwrap();
        let (mut from, mut to) = tokio::io::split(stream);
        let (frames, mut sent) = mpsc::channel::<Vec<u8>>(1);
        tokio::spawn(framed(1, child.stdout.take().unwrap(), frames.clone()));
        tokio::spawn(framed(2, child.stderr.take().unwrap(), frames));
        let mut stdin = child.stdin.take().filter(|_| has_stdin);
        tokio::spawn(async move {
            if let Some(stdin) = &mut stdin {
                let _ = tokio::io::copy(&mut from, stdin).await;
            }
        });
        let writing = tokio::spawn(async move {
            while let Some(frame) = sent.recv().await {
                if to.write_all(&frame).await.is_err() {
                    break;
                }
            }
            let _ = to.shutdown().await;
        });
        let code = tokio::select! {
            status = child.wait() => i64::from(status.unwrap().code().unwrap_or(137)),
            _ = killed => 137,
        };
        drop(child);
        let _ = writing.await;
        let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap();
        if let Some(container) = world.lock().unwrap().containers.get_mut(&id) {
            container.finished_at = Some(now.to_string());
            container.code.send_replace(Some(code));
        }
    });
    StatusCode::NO_CONTENT.into_response()
}

async fn framed(kind: u8, mut from: impl AsyncRead + Unpin, frames: mpsc::Sender<Vec<u8>>) {
    let mut buffer = vec![0; 4096];
    while let Ok(count) = from.read(&mut buffer).await
        && count > 0
    {
        let length = u32::try_from(count).unwrap().to_be_bytes();
        let mut frame = vec![kind, 0, 0, 0];
        frame.extend(length);
        frame.extend(&buffer[..count]);
        if frames.send(frame).await.is_err() {
            break;
        }
    }
}

async fn wait(State(world): State<Shared>, Path(id): Path<String>) -> Response {
    let mut code = world.lock().unwrap().containers[&id].code.subscribe();
    let code = *code.wait_for(Option::is_some).await.unwrap();
    Json(json!({ "StatusCode": code })).into_response()
}

fn state(container: &Container) -> &'static str {
    match (*container.code.borrow(), &container.kill) {
        (Some(_), _) => "exited",
        (None, Some(_)) => "running",
        (None, None) => "created",
    }
}

async fn inspect(State(world): State<Shared>, Path(id): Path<String>) -> Response {
    match world.lock().unwrap().containers.get(&id) {
        Some(container) => {
            let state = json!({ "Status": state(container), "FinishedAt": container.finished_at });
            Json(json!({ "Id": id, "State": state })).into_response()
        }
        None => refused(404, "No such container"),
    }
}

async fn list(
    State(world): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Json<Value> {
    let filters: Value = serde_json::from_str(&query["filters"]).unwrap();
    let label = filters["label"][0].as_str().unwrap();
    let (name, wanted) = match label.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (label, None),
    };
    let world = world.lock().unwrap();
    let containers = world.containers.iter().filter(|(_, one)| {
        let value = one.wanted["Labels"][name].as_str();
        value.is_some() && (wanted.is_none() || wanted == value)
    });
    let containers = containers.map(|(id, one)| {
        json!({
            "Id": id,
            "Names": [format!("/{}", one.name)],
            "State": state(one),
            "Labels": one.wanted["Labels"],
        })
    });
    Json(containers.collect())
}

async fn remove(State(world): State<Shared>, Path(id): Path<String>) -> Response {
    match world.lock().unwrap().containers.remove(&id) {
        Some(container) => {
            if let Some(kill) = container.kill {
                let _ = kill.send(());
            }
            StatusCode::NO_CONTENT.into_response()
        }
        None => refused(404, "No such container"),
    }
}

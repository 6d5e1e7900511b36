//! The servers that the cases call.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::any,
};
use weir_integration_tests::Web;
use weir_rehearsal::{Answer, Answers, Reply};

/// The host that a workflow calls.
pub const HOST: &str = "http://stand.example";

/// One server for all cases, each of which has a folder.
pub struct Stand {
    web: Web,
    scenes: Arc<Scenes>,
}

#[derive(Default)]
struct Scenes(Mutex<BTreeMap<(String, String), Scene>>);

/// A task's outcomes.
struct Scene {
    answers: Answers,
    asked: usize,
}

impl Stand {
    pub async fn serve() -> Self {
        let scenes = Arc::<Scenes>::default();
        let router = Router::new()
            .route("/{case}/{task}", any(answer))
            .with_state(scenes.clone());
        Self {
            web: Web::serve(router).await,
            scenes,
        }
    }

    /// Answers for a case from now on; returns the address of its folder.
    pub fn play(&self, case: &str, actions: &BTreeMap<Arc<str>, Answers>) -> String {
        let mut scenes = self.scenes.0.lock().unwrap();
        for (reference, answers) in actions {
            let task = reference.rsplit('/').next().unwrap().to_owned();
            let answers = answers.clone();
            scenes.insert((case.to_owned(), task), Scene { answers, asked: 0 });
        }
        self.folder(case)
    }

    pub fn folder(&self, case: &str) -> String {
        format!("{}/{case}", self.web.url)
    }
}

async fn answer(State(scenes): State<Arc<Scenes>>, Path(at): Path<(String, String)>) -> Response {
    let Some(Answer { delay_ms, reply }) = scenes.next(&at) else {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    };
    // sleep: the case says how long it takes
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    match reply {
        Reply::Output(output) => Json(output).into_response(),
        Reply::Error(error) => {
            let status = u16::try_from(error.status).unwrap();
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Reply::Never => pending().await,
    }
}

impl Scenes {
    fn next(&self, at: &(String, String)) -> Option<Answer> {
        let mut scenes = self.0.lock().unwrap();
        let scene = scenes.get_mut(at)?;
        scene.asked += 1;
        match &scene.answers {
            Answers::Always(answer) => Some(answer.clone()),
            Answers::InOrder(answers) => answers.get(scene.asked - 1).cloned(),
        }
    }
}

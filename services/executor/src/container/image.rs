//! Images: whether one is there, and how it gets there.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::engine::{Engine, EngineError};
use crate::http::reason;

/// A line of an engine's progress is not longer.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// When an image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum PullPolicy {
    #[default]
    IfNotPresent,
    Always,
    Never,
}

/// What an image runs by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
}

impl Engine {
    /// The image, pulled as the policy says.
    ///
    /// # Errors
    /// `Refused` if it is not there and may not be pulled, `Pull` if it cannot be.
    pub async fn image(&self, name: &str, policy: PullPolicy) -> Result<Image, EngineError> {
        if policy == PullPolicy::Always {
            self.pull(name).await?;
        }
        let request = || self.request(Method::GET, &format!("/images/{name}/json"));
        match self.read(request()).await {
            Err(EngineError::Refused { status, .. })
                if status == StatusCode::NOT_FOUND && policy == PullPolicy::IfNotPresent =>
            {
                self.pull(name).await?;
                self.read(request()).await.map(|told| image(&told))
            }
            told => told.map(|told| image(&told)),
        }
    }

    async fn pull(&self, name: &str) -> Result<(), EngineError> {
        let failed = |why: String| EngineError::Pull {
            image: name.to_owned(),
            why,
        };
        let (repository, tag) = split(name);
        let request = self.request(Method::POST, "/images/create");
        let request = request.query(&[("fromImage", repository), ("tag", tag)]);
        let mut progress = match self.send(request).await {
            Err(EngineError::Refused { message, .. }) => return Err(failed(message)),
            progress => progress?,
        };
        // A failure is told within the progress, under a status of success.
        let mut line = Vec::new();
        let broken = |error: reqwest::Error| EngineError::Broken(reason(&error));
        while let Some(chunk) = progress.chunk().await.map_err(broken)? {
            for byte in chunk {
                if byte != b'\n' && line.len() < LINE_BYTES_MAX {
                    line.push(byte);
                } else if let Some(error) = error_in(&line) {
                    return Err(failed(error));
                } else {
                    line.clear();
                }
            }
        }
        error_in(&line).map_or(Ok(()), |error| Err(failed(error)))
    }
}

fn error_in(line: &[u8]) -> Option<String> {
    let told: Value = serde_json::from_slice(line).ok()?;
    Some(told.get("error")?.as_str()?.to_owned())
}

/// Repository and tag; without a tag an engine would pull them all.
fn split(name: &str) -> (&str, &str) {
    if let Some((repository, digest)) = name.split_once('@') {
        return (repository, digest);
    }
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        Some(_) | None => (name, "latest"),
    }
}

fn image(told: &Value) -> Image {
    let list = |place: &str| {
        let list = told.pointer(place).and_then(Value::as_array);
        let words = list.into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    };
    Image {
        entrypoint: list("/Config/Entrypoint"),
        command: list("/Config/Cmd"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_have_a_tag_after_the_last_slash() {
        assert_eq!(split("alpine"), ("alpine", "latest"));
        assert_eq!(split("alpine:3.20"), ("alpine", "3.20"));
        assert_eq!(split("reg:5000/a/b"), ("reg:5000/a/b", "latest"));
        assert_eq!(split("reg:5000/a/b:1"), ("reg:5000/a/b", "1"));
        assert_eq!(split("a@sha256:00"), ("a", "sha256:00"));
    }
}

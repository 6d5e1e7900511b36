//! From `run.container` to what the engine is asked for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use weir_engine::{ErrorKind, WorkflowError};
use weir_graph::parse_duration;
use weir_protocol::v1::Return;

use super::image::{Image, PullPolicy};
use crate::{Action, process::text};

/// The action that a container belongs to.
pub(super) const ACTION: &str = "io.weir.action";
/// When nobody waits for it any more: milliseconds since the Unix epoch.
pub(super) const DEADLINE: &str = "io.weir.deadline";
/// When it is removed: `always`, `never`, or how many milliseconds after its end.
pub(super) const CLEANUP: &str = "io.weir.cleanup";

/// The arguments of `run.container`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct With {
    pub image: String,
    name: Option<String>,
    command: Option<String>,
    ports: Option<Map<String, Value>>,
    volumes: Option<Map<String, Value>>,
    environment: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    stdin: Value,
    arguments: Option<Vec<Value>>,
    lifetime: Option<Lifetime>,
    #[serde(default)]
    pub pull_policy: PullPolicy,
    #[serde(rename = "return")]
    pub return_: Return,
}

#[derive(Deserialize)]
struct Lifetime {
    cleanup: String,
    #[serde(default)]
    after: Value,
}

/// What becomes of a container that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cleanup {
    Always,
    Never,
    /// After so many milliseconds.
    Eventually(u64),
}

impl With {
    /// Its name: the author's, or one that tells what it is for.
    pub fn name(&self, action: &Action<'_>) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let workflow = action.workflow;
        let instance = action.id.split('/').next().unwrap_or_default();
        let task = action.reference.rsplit('/').next().unwrap_or_default();
        let activation = action.id.rsplit('/').next().unwrap_or_default();
        let name = format!(
            "{}-{instance}.{}-{task}-{activation}",
            workflow.name, workflow.namespace
        );
        let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        name.replace(|char| !plain(char), "_")
    }

    pub fn stdin(&self) -> Option<String> {
        (!self.stdin.is_null()).then(|| text(&self.stdin))
    }

    pub fn cleanup(&self) -> Result<Cleanup, WorkflowError> {
        let Some(lifetime) = &self.lifetime else {
            return Ok(Cleanup::Never);
        };
        match lifetime.cleanup.as_str() {
            "always" => Ok(Cleanup::Always),
            "never" => Ok(Cleanup::Never),
            _ => parse_duration(&lifetime.after)
                .map(Cleanup::Eventually)
                .map_err(|error| invalid(format!("lifetime.after: {error}"))),
        }
    }

    /// The body of the request that creates it.
    ///
    /// # Errors
    /// `configuration`: a port that is none, or the like.
    pub fn wanted(&self, action: &Action<'_>, image: &Image) -> Result<Value, WorkflowError> {
        let (bindings, exposed) = self.ports()?;
        let stdin = !self.stdin.is_null();
        let mut wanted = json!({
            "Image": self.image,
            "Env": self.environment()?,
            "Labels": self.labels(action)?,
            "ExposedPorts": exposed,
            "OpenStdin": stdin,
            "StdinOnce": stdin,
            "AttachStdin": stdin,
            "AttachStdout": true,
            "AttachStderr": true,
            "HostConfig": { "Binds": self.volumes()?, "PortBindings": bindings },
        });
        let arguments = self.arguments.iter().flatten().map(text);
        if let Some(command) = &self.command {
            // As in a shell task: the arguments are `$1`, `$2`, …
            wanted["Entrypoint"] = json!(["sh", "-c", command, "sh"]);
            wanted["Cmd"] = arguments.collect();
        } else if self.arguments.as_ref().is_some_and(|list| !list.is_empty()) {
            // The image's own command takes them, be it an entry point or not.
            let own = image.command.iter().filter(|_| image.entrypoint.is_empty());
            wanted["Cmd"] = own.cloned().chain(arguments).collect();
        }
        Ok(wanted)
    }

    fn environment(&self) -> Result<Vec<String>, WorkflowError> {
        let variables = self.environment.iter().flatten();
        let present = variables.filter(|(_, value)| !value.is_null());
        present
            .map(|(name, value)| {
                if name.is_empty() || name.contains('=') {
                    let detail = format!("environment: `{name}` cannot be the name of a variable");
                    return Err(invalid(detail));
                }
                Ok(format!("{name}={}", text(value)))
            })
            .collect()
    }

    fn labels(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let workflow = action.workflow;
        let cleanup = match self.cleanup()? {
            Cleanup::Always => "always".to_owned(),
            Cleanup::Never => "never".to_owned(),
            Cleanup::Eventually(after_ms) => after_ms.to_string(),
        };
        Ok(json!({
            ACTION: action.id,
            DEADLINE: action.deadline_ms.to_string(),
            CLEANUP: cleanup,
            "io.weir.workflow":
                format!("{}/{}/{}", workflow.namespace, workflow.name, workflow.version),
            "io.weir.task": action.reference,
        }))
    }

    /// `{host: container}`.
    fn ports(&self) -> Result<(Value, Value), WorkflowError> {
        let (mut bindings, mut exposed) = (Map::new(), Map::new());
        for (host, container) in self.ports.iter().flatten() {
            let (address, host_port) = host.rsplit_once(':').unwrap_or(("", host));
            let container = text(container);
            let (port, protocol) = container.split_once('/').unwrap_or((&container, "tcp"));
            for one in [host_port, port] {
                if !one.parse::<u16>().is_ok_and(|port| port > 0) {
                    let detail =
                        "is no port: write `8080: 80`, the port of the engine's host first";
                    return Err(invalid(format!("ports: `{one}` {detail}")));
                }
            }
            let place = format!("{port}/{protocol}");
            exposed.insert(place.clone(), json!({}));
            let bound = bindings.entry(place).or_insert_with(|| json!([]));
            if let Value::Array(bound) = bound {
                bound.push(json!({ "HostIp": address, "HostPort": host_port }));
            }
        }
        Ok((bindings.into(), exposed.into()))
    }

    /// `{host: container}`.
    fn volumes(&self) -> Result<Vec<String>, WorkflowError> {
        let volumes = self.volumes.iter().flatten();
        volumes
            .map(|(host, container)| {
                let container = text(container);
                if host.is_empty() || !container.starts_with('/') {
                    let detail = "write `/on/the/host: /in/the/container`, or the name of a volume \
                                  first";
                    return Err(invalid(format!("volumes: `{host}: {container}`: {detail}")));
                }
                Ok(format!("{host}:{container}"))
            })
            .collect()
    }
}

fn invalid(detail: impl std::fmt::Display) -> WorkflowError {
    ErrorKind::Configuration.error(format!("container.{detail}"))
}

#[cfg(test)]
mod tests {
    use weir_protocol::v1::{Request, WorkflowRef};

    use super::*;
    use crate::Hidden;

    fn wanted(with: &Value) -> Result<Value, WorkflowError> {
        let request = json!({ "function": "container", "with": {} });
        let request: Request = serde_json::from_value(request).unwrap();
        let workflow = WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".to_owned(),
        };
        let action = Action {
            id: "0190b2a8/do/0/pack it/7",
            traceparent: None,
            workflow: &workflow,
            reference: "/do/0/pack it",
            deadline_ms: 5,
            request: &request,
            hidden: &Hidden::default(),
        };
        let with = With::deserialize(with).unwrap();
        assert_eq!(with.name(&action), "order-0190b2a8.shop-pack_it-7");
        with.wanted(&action, &Image::default())
    }

    #[test]
    fn the_host_comes_first_in_ports_and_volumes() {
        let wanted = wanted(&json!({
            "image": "x",
            "ports": { "8080": 80, "127.0.0.1:53": "53/udp" },
            "volumes": { "/a": "/b", "cache": "/c:ro" },
            "return": "none",
            "lifetime": { "cleanup": "eventually", "after": "PT1M" },
        }));
        let wanted = wanted.unwrap();
        assert_eq!(
            wanted["HostConfig"],
            json!({
                "Binds": ["/a:/b", "cache:/c:ro"],
                "PortBindings": {
                    "80/tcp": [{ "HostIp": "", "HostPort": "8080" }],
                    "53/udp": [{ "HostIp": "127.0.0.1", "HostPort": "53" }],
                },
            })
        );
        assert_eq!(
            wanted["ExposedPorts"],
            json!({ "80/tcp": {}, "53/udp": {} })
        );
        assert_eq!(wanted["Labels"]["io.weir.cleanup"], "60000");
        assert_eq!(wanted["Labels"]["io.weir.workflow"], "shop/order/1.0.0");
        assert_eq!(wanted["OpenStdin"], false);
    }

    #[test]
    fn what_cannot_be_mapped_is_told() {
        let told = |with: Value| wanted(&with).unwrap_err().detail.unwrap();
        let port = told(json!({ "image": "x", "ports": { "80": "http" }, "return": "none" }));
        assert!(
            port.starts_with("container.ports: `http` is no port"),
            "{port}"
        );
        let path = told(json!({ "image": "x", "volumes": { "/a": "b" }, "return": "none" }));
        assert!(path.starts_with("container.volumes: `/a: b`"), "{path}");
    }
}

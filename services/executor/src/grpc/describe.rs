//! Descriptions of services: `.proto` files, and what they import.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytes::Bytes;
use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver},
};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use weir_engine::WorkflowError;

use super::invalid;
use crate::{
    Action,
    resource::{Endpoint, Resource, Resources},
};

/// Files that one may import, in all.
const FILES_MAX: usize = 64;
/// Folders above the file's own in which imports are looked for.
const LEVELS_MAX: usize = 8;
const POOLS_MAX: usize = 64;
const AGE_MAX: Duration = Duration::from_mins(5);
/// What imports of these are is known.
const KNOWN: &str = "google/protobuf/";

type Key = [u8; 32];

/// Compiled descriptions, for a while.
#[derive(Default)]
pub(super) struct Descriptions {
    pools: Mutex<BTreeMap<Key, (Instant, DescriptorPool)>>,
}

impl Descriptions {
    /// What the file at `proto` and its imports describe.
    ///
    /// # Errors
    /// As of [`Resources::load`]; `configuration` if it does not compile.
    pub async fn of(
        &self,
        proto: &Resource,
        resources: &Resources,
        action: &Action<'_>,
    ) -> Result<DescriptorPool, WorkflowError> {
        let uri = proto.endpoint.uri();
        let main = resources.load(proto, action).await?;
        let mut hash = Sha256::new_with_prefix(uri);
        hash.update([0]);
        hash.update(&main);
        let key: Key = hash.finalize().into();
        let kept = self.pools.lock().await.get(&key).cloned();
        if let Some((_, pool)) = kept.filter(|(since, _)| since.elapsed() < AGE_MAX) {
            return Ok(pool);
        }
        let name = file_name(uri).to_owned();
        let mut files = BTreeMap::from([(name.clone(), text(uri, main)?)]);
        collect(proto, &mut files, resources, action).await?;
        let compiling = tokio::task::spawn_blocking(move || compile(&name, files));
        let pool = compiling
            .await
            .map_err(|error| invalid(format!("proto: {uri}: {error}")))?
            .map_err(|error| invalid(format!("proto: {uri}: {error}")))?;
        let mut pools = self.pools.lock().await;
        if pools.len() >= POOLS_MAX {
            pools.retain(|_, (since, _)| since.elapsed() < AGE_MAX);
        }
        if pools.len() < POOLS_MAX {
            pools.insert(key, (Instant::now(), pool.clone()));
        }
        Ok(pool)
    }
}

/// Loads what the files import: from the folder of the first, or from one above it.
async fn collect(
    proto: &Resource,
    files: &mut BTreeMap<String, String>,
    resources: &Resources,
    action: &Action<'_>,
) -> Result<(), WorkflowError> {
    let uri = proto.endpoint.uri();
    let mut seen = BTreeSet::new();
    loop {
        let next = files.keys().find(|name| !seen.contains(*name)).cloned();
        let Some(name) = next else {
            return Ok(());
        };
        for import in imports(&name, &files[&name]) {
            if files.contains_key(&import) || import.starts_with(KNOWN) {
                continue;
            }
            if files.len() >= FILES_MAX {
                let detail = format!("proto: {uri} imports more than {FILES_MAX} files");
                return Err(invalid(detail));
            }
            let (from, loaded) = import_of(proto, &import, resources, action).await?;
            files.insert(import, text(&from, loaded)?);
        }
        seen.insert(name);
    }
}

async fn import_of(
    proto: &Resource,
    import: &str,
    resources: &Resources,
    action: &Action<'_>,
) -> Result<(String, Bytes), WorkflowError> {
    let uri = proto.endpoint.uri();
    let mut first = None;
    for folder in folders(uri) {
        let place = format!("{folder}{import}");
        let wanted = Resource {
            endpoint: Endpoint::Object {
                uri: place.clone(),
                authentication: proto.endpoint.credentials().cloned(),
            },
        };
        match resources.load(&wanted, action).await {
            Ok(bytes) => return Ok((place, bytes)),
            Err(error) => first.get_or_insert(error),
        };
    }
    let why = first.and_then(|error| error.detail).unwrap_or_default();
    Err(invalid(format!(
        "proto: {uri} imports `{import}`, which is neither beside it nor above: {why}"
    )))
}

/// The folder of a file, and those above it, each with its `/`.
fn folders(uri: &str) -> Vec<&str> {
    let start = match uri.split_once("://") {
        Some(("file", _)) => "file://".len(),
        Some((scheme, rest)) => scheme.len() + 3 + rest.find('/').map_or(rest.len(), |at| at + 1),
        None => uri.find(':').map_or(0, |at| at + 1),
    };
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let slashes = uri[..end].rmatch_indices('/').map(|(at, _)| at + 1);
    let above = slashes.filter(|at| *at > start).map(|at| &uri[..at]);
    above.take(LEVELS_MAX).chain([&uri[..start]]).collect()
}

/// What a file says that it imports; a file that is none is told when it is compiled.
fn imports(name: &str, source: &str) -> Vec<String> {
    let file = File::from_source(name, source);
    file.map(|file| file.file_descriptor_proto().dependency.clone())
        .unwrap_or_default()
}

fn compile(name: &str, files: BTreeMap<String, String>) -> Result<DescriptorPool, Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Loaded(files));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file(name)?;
    Ok(compiler.descriptor_pool())
}

struct Loaded(BTreeMap<String, String>);

impl FileResolver for Loaded {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        match self.0.get(name) {
            Some(source) => File::from_source(name, source),
            None => Err(Error::file_not_found(name)),
        }
    }
}

/// The method of that name; the service by its full name, or by its last part if that is enough.
///
/// # Errors
/// `configuration`, with what there is.
pub(super) fn method(
    pool: &DescriptorPool,
    service: &str,
    method: &str,
) -> Result<MethodDescriptor, WorkflowError> {
    let found = pool.get_service_by_name(service).or_else(|| {
        let mut named = pool.services().filter(|one| one.name() == service);
        named.next().filter(|_| named.next().is_none())
    });
    let Some(found) = found else {
        let known = pool.services().map(|one| one.full_name().to_owned());
        let known: Vec<_> = known.collect();
        return Err(unknown("service.name", service, &known));
    };
    let Some(found) = found.methods().find(|one| one.name() == method) else {
        return Err(unknown("method", method, &methods(&found)));
    };
    if found.is_client_streaming() {
        return Err(invalid(format!(
            "method: `{method}` takes a stream of messages, and a call has one"
        )));
    }
    Ok(found)
}

fn methods(service: &ServiceDescriptor) -> Vec<String> {
    service.methods().map(|one| one.name().to_owned()).collect()
}

fn unknown(place: &str, name: &str, known: &[String]) -> WorkflowError {
    let known = known.join(", ");
    invalid(format!("{place}: there is no `{name}`, but: {known}"))
}

fn text(uri: &str, bytes: Bytes) -> Result<String, WorkflowError> {
    String::from_utf8(bytes.into()).map_err(|error| invalid(format!("proto: {uri}: {error}")))
}

/// The last part of an address: what the file is called.
fn file_name(uri: &str) -> &str {
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    path.rsplit(['/', ':']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_looked_for_beside_the_file_and_above() {
        assert_eq!(
            folders("https://x/a/b/c.proto?v=/1"),
            ["https://x/a/b/", "https://x/a/", "https://x/"]
        );
        assert_eq!(folders("https://x/c.proto"), ["https://x/"]);
        assert_eq!(folders("file://app/c.proto"), ["file://app/", "file://"]);
        assert_eq!(folders("file:c.proto"), ["file:"]);
        assert_eq!(file_name("https://x/a/c.proto?v=/1"), "c.proto");
        assert_eq!(file_name("file:c.proto"), "c.proto");
    }
}

//! The catalog: deployed workflows, fetched from the definitions stream, compiled and cached.
//!
//! A version is stored once and never changes, so whatever was compiled stays right for ever. The
//! cache is bounded and disposable.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use weir_bus::{Bus, BusError, Outgoing};
use weir_definition::Diagnostic;
use weir_graph::{Bound, Limits, Program, WorkflowRef};
use weir_protocol::{
    Stream, Subject,
    v1::{self, Format},
};

/// Compiled workflows kept at most.
const PROGRAMS_MAX: usize = 1024;

/// Deployed workflows.
pub struct Catalog {
    bus: Arc<dyn Bus>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    programs: BTreeMap<WorkflowRef, Arc<Program>>,
    oldest_first: VecDeque<WorkflowRef>,
}

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Nothing of that name and version was deployed.
    #[error(
        "workflow {0} is not deployed: `weir deploy FILE`, or check namespace, name and version"
    )]
    Unknown(WorkflowRef),
    /// What is stored cannot be compiled by this build.
    #[error("workflow {workflow} cannot be compiled: {reason}")]
    Invalid {
        /// Which.
        workflow: WorkflowRef,
        /// Why.
        reason: String,
    },
    /// Try again later.
    #[error(transparent)]
    Unavailable(BusError),
}

/// Why a definition was not deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The document is wrong.
    #[error("the definition has {} error(s)", .0.len())]
    Invalid(Vec<Diagnostic>),
    /// The version exists with other content.
    #[error(
        "workflow {0} is deployed already with other content: versions never change, raise `document.version`"
    )]
    Exists(WorkflowRef),
    /// It runs a workflow that is not deployed.
    #[error("{by} runs {workflow}, which is not deployed")]
    NoCallee {
        /// The task that runs it: a JSON pointer.
        by: String,
        /// Which is not deployed.
        workflow: WorkflowRef,
    },
    /// The document does not fit into a message.
    #[error("the definition has {size} bytes, at most {size_max} fit")]
    TooLarge {
        /// Bytes it has.
        size: usize,
        /// Bytes allowed.
        size_max: usize,
    },
    /// Try again later.
    #[error(transparent)]
    Unavailable(BusError),
}

/// What a deployment did.
#[derive(Debug)]
pub struct Deployed {
    /// The compiled workflow.
    pub program: Arc<Program>,
    /// Whether it is new; otherwise the same content was there already.
    pub created: bool,
}

/// Parses and compiles `source`, called `name` in messages.
///
/// # Errors
/// All that is wrong with it.
pub fn compile(source: &str, name: &str, limits: &Limits) -> Result<Program, Vec<Diagnostic>> {
    let definition = weir_definition::parse(source, name)?;
    weir_graph::compile(&definition, limits)
}

/// Compiles on another thread than those that serve others, for it takes milliseconds. A runtime of
/// one thread has no other; there the order of everything stays determined, as simulations need it.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    let flavor = tokio::runtime::Handle::current().runtime_flavor();
    if flavor == tokio::runtime::RuntimeFlavor::CurrentThread {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await
}

async fn compile_under(
    source: String,
    limits: impl FnOnce(&str) -> Limits + Send + 'static,
) -> Result<(String, Program, Limits), DeployError> {
    let (source, compiled) = aside(move || {
        let definition = weir_definition::parse(&source, "definition");
        let compiled = definition.and_then(|definition| {
            let limits = limits(&definition.document.namespace);
            let program = weir_graph::compile(&definition, &limits)?;
            Ok((program, limits))
        });
        (source, compiled)
    })
    .await
    .map_err(|error| DeployError::Unavailable(BusError::Refused(error.to_string())))?;
    let (program, limits) = compiled.map_err(DeployError::Invalid)?;
    Ok((source, program, limits))
}

impl Catalog {
    /// A catalog of what is deployed on `bus`.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            cache: Mutex::new(Cache::default()),
        }
    }

    /// The program of a deployed workflow.
    pub async fn program(&self, workflow: &WorkflowRef) -> Result<Arc<Program>, CatalogError> {
        if let Some(program) = self.cached(workflow) {
            return Ok(program);
        }
        let unknown = || CatalogError::Unknown(workflow.clone());
        let subject = Subject::definition(workflow).map_err(|_| unknown())?;
        let stored = self
            .bus
            .last(Stream::Definitions, &subject)
            .await
            .map_err(CatalogError::Unavailable)?
            .ok_or_else(unknown)?;
        let invalid = |reason: String| CatalogError::Invalid {
            workflow: workflow.clone(),
            reason,
        };
        let definition =
            v1::Definition::decode(&stored.payload).map_err(|error| invalid(error.to_string()))?;
        let compiled = aside(move || {
            compile(
                &definition.source,
                "definition",
                &Limits::from(&definition.limits),
            )
        })
        .await
        .map_err(|error| invalid(error.to_string()))?;
        let program = Arc::new(compiled.map_err(|diagnostics| {
            invalid(
                diagnostics
                    .iter()
                    .map(|d| d.message.as_str())
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?);
        self.keep(program.clone());
        Ok(program)
    }

    /// Compiles and stores a definition, deployed at `now_ms` (milliseconds since the Unix epoch).
    pub async fn deploy(
        &self,
        source: String,
        limits: Limits,
        now_ms: u64,
    ) -> Result<Deployed, DeployError> {
        self.deploy_under(source, |_| limits, now_ms).await
    }

    /// As [`Catalog::deploy`], under the limits of the workflow's namespace.
    pub async fn deploy_under(
        &self,
        source: String,
        limits: impl FnOnce(&str) -> Limits + Send + 'static,
        now_ms: u64,
    ) -> Result<Deployed, DeployError> {
        let (source, program, mut limits) = compile_under(source, limits).await?;
        limits.callees = self.callees(&program).await?;
        let (source, program, limits) = if limits.callees.is_empty() {
            (source, program, limits)
        } else {
            compile_under(source, |_| limits).await?
        };
        let workflow = program.workflow.clone();
        let subject = Subject::definition(&workflow)
            .map_err(|error| DeployError::Unavailable(BusError::Refused(error.to_string())))?;
        let stored = v1::Definition {
            source,
            limits: (&limits).into(),
            bound: Some((&program.bound).into()),
            deployed_at: now_ms,
        };
        let mut message = Outgoing::new(subject.clone(), stored.encode());
        message.expected_sequence = Some(0);
        let program = Arc::new(program);
        match self.bus.publish(message).await {
            Ok(_) => {
                self.keep(program.clone());
                Ok(Deployed {
                    program,
                    created: true,
                })
            }
            Err(BusError::Conflict(_)) => {
                let there = self
                    .bus
                    .last(Stream::Definitions, &subject)
                    .await
                    .map_err(DeployError::Unavailable)?;
                let same = there
                    .and_then(|there| v1::Definition::decode(&there.payload).ok())
                    .is_some_and(|there| there.source == stored.source);
                if same {
                    Ok(Deployed {
                        program,
                        created: false,
                    })
                } else {
                    Err(DeployError::Exists(workflow))
                }
            }
            Err(BusError::TooLarge { size, size_max }) => {
                Err(DeployError::TooLarge { size, size_max })
            }
            Err(error) => Err(DeployError::Unavailable(error)),
        }
    }

    /// The bounds of the workflows that a program runs. They are deployed before it, and so none
    /// can run itself.
    async fn callees(
        &self,
        program: &Program,
    ) -> Result<BTreeMap<WorkflowRef, Bound>, DeployError> {
        let mut callees = BTreeMap::new();
        for (workflow, by) in program.callees() {
            let callee = self.program(workflow).await.map_err(|error| match error {
                CatalogError::Unavailable(error) => DeployError::Unavailable(error),
                CatalogError::Unknown(workflow) | CatalogError::Invalid { workflow, .. } => {
                    let by = by.to_owned();
                    DeployError::NoCallee { by, workflow }
                }
            })?;
            callees.insert(workflow.clone(), callee.bound);
        }
        Ok(callees)
    }

    fn cached(&self, workflow: &WorkflowRef) -> Option<Arc<Program>> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.programs.get(workflow).cloned()
    }

    fn keep(&self, program: Arc<Program>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let workflow = program.workflow.clone();
        if cache.programs.insert(workflow.clone(), program).is_none() {
            cache.oldest_first.push_back(workflow);
        }
        if cache.oldest_first.len() > PROGRAMS_MAX
            && let Some(oldest) = cache.oldest_first.pop_front()
        {
            cache.programs.remove(&oldest);
        }
    }
}

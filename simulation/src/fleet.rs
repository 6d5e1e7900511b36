//! The processes: each starts anew when it dies.

use std::{future::Future, sync::Arc};

use tokio::sync::Notify;
use weir_bus::{BrokerClock, BusError, memory::MemoryBus};
use weir_catalog::Catalog;
use weir_journal::memory::MemoryJournal;
use weir_runtime::{Clock, HealthHandle, Metrics, Shutdown};

use crate::{
    Bug, executor,
    ledger::Ledger,
    node::Node,
    time::{Time, pause_ms},
    weather::Weather,
    wrapped::{Around, WrappedBus, WrappedJournal},
};

/// What all processes share.
#[derive(Clone)]
pub struct Site {
    pub time: Time,
    pub weather: Arc<Weather>,
    pub ledger: Arc<Ledger>,
    pub bug: Option<Bug>,
    pub broker: MemoryBus,
    pub journal: MemoryJournal,
    pub deliveries_changed: Arc<Notify>,
}

/// How often those who wait are woken for deliveries that nobody takes.
const IDLE_MS: u64 = 250;
/// Of each service so many.
const REPLICAS: usize = 2;

impl Site {
    /// From when on nothing goes wrong: milliseconds since the Unix epoch.
    pub fn clear_ms(&self) -> u64 {
        self.time.now_ms() - self.time.passed_ms() + self.weather.until_ms
    }

    /// Starts everything.
    pub fn populate(&self) {
        tokio::spawn(redeliver(
            self.broker.clone(),
            self.time,
            self.deliveries_changed.clone(),
        ));
        for _ in 0..REPLICAS {
            tokio::spawn(self.clone().keep_up("scheduler", Self::scheduler));
            tokio::spawn(self.clone().keep_up("timer", |_, bus| Self::timer(bus)));
            tokio::spawn(self.clone().keep_up("router", |_, bus| Self::router(bus)));
            tokio::spawn(self.clone().keep_up("executor", |site, bus| {
                executor::serve("http", bus, site.weather.clone(), site.time)
            }));
            tokio::spawn(self.clone().keep_up("executor", |site, bus| {
                executor::serve("shell", bus, site.weather.clone(), site.time)
            }));
        }
    }

    fn scheduler(&self, bus: WrappedBus) -> impl Future<Output = Result<(), String>> + use<> {
        let journal = WrappedJournal {
            inner: self.journal.clone(),
            around: bus.around.clone(),
        };
        let settings = weir_scheduler::Settings {
            // So few that instances are read again, so many that memory goes stale.
            instances_max: 3,
            in_flight_max: 8,
        };
        let shutdown = Shutdown::new();
        by_the_clock(bus, move |bus, clock| {
            let ports = weir_scheduler::Ports {
                clock,
                bus,
                journal: Arc::new(journal),
                health: HealthHandle::new(shutdown.clone()),
                metrics: Metrics::off(),
                shutdown,
            };
            weir_scheduler::run(settings, ports)
        })
    }

    fn timer(bus: WrappedBus) -> impl Future<Output = Result<(), String>> + use<> {
        let shutdown = Shutdown::new();
        by_the_clock(bus, move |bus, clock| {
            let ports = weir_timer::Ports {
                clock,
                bus,
                health: HealthHandle::new(shutdown.clone()),
                metrics: Metrics::off(),
                shutdown,
            };
            weir_timer::run(ports)
        })
    }

    fn router(bus: WrappedBus) -> impl Future<Output = Result<(), BusError>> + use<> {
        let shutdown = Shutdown::new();
        let bus = Arc::new(bus);
        weir_ingress::route(weir_ingress::Routing {
            catalog: Arc::new(Catalog::new(bus.clone())),
            bus,
            health: HealthHandle::new(shutdown.clone()),
            metrics: Metrics::off(),
            shutdown,
        })
    }

    /// Runs a service, and again when its node has died.
    async fn keep_up<S, F, E>(self, name: &'static str, service: S)
    where
        S: Fn(&Self, WrappedBus) -> F,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        loop {
            let node = Node::new(self.time, self.weather.clone());
            let around = Around {
                time: self.time,
                node: node.clone(),
                weather: self.weather.clone(),
                ledger: self.ledger.clone(),
                bug: self.bug,
                deliveries_changed: self.deliveries_changed.clone(),
            };
            let bus = WrappedBus {
                inner: self.broker.clone(),
                around,
            };
            let process = tokio::spawn(service(&self, bus));
            tokio::select! {
                biased;
                ended = process => {
                    let why = match ended {
                        Ok(Ok(())) => "without a reason".to_owned(),
                        Ok(Err(error)) => error.to_string(),
                        Err(panic) => panic.to_string(),
                    };
                    self.ledger.pages().ended.push(format!("a {name} ended: {why}"));
                    return;
                }
                () = node.died() => self.ledger.count("crash"),
            }
            pause_ms(self.weather.downtime_ms()).await;
        }
    }
}

/// Runs a service as its `main` does: with a clock that goes by the broker's.
async fn by_the_clock<F, E>(
    bus: WrappedBus,
    service: impl FnOnce(Arc<WrappedBus>, Clock) -> F,
) -> Result<(), String>
where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let bus = Arc::new(bus);
    let text = |error: E| error.to_string();
    if bus.around.bug == Some(Bug::OwnClock) {
        let clock = bus.around.node.clock();
        return service(bus, clock).await.map_err(text);
    }
    let time = BrokerClock::set_by(&*bus).await;
    let time = time.map_err(|error| error.to_string())?;
    tokio::select! {
        biased;
        ended = service(bus.clone(), time.clock()) => ended.map_err(text),
        never = time.keep(&*bus) => match never {},
    }
}

/// Wakes consumers when a delivery is due again.
async fn redeliver(broker: MemoryBus, time: Time, changed: Arc<Notify>) {
    loop {
        let due_ms = broker.next_redelivery_ms();
        let left_ms = due_ms.map(|due_ms| due_ms.saturating_sub(time.now_ms()));
        let pause_for_ms = match left_ms {
            None => {
                changed.notified().await;
                continue;
            }
            // Nobody is there to take it; whoever comes back looks by himself.
            Some(0) => IDLE_MS,
            Some(left_ms) => left_ms,
        };
        tokio::select! {
            biased;
            () = pause_ms(pause_for_ms) => broker.tick(),
            () = changed.notified() => {}
        }
    }
}

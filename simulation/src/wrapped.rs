//! The ports as a service sees them: what goes through passes its node and the weather.

mod bus;
mod deliveries;
mod journal;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{Bug, ledger::Ledger, node::Node, time::Time, weather::Weather};

pub use self::{bus::WrappedBus, journal::WrappedJournal};

/// What all wrappers of one node share.
#[derive(Clone)]
pub struct Around {
    /// The true time.
    pub time: Time,
    /// The process they belong to.
    pub node: Arc<Node>,
    /// What goes wrong.
    pub weather: Arc<Weather>,
    /// What really happened.
    pub ledger: Arc<Ledger>,
    /// A deliberate defect.
    pub bug: Option<Bug>,
    /// Told when it may have changed which delivery is due again first.
    pub deliveries_changed: Arc<Notify>,
}

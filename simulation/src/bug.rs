//! Deliberate defects, to prove that the simulation finds such.

/// A defect, as if the services or what they rest on had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Schedulers append without saying what they expect to be the last record.
    AppendsUnfenced,
    /// Messages are acknowledged before they are processed.
    AcknowledgedEarly,
    /// Schedulers go on as if a record were stored though another writer was first.
    ConflictsIgnored,
    /// Services go by the clock of their machine, not by the broker's.
    OwnClock,
    /// Routers do not look back when a subscription opens.
    NeverLooksBack,
}

impl Bug {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::AppendsUnfenced,
        Self::AcknowledgedEarly,
        Self::ConflictsIgnored,
        Self::OwnClock,
        Self::NeverLooksBack,
    ];
}

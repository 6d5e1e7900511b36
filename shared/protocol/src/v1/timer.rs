//! Timers: `weir.timers.<instance>`.

use serde::{Deserialize, Serialize};
use weir_engine::{InstanceId, Timestamp};
use weir_graph as graph;

use super::{Format, WorkflowRef};

/// The one timer of an instance: the last message on its subject holds. Empty payload: disarmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Revision of the record that set it: a lower one never replaces a higher one.
    pub revision: u64,
    /// When it fires: milliseconds since the Unix epoch.
    pub due: u64,
    /// What the instance runs.
    pub workflow: WorkflowRef,
    /// JSON pointer to the task whose deadline it is; "" for the workflow.
    pub reference: String,
    /// W3C trace context of the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// It is no instance's timer, but starts an instance of this very version when it fires, and
    /// sets the next one. Its subject is that of [`InstanceId::for_schedule`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

impl Format for Timer {
    const NAME: &'static str = "timer";
}

/// When instances start: see [`graph::Schedule`]. Milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Schedule {
    /// `schedule.every`.
    Every {
        /// How often.
        ms: u64,
    },
    /// `schedule.cron`.
    Cron {
        /// As it is written.
        expression: String,
    },
    /// `schedule.after`.
    After {
        /// How long after the end of the former instance.
        ms: u64,
        /// No instance takes longer. Should its end never be told, the next one starts so long
        /// after it.
        longest_ms: u64,
        /// The instance whose end is waited for; absent: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        running: Option<String>,
    },
}

impl Schedule {
    /// That of a workflow, which takes no longer than `longest_ms`.
    pub fn new(schedule: &graph::Schedule, longest_ms: u64) -> Self {
        match schedule {
            graph::Schedule::Every { ms } => Self::Every { ms: *ms },
            graph::Schedule::Cron { expression } => Self::Cron {
                expression: expression.clone(),
            },
            graph::Schedule::After { ms } => Self::After {
                ms: *ms,
                longest_ms,
                running: None,
            },
        }
    }

    /// It waits for the end of the instance that `former` waits for, if both wait for one.
    #[must_use]
    pub fn waiting_as(self, former: Option<Self>) -> Self {
        match (self, former) {
            (Self::After { ms, longest_ms, .. }, Some(Self::After { running, .. })) => {
                Self::After {
                    ms,
                    longest_ms,
                    running,
                }
            }
            (own, _) => own,
        }
    }

    /// When instances start.
    pub fn times(&self) -> graph::Schedule {
        match self {
            Self::Every { ms } => graph::Schedule::Every { ms: *ms },
            Self::Cron { expression } => graph::Schedule::Cron {
                expression: expression.clone(),
            },
            Self::After { ms, .. } => graph::Schedule::After { ms: *ms },
        }
    }
}

impl Timer {
    /// The instance that it starts, if it is a schedule's.
    pub fn starts(&self) -> Option<InstanceId> {
        self.schedule.as_ref()?;
        let workflow = (&self.workflow).into();
        Some(InstanceId::for_tick(&workflow, Timestamp(self.due)))
    }

    /// The schedule's next timer, once this one has started its instance at `now_ms`.
    pub fn next(&self, now_ms: u64) -> Option<Self> {
        let schedule = self.schedule.as_ref()?;
        let due = schedule.times().next(self.due, now_ms)?;
        Some(match schedule {
            Schedule::Every { .. } | Schedule::Cron { .. } => self.followed(due, schedule.clone()),
            Schedule::After { ms, longest_ms, .. } => {
                let schedule = Schedule::After {
                    ms: *ms,
                    longest_ms: *longest_ms,
                    running: self.starts().map(|instance| instance.to_string()),
                };
                self.followed(due.saturating_add(*longest_ms), schedule)
            }
        })
    }

    /// The schedule's next timer, once `instance` has ended at `now_ms`; none if that is not what
    /// it waits for.
    pub fn next_after_end(&self, instance: InstanceId, now_ms: u64) -> Option<Self> {
        let schedule = self.schedule.as_ref()?;
        let Schedule::After {
            ms,
            longest_ms,
            running,
        } = schedule
        else {
            return None;
        };
        // It may have ended before the timer says that it was started.
        let waits = running.as_deref() == Some(&instance.to_string())
            || (running.is_none() && self.starts() == Some(instance));
        let schedule = Schedule::After {
            ms: *ms,
            longest_ms: *longest_ms,
            running: None,
        };
        waits.then(|| self.followed(now_ms.saturating_add(*ms), schedule))
    }

    fn followed(&self, due: u64, schedule: Schedule) -> Self {
        Self {
            revision: self.revision.saturating_add(1),
            due,
            schedule: Some(schedule),
            ..self.clone()
        }
    }
}

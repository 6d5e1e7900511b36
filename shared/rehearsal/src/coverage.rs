//! Which tasks and branches of a workflow its tests reach.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use weir_engine::Event;
use weir_graph::{Case, Deadline, Kind, Program, Task, Try};

use crate::rehearse::Run;

/// What of a workflow was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Everything there is to reach, in the order of the document, and whether it was.
    pub points: Vec<(Point, bool)>,
}

/// Something that a test can reach. Tasks are named by their pointers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The task started.
    Task(Arc<str>),
    /// Its `if` was false.
    Skipped(Arc<str>),
    /// The `switch` chose this case: its index and name.
    Case(Arc<str>, usize, String),
    /// The `switch` matched no case.
    NoCase(Arc<str>),
    /// The `try` caught an error for good.
    Caught(Arc<str>),
    /// The `try` tried again.
    Retried(Arc<str>),
    /// The timeout that the task (empty: the workflow) declares passed.
    TimedOut(Arc<str>),
}

impl Coverage {
    /// Of a workflow that no test has run yet.
    pub(crate) fn of(program: &Program) -> Self {
        let mut points = Vec::new();
        if matches!(program.deadline, Deadline::Own(_)) {
            points.push(Point::TimedOut("".into()));
        }
        for task in &program.tasks {
            points.extend(points_of(task));
        }
        Self {
            points: points.into_iter().map(|point| (point, false)).collect(),
        }
    }

    /// How many tasks, and how many branches, were reached of how many.
    pub fn counts(&self) -> [(usize, usize); 2] {
        let count = |tasks: bool| {
            let of_kind = self.points.iter();
            let of_kind = of_kind.filter(|(point, _)| matches!(point, Point::Task(_)) == tasks);
            of_kind.fold((0, 0), |(reached, all), (_, is)| {
                (reached + usize::from(*is), all + 1)
            })
        };
        [count(true), count(false)]
    }

    /// What was never reached.
    pub fn missing(&self) -> impl Iterator<Item = &Point> {
        let missing = self.points.iter().filter(|(_, reached)| !reached);
        missing.map(|(point, _)| point)
    }
}

/// Marks everything that a run reached.
pub(crate) fn cover(coverage: &mut Coverage, run: &Run) {
    let reached = reached(run);
    for (point, is_reached) in &mut coverage.points {
        *is_reached = *is_reached || reached.contains(point);
    }
}

fn points_of(task: &Task) -> Vec<Point> {
    let reference = &task.reference;
    let mut points = vec![Point::Task(reference.clone())];
    if task.guard.is_some() {
        points.push(Point::Skipped(reference.clone()));
    }
    if let Kind::Switch(cases) = &task.kind {
        let named = cases.iter().enumerate();
        points.extend(named.map(|(index, case)| case_point(reference, index, case)));
        if cases.iter().all(|case| case.when.is_some()) {
            points.push(Point::NoCase(reference.clone()));
        }
    }
    if let Kind::Try(attempt) = &task.kind {
        if attempt.catch.retry.is_some() {
            points.push(Point::Retried(reference.clone()));
        }
        if catches(attempt) {
            points.push(Point::Caught(reference.clone()));
        }
    }
    // What ends in the moment it starts never times out.
    let takes_time = !matches!(
        task.kind,
        Kind::Set(_) | Kind::Switch(_) | Kind::Raise(_) | Kind::Emit(_)
    );
    if takes_time && matches!(task.deadline, Deadline::Own(_)) {
        points.push(Point::TimedOut(reference.clone()));
    }
    points
}

fn case_point(reference: &Arc<str>, index: usize, case: &Case) -> Point {
    Point::Case(reference.clone(), index, case.name.clone())
}

/// Whether a `catch` ever ends an error: one that only retries lets it escape.
fn catches(attempt: &Try) -> bool {
    let catch = &attempt.catch;
    catch.retry.is_none() || catch.body.is_some() || catch.then.is_some()
}

fn reached(run: &Run) -> BTreeSet<Point> {
    let mut reached: BTreeSet<Point> = run
        .stage
        .history
        .iter()
        .filter_map(|(_, event)| shown(event, run))
        .collect();
    let tasks = run.stage.program.tasks.iter();
    let switches: BTreeMap<_, _> = tasks
        .filter_map(|task| {
            if let Kind::Switch(cases) = &task.kind {
                Some((&task.reference, cases))
            } else {
                None
            }
        })
        .collect();
    for chosen in &run.stage.chosen {
        let case = chosen.case.and_then(|index| {
            let case = switches.get(&chosen.reference)?.get(index)?;
            Some(case_point(&chosen.reference, index, case))
        });
        reached.insert(case.unwrap_or_else(|| Point::NoCase(chosen.reference.clone())));
    }
    let timeouts = run.timeouts.iter();
    reached.extend(timeouts.map(|task| Point::TimedOut(task.clone())));
    reached
}

/// What an event shows to have been reached.
fn shown(event: &Event, run: &Run) -> Option<Point> {
    let of = |activation| run.references.get(activation).cloned();
    if let Event::TaskStarted { reference, .. } = event {
        Some(Point::Task(reference.clone()))
    } else if let Event::TaskSkipped { reference, .. } = event {
        Some(Point::Skipped(reference.clone()))
    } else if let Event::ErrorCaught { task, .. } = event {
        Some(Point::Caught(of(task)?))
    } else if let Event::TaskRetried { task, .. } = event {
        Some(Point::Retried(of(task)?))
    } else {
        None
    }
}

impl Point {
    /// JSON pointer to what it is about, in the workflow.
    pub fn pointer(&self) -> String {
        match self {
            Self::Task(task) => task.to_string(),
            Self::Skipped(task) => format!("{task}/if"),
            Self::Case(task, index, _) => format!("{task}/switch/{index}"),
            Self::NoCase(task) => format!("{task}/switch"),
            Self::Caught(task) => format!("{task}/catch"),
            Self::Retried(task) => format!("{task}/catch/retry"),
            Self::TimedOut(task) => format!("{task}/timeout"),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |task: &str| task.rsplit('/').next().unwrap_or_default().to_owned();
        match self {
            Self::Task(task) => write!(f, "task {}", name(task)),
            Self::Skipped(task) => write!(f, "{} skipped by its `if`", name(task)),
            Self::Case(task, _, case) => write!(f, "case {case} of {}", name(task)),
            Self::NoCase(task) => write!(f, "no case of {}", name(task)),
            Self::Caught(task) => write!(f, "catch of {}", name(task)),
            Self::Retried(task) => write!(f, "retry of {}", name(task)),
            Self::TimedOut(task) if task.is_empty() => f.write_str("timeout of the workflow"),
            Self::TimedOut(task) => write!(f, "timeout of {}", name(task)),
        }
    }
}

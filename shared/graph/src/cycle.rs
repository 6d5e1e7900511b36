//! Jumps that lead round in a circle: unbounded, unless a task says how often they may lead back.

mod component;

use self::component::{Bounded, components};
use crate::flow::{Via, ways};
use crate::{Flow, Kind, List, Task, TaskIndex};

/// A circle of jumps within one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// The tasks in the order they would run, the first one again at the end.
    pub tasks: Vec<TaskIndex>,
    /// JSON pointer of the directive that closes it, by leading backward.
    pub directive: String,
}

/// A single task, or tasks that lead to each other in circles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    /// Its tasks, each after all that it leads to, jumps back to [`Component::back_to`] apart.
    pub tasks: Vec<TaskIndex>,
    /// The task that every circle leads back to, and how often that may be.
    pub back_to: Option<(TaskIndex, u64)>,
}

/// The tasks of `list` in components, such that each comes after all that it leads to.
///
/// # Errors
/// The circles that nothing bounds: at least one of each tangle.
pub(crate) fn order(list: &List, tasks: &[Task]) -> Result<Vec<Component>, Vec<Cycle>> {
    let mut walk = Walk::new(list, tasks);
    for start in 0..list.tasks.len() {
        walk.from(start);
    }
    if walk.cycles.is_empty() {
        let single = |place: &usize| Component {
            tasks: vec![list.tasks[*place]],
            back_to: None,
        };
        return Ok(walk.done.iter().map(single).collect());
    }
    let edges: Vec<Vec<usize>> = walk
        .edges
        .iter()
        .map(|edges| edges.iter().map(|(to, _)| *to).collect())
        .collect();
    let returns_max = |place: usize| tasks[list.tasks[place].0].returns_max;
    let mut found = Vec::new();
    let mut unbounded = Vec::new();
    for places in components(&edges, &walk.done) {
        match component::bounded(&places, &edges, &returns_max) {
            Some(Bounded { order, back_to }) => found.push(Component {
                tasks: order.iter().map(|place| list.tasks[*place]).collect(),
                back_to: back_to.map(|(place, most)| (list.tasks[place], most)),
            }),
            None => unbounded.extend(places.iter().map(|place| list.tasks[*place])),
        }
    }
    if unbounded.is_empty() {
        return Ok(found);
    }
    let mut cycles = walk.cycles;
    cycles.retain(|cycle| cycle.tasks.iter().all(|task| unbounded.contains(task)));
    Err(cycles)
}

/// A depth-first walk over one list. Tasks go by their place in it.
struct Walk<'a> {
    list: &'a List,
    tasks: &'a [Task],
    edges: Vec<Vec<(usize, Via)>>,
    visits: Vec<Visit>,
    /// Ended, in the order they did.
    done: Vec<usize>,
    cycles: Vec<Cycle>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

impl<'a> Walk<'a> {
    fn new(list: &'a List, tasks: &'a [Task]) -> Self {
        let edges = list.tasks.iter().map(|index| {
            let ways = ways(&tasks[index.0]).into_iter();
            let within = ways.filter_map(|way| match way.to {
                Flow::To(index) => Some((list.tasks.binary_search(&index).ok()?, way.via)),
                Flow::Exit | Flow::Out(_) | Flow::End => None,
            });
            within.collect()
        });
        Self {
            list,
            tasks,
            edges: edges.collect(),
            visits: vec![Visit::New; list.tasks.len()],
            done: Vec::new(),
            cycles: Vec::new(),
        }
    }

    /// Walks from `start` without recursion: lists may be long.
    fn from(&mut self, start: usize) {
        if self.visits[start] != Visit::New {
            return;
        }
        self.visits[start] = Visit::Open;
        let mut path = vec![(start, 0)];
        while let Some((place, next)) = path.last_mut() {
            let Some((to, _)) = self.edges[*place].get(*next).copied() else {
                self.visits[*place] = Visit::Done;
                self.done.push(*place);
                path.pop();
                continue;
            };
            *next += 1;
            match self.visits[to] {
                Visit::New => {
                    self.visits[to] = Visit::Open;
                    path.push((to, 0));
                }
                Visit::Open => self.close(&path, to),
                Visit::Done => {}
            }
        }
    }

    /// Notes the cycle of the open tasks from `to` on.
    fn close(&mut self, path: &[(usize, usize)], to: usize) {
        let from = path.iter().position(|(place, _)| *place == to);
        let circle = &path[from.unwrap_or(0)..];
        // Of all its steps at least one leads backward in the text, and only a directive can.
        let step = |(place, next): &(usize, usize)| (*place, self.edges[*place][next - 1]);
        let mut backward = circle
            .iter()
            .map(step)
            .filter(|(place, (to, _))| to <= place);
        let Some((place, (_, via))) = backward.next_back() else {
            return;
        };
        let last = circle
            .iter()
            .position(|(each, _)| *each == place)
            .unwrap_or(0);
        let mut tasks: Vec<_> = circle[last + 1..]
            .iter()
            .chain(&circle[..=last])
            .map(|(place, _)| self.list.tasks[*place])
            .collect();
        tasks.extend(tasks.first().copied());
        let directive = directive(&self.tasks[self.list.tasks[place].0], via);
        if self.cycles.iter().all(|cycle| cycle.directive != directive) {
            self.cycles.push(Cycle { tasks, directive });
        }
    }
}

/// JSON pointer of the directive that a way follows.
fn directive(task: &Task, via: Via) -> String {
    let reference = &task.reference;
    match (via, &task.kind) {
        (Via::Case(place), Kind::Switch(cases)) => {
            let name = cases.get(place).map_or("", |case| &case.name);
            let name = name.replace('~', "~0").replace('/', "~1");
            format!("{reference}/switch/{place}/{name}/then")
        }
        (Via::Caught, Kind::Try(try_)) if try_.catch.then.is_some() => {
            format!("{reference}/catch/then")
        }
        _ => format!("{reference}/then"),
    }
}

//! Strongly connected components of a list, and what bounds them. Tasks go by their place.

use std::collections::{BTreeMap, BTreeSet};

/// The components, each after all that it leads to. `done` is the order in which a depth-first walk
/// along `edges` has left the tasks.
pub(super) fn components(edges: &[Vec<usize>], done: &[usize]) -> Vec<Vec<usize>> {
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, all) in edges.iter().enumerate() {
        for to in all {
            back[*to].push(from);
        }
    }
    // Kosaraju: against the edges, from what was left last, each walk finds one component.
    let mut seen = vec![false; edges.len()];
    let mut found = Vec::new();
    for start in done.iter().rev() {
        let mut component = Vec::new();
        let mut open = vec![*start];
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut seen[place], true) {
                component.push(place);
                open.extend(&back[place]);
            }
        }
        if !component.is_empty() {
            component.sort_unstable();
            found.push(component);
        }
    }
    found.reverse();
    found
}

/// A component that something bounds.
pub(super) struct Bounded {
    /// Its tasks, each after all that it leads to.
    pub order: Vec<usize>,
    /// Where it leads back to and how often, if it is circular.
    pub back_to: Option<(usize, u64)>,
}

/// Orders a component. None if nothing bounds it.
pub(super) fn bounded(
    places: &[usize],
    edges: &[Vec<usize>],
    returns_max: &impl Fn(usize) -> Option<u64>,
) -> Option<Bounded> {
    if let Some(order) = ordered(places, edges, None) {
        let back_to = None;
        return Some(Bounded { order, back_to });
    }
    let counted = places
        .iter()
        .filter_map(|place| Some((returns_max(*place)?, *place)));
    let possible = counted.filter_map(|(most, place)| {
        let order = ordered(places, edges, Some(place))?;
        Some((most, order, place))
    });
    let (most, order, place) = possible.min()?;
    let back_to = Some((place, most));
    Some(Bounded { order, back_to })
}

/// The places, each after all that it leads to among them; jumps backward to `back_to` apart.
fn ordered(places: &[usize], edges: &[Vec<usize>], back_to: Option<usize>) -> Option<Vec<usize>> {
    let within: BTreeSet<usize> = places.iter().copied().collect();
    let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut open: BTreeMap<usize, usize> = places.iter().map(|place| (*place, 0)).collect();
    for from in places {
        for to in edges[*from].iter().filter(|to| within.contains(to)) {
            let leads_back = Some(*to) == back_to && to <= from;
            if !leads_back {
                before.entry(*to).or_default().push(*from);
                *open.entry(*from).or_default() += 1;
            }
        }
    }
    let mut order: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| open[place] == 0)
        .collect();
    let mut next = 0;
    while let Some(place) = order.get(next).copied() {
        next += 1;
        for from in before.get(&place).into_iter().flatten() {
            let left = open.entry(*from).or_default();
            *left -= 1;
            if *left == 0 {
                order.push(*from);
            }
        }
    }
    (order.len() == places.len()).then_some(order)
}

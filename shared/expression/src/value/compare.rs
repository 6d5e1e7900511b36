//! jq's order: null, false, true, numbers, strings, arrays, objects.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Object, Val};
use crate::meter;

/// A total order on values. Costs nothing from the budget: whoever compares often pays first.
pub(crate) fn order(x: &Val, y: &Val) -> Ordering {
    match (x, y) {
        (Val::Num(x), Val::Num(y)) => x.order(y),
        (Val::Str(x), Val::Str(y)) => x.cmp(y),
        (Val::Arr(x), Val::Arr(y)) => {
            if Arc::ptr_eq(x, y) {
                return Ordering::Equal;
            }
            let pairs = x.items.iter().zip(&y.items);
            let first = pairs.map(|(x, y)| order(x, y)).find(|found| found.is_ne());
            first.unwrap_or_else(|| x.items.len().cmp(&y.items.len()))
        }
        (Val::Obj(x), Val::Obj(y)) => {
            if Arc::ptr_eq(x, y) {
                Ordering::Equal
            } else {
                order_objects(x, y)
            }
        }
        _ => rank(x).cmp(&rank(y)),
    }
}

/// First the sorted keys, then the values in their order.
fn order_objects(x: &Object, y: &Object) -> Ordering {
    let sorted = |object: &Object| {
        let mut keys: Vec<_> = object.entries.keys().cloned().collect();
        keys.sort_unstable();
        keys
    };
    let (keys, other_keys) = (sorted(x), sorted(y));
    keys.cmp(&other_keys).then_with(|| {
        let pairs = keys
            .iter()
            .filter_map(|key| Some((x.get(key)?, y.get(key)?)));
        pairs
            .map(|(x, y)| order(x, y))
            .find(|found| found.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null(_) => 0,
        Val::Bool(false) => 1,
        Val::Bool(true) => 2,
        Val::Num(_) => 3,
        Val::Str(_) => 4,
        Val::Arr(_) => 5,
        Val::Obj(_) => 6,
    }
}

impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        if meter::tick_bytes(self.bytes().min(other.bytes())) {
            order(self, other)
        } else {
            Ordering::Equal
        }
    }
}

#[expect(
    clippy::non_canonical_partial_ord_impl,
    reason = "not-a-number is no match for anything"
)]
impl PartialOrd for Val {
    /// What `<` and its like use: as in jq, not-a-number is less than everything, itself too.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Num(x), Self::Num(y)) if x.is_nan() && y.is_nan() => Some(Ordering::Less),
            _ => Some(self.cmp(other)),
        }
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl Eq for Val {}

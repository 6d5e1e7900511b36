//! Arrays: order, groups, sums.

use std::cmp::Ordering;

use jaq_core::Exn;
use jaq_core::box_iter::box_once;
use jaq_core::native::{bome, unary};

use super::{Named, function, not_a, plain, taking, valued};
use crate::meter;
use crate::value::{Error, Num, Val, ValR, ValX, ValXs, exhausted, order, pay_for_order};

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("add", |cv| bome(add(cv.1))),
        plain("reverse", |cv| bome(reverse(cv.1))),
        plain("sort", |cv| bome(sort(cv.1))),
        taking("sort_by", |mut cv| {
            let f = function(&mut cv.0);
            box_once(sorted(cv.1, f).and_then(|pairs| {
                Ok(Val::array(
                    pairs.into_iter().map(|(_, item)| item).collect(),
                )?)
            }))
        }),
        taking("group_by", |mut cv| {
            let f = function(&mut cv.0);
            box_once(grouped(cv.1, f).and_then(|groups| {
                let groups = groups
                    .into_iter()
                    .map(Val::array)
                    .collect::<Result<_, _>>()?;
                Ok(Val::array(groups)?)
            }))
        }),
        taking("unique_by", |mut cv| {
            let f = function(&mut cv.0);
            box_once(grouped(cv.1, f).and_then(|groups| {
                let firsts = groups
                    .into_iter()
                    .filter_map(|group| group.into_iter().next());
                Ok(Val::array(firsts.collect())?)
            }))
        }),
        taking("min_by", |mut cv| {
            let f = function(&mut cv.0);
            box_once(extreme(cv.1, f, Ordering::is_lt))
        }),
        taking("max_by", |mut cv| {
            let f = function(&mut cv.0);
            box_once(extreme(cv.1, f, Ordering::is_ge))
        }),
        valued("flatten", 1, |cv| {
            unary(cv, |value, levels| flatten(value, &levels))
        }),
        valued("indices", 1, |cv| {
            unary(cv, |value, wanted| value.indices(&wanted))
        }),
        valued("bsearch", 1, |cv| {
            unary(cv, |value, wanted| search(&value, &wanted))
        }),
    ]
}

fn into_items(value: Val) -> Result<Vec<Val>, Error> {
    match value {
        Val::Arr(array) => Ok(array.into_items()),
        Val::Obj(_) | Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {
            Err(not_a(&value, "an array"))
        }
    }
}

fn add(value: Val) -> ValR {
    match value {
        Val::Arr(array) => array
            .into_items()
            .into_iter()
            .try_fold(Val::NULL, |sum, item| sum + item),
        Val::Obj(object) => object
            .into_entries()
            .into_values()
            .try_fold(Val::NULL, |sum, item| sum + item),
        Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => Err(Error::str(format_args!(
            "Cannot iterate over {}",
            value.kind()
        ))),
    }
}

fn reverse(value: Val) -> ValR {
    match value {
        Val::Null(_) => Val::array(Vec::new()),
        Val::Str(text) => Val::text(text.chars().rev().collect::<String>()),
        Val::Arr(_) | Val::Obj(_) | Val::Bool(_) | Val::Num(_) => {
            let mut items = into_items(value)?;
            items.reverse();
            Val::array(items)
        }
    }
}

fn sort(value: Val) -> ValR {
    let mut items = into_items(value)?;
    if !pay_for_order(items.iter()) {
        return Err(exhausted());
    }
    items.sort_by(order);
    Val::array(items)
}

/// The items with all outputs of the filter as their keys, in the order of the keys.
fn sorted<'a>(
    value: Val,
    key: impl Fn(Val) -> ValXs<'a>,
) -> Result<Vec<(Vec<Val>, Val)>, Exn<'a, Val>> {
    let mut pairs = Vec::new();
    for item in into_items(value)? {
        if !meter::tick(1) {
            return Err(exhausted().into());
        }
        pairs.push((key(item.clone()).collect::<Result<Vec<_>, _>>()?, item));
    }
    if !pay_for_order(pairs.iter().flat_map(|(keys, _)| keys)) {
        return Err(exhausted().into());
    }
    pairs.sort_by(|(x, _), (y, _)| order_keys(x, y));
    Ok(pairs)
}

fn grouped<'a>(value: Val, key: impl Fn(Val) -> ValXs<'a>) -> Result<Vec<Vec<Val>>, Exn<'a, Val>> {
    let mut groups: Vec<Vec<Val>> = Vec::new();
    let mut last: Option<Vec<Val>> = None;
    for (keys, item) in sorted(value, key)? {
        match (&last, groups.last_mut()) {
            (Some(known), Some(group)) if order_keys(known, &keys).is_eq() => group.push(item),
            _ => {
                groups.push(vec![item]);
                last = Some(keys);
            }
        }
    }
    Ok(groups)
}

fn extreme<'a>(
    value: Val,
    key: impl Fn(Val) -> ValXs<'a>,
    replaces: fn(Ordering) -> bool,
) -> ValX<'a> {
    let mut best: Option<(Vec<Val>, Val)> = None;
    for item in into_items(value)? {
        let keys = key(item.clone()).collect::<Result<Vec<_>, _>>()?;
        if !pay_for_order(keys.iter()) {
            return Err(exhausted().into());
        }
        match &best {
            Some((known, _)) if !replaces(order_keys(&keys, known)) => {}
            _ => best = Some((keys, item)),
        }
    }
    Ok(best.map_or(Val::NULL, |(_, item)| item))
}

fn order_keys(x: &[Val], y: &[Val]) -> Ordering {
    let mut pairs = x.iter().zip(y).map(|(x, y)| order(x, y));
    pairs
        .find(|found| found.is_ne())
        .unwrap_or_else(|| x.len().cmp(&y.len()))
}

fn flatten(value: Val, levels: &Val) -> ValR {
    let levels = levels.as_num().and_then(Num::floor);
    let levels = levels.ok_or_else(|| Error::str("flatten depth must be a number"))?;
    if levels < 0 {
        return Err(Error::str("flatten depth must not be negative"));
    }
    let items = match value {
        Val::Obj(object) => object.into_entries().into_values().collect(),
        Val::Arr(_) | Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => into_items(value)?,
    };
    let mut flat = Vec::new();
    flatten_into(items, levels, &mut flat)?;
    Val::array(flat)
}

fn flatten_into(items: Vec<Val>, levels: i128, flat: &mut Vec<Val>) -> Result<(), Error> {
    for item in items {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match item {
            Val::Arr(array) if levels > 0 => flatten_into(array.into_items(), levels - 1, flat)?,
            Val::Arr(_) | Val::Obj(_) | Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {
                flat.push(item);
            }
        }
    }
    Ok(())
}

/// The position of a value in a sorted array, or `-1 - where it belongs`.
fn search(value: &Val, wanted: &Val) -> ValR {
    let items = value.as_items().ok_or_else(|| not_a(value, "an array"))?;
    let rounds = u64::from(items.len().max(1).ilog2()) + 1;
    if !meter::tick(rounds.saturating_mul(1 + wanted.bytes() as u64 / 64)) {
        return Err(exhausted());
    }
    match items.binary_search_by(|item| order(item, wanted)) {
        Ok(at) => Ok(Val::int(at)),
        Err(at) => Val::int(at + 1) * Val::from(-1_isize),
    }
}

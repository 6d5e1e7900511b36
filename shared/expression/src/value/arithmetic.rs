//! `+ - * / %` and negation.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::sync::Arc;

use super::{Array, Error, Num, Object, Val, ValR, exhausted, order};
use crate::meter;

impl Add for Val {
    type Output = ValR;

    fn add(self, other: Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, other) {
            (Self::Null(_), value) | (value, Self::Null(_)) => Ok(value),
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.add(&y))),
            (Self::Str(x), Self::Str(y)) => concat(x, &y),
            (Self::Arr(x), Self::Arr(y)) => append(x, &y),
            (Self::Obj(x), Self::Obj(y)) => {
                let mut object = x.own();
                for (key, value) in &y.entries {
                    object.insert(key.clone(), value.clone());
                }
                if !meter::tick(y.entries.len() as u64) {
                    return Err(exhausted());
                }
                object.admitted()
            }
            (x, y) => Err(misfit(&x, &y, "added")),
        }
    }
}

impl Sub for Val {
    type Output = ValR;

    fn sub(self, other: Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.sub(&y))),
            (Self::Arr(x), Self::Arr(y)) => {
                let mut removed: Vec<&Self> = y.items.iter().collect();
                if !pay_for_order(removed.iter().copied().chain(&x.items)) {
                    return Err(exhausted());
                }
                removed.sort_by(|a, b| order(a, b));
                let kept = |item: &Self| removed.binary_search_by(|a| order(a, item)).is_err();
                let items = x.into_items();
                Self::array(items.into_iter().filter(kept).collect())
            }
            (x, y) => Err(misfit(&x, &y, "subtracted")),
        }
    }
}

impl Mul for Val {
    type Output = ValR;

    fn mul(self, other: Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.mul(&y))),
            (Self::Str(text), Self::Num(times)) | (Self::Num(times), Self::Str(text)) => {
                repeat(&text, &times)
            }
            (Self::Obj(x), Self::Obj(y)) => merge(x, &y),
            (x, y) => Err(misfit(&x, &y, "multiplied")),
        }
    }
}

impl Div for Val {
    type Output = ValR;

    fn div(self, other: Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => x.div(&y).map(Self::Num),
            (Self::Str(text), Self::Str(separator)) => split(&text, &separator),
            (x, y) => Err(misfit(&x, &y, "divided")),
        }
    }
}

impl Rem for Val {
    type Output = ValR;

    fn rem(self, other: Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => x.rem(&y).map(Self::Num),
            (x, y) => Err(misfit(&x, &y, "divided (remainder)")),
        }
    }
}

impl Neg for Val {
    type Output = ValR;

    fn neg(self) -> ValR {
        match &self {
            Self::Num(number) => Ok(Self::Num(number.neg())),
            Self::Null(_) | Self::Bool(_) | Self::Str(_) | Self::Arr(_) | Self::Obj(_) => Err(
                Error::new(Self::string(format!("{} cannot be negated", self.kind()))),
            ),
        }
    }
}

/// Pays for sorting these values, or searching them in sorted ones; false if that is too much.
pub(crate) fn pay_for_order<'v>(values: impl Iterator<Item = &'v Val>) -> bool {
    let (count, bytes) = values.fold((0_u64, 0_u64), |(count, bytes), value| {
        (count + 1, bytes.saturating_add(value.bytes() as u64))
    });
    let rounds = u64::from(count.max(1).ilog2()) + 1;
    // Eight comparisons take the time of one step.
    meter::tick(1 + count.saturating_add(bytes / 64).saturating_mul(rounds) / 8)
}

fn concat(mut left: Arc<String>, right: &str) -> ValR {
    let length = left.len() + right.len();
    // Only what is really copied is paid for, so that building up a string is linear.
    let copied = if Arc::get_mut(&mut left).is_some() {
        right.len()
    } else {
        length
    };
    if !(meter::tick_bytes(copied) && meter::admits(length, 0)) {
        return Err(exhausted());
    }
    match Arc::get_mut(&mut left) {
        Some(text) => {
            text.push_str(right);
            Ok(Val::Str(left))
        }
        None => Ok(Val::string([left.as_str(), right].concat())),
    }
}

fn append(left: Arc<Array>, right: &Array) -> ValR {
    let mut array = left.own();
    if !meter::tick(1 + right.items.len() as u64 / 8)
        || !meter::admits(array.bytes + right.bytes, array.depth.max(right.depth))
    {
        return Err(exhausted());
    }
    array.items.extend_from_slice(&right.items);
    array.bytes += right.bytes - super::FRAME_BYTES;
    array.depth = array.depth.max(right.depth);
    Ok(Val::Arr(Arc::new(array)))
}

/// jq 1.8: less than zero times is null, part of a time is none.
fn repeat(text: &str, times: &Num) -> ValR {
    let count = match times.floor() {
        Some(count) if times.order(&Num::Int(0)) != Ordering::Less => count,
        Some(_) | None => return Ok(Val::NULL),
    };
    let length = usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(text.len()))
        .unwrap_or(usize::MAX);
    if text.is_empty() || length == 0 {
        return Ok(Val::string(""));
    }
    if !(meter::admits(length, 0) && meter::tick_bytes(length)) {
        return Err(exhausted());
    }
    Ok(Val::string(text.repeat(length / text.len())))
}

fn merge(left: Arc<Object>, right: &Object) -> ValR {
    let mut object = left.own();
    for (key, value) in &right.entries {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        let value = match (object.entries.get_mut(key), value) {
            (Some(Val::Obj(x)), Val::Obj(y)) => merge(Arc::clone(x), y)?,
            _ => value.clone(),
        };
        object.insert(key.clone(), value);
    }
    object.admitted()
}

/// `text / separator`, also known as `split`.
pub(crate) fn split(text: &str, separator: &str) -> ValR {
    let parts = text.matches(separator).count();
    if !meter::tick_bytes(text.len()) || !meter::tick(parts as u64) {
        return Err(exhausted());
    }
    let items = if text.is_empty() {
        Vec::new()
    } else if separator.is_empty() {
        text.chars().map(Val::string).collect()
    } else {
        text.split(separator).map(Val::string).collect()
    };
    Val::array(items)
}

fn misfit(x: &Val, y: &Val, what: &str) -> Error {
    Error::new(Val::string(format!(
        "{} and {} cannot be {what}",
        x.kind(),
        y.kind()
    )))
}

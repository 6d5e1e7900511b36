//! Reading parts of values, and replacing them.

use std::ops::Range;
use std::sync::Arc;

use super::{Array, Error, Key, Num, Object, Val, ValR, exhausted, order};
use crate::meter::{self, DEPTH_MAX, Stop};

impl Val {
    /// `.[key]`: null where there is nothing.
    pub(crate) fn at(&self, key: &Self) -> ValR {
        if !meter::tick(1) {
            return Err(exhausted());
        }
        match (self, key) {
            (Self::Null(steps), Self::Str(_) | Self::Num(_) | Self::Obj(_) | Self::Null(_)) => {
                below_null(*steps)
            }
            (Self::Obj(object), Self::Str(key)) => {
                Ok(object.get(key).cloned().unwrap_or(Self::Null(1)))
            }
            (Self::Arr(array), Self::Num(index)) => {
                let item = index
                    .floor()
                    .and_then(|index| position(index, array.items.len()));
                Ok(item.map_or(Self::Null(1), |index| array.items[index].clone()))
            }
            (Self::Arr(_), Self::Arr(_)) => self.indices(key),
            (Self::Arr(_) | Self::Str(_), Self::Obj(bounds)) => {
                self.slice(bounds.get("start"), bounds.get("end"))
            }
            _ => Err(no_index(self, key)),
        }
    }

    /// `.[from:upto]`, of arrays by items and of strings by characters.
    pub(crate) fn slice(&self, from: Option<&Self>, upto: Option<&Self>) -> ValR {
        match self {
            Self::Null(steps) => below_null(*steps),
            Self::Arr(array) => {
                let range = bounds(from, upto, array.items.len())?;
                Self::array(array.items[range].to_vec())
            }
            Self::Str(text) => {
                if !meter::tick_bytes(text.len()) {
                    return Err(exhausted());
                }
                let range = bounds(from, upto, text.chars().count())?;
                let mut starts = text.char_indices().map(|(start, _)| start);
                let start = starts.nth(range.start).unwrap_or(text.len());
                let taken = range.end.saturating_sub(range.start);
                let rest = &text[start..];
                let end = rest
                    .char_indices()
                    .nth(taken)
                    .map_or(rest.len(), |(end, _)| end);
                Ok(Self::string(&rest[..end]))
            }
            Self::Bool(_) | Self::Num(_) | Self::Obj(_) => Err(Error::str(format_args!(
                "Cannot index {} with object",
                self.kind()
            ))),
        }
    }

    /// Whether `.[key]` exists.
    pub(crate) fn has(&self, key: &Self) -> Result<bool, Error> {
        match (self, key) {
            (Self::Null(_), Self::Str(_) | Self::Num(_)) => Ok(false),
            (Self::Obj(object), Self::Str(key)) => Ok(object.get(key).is_some()),
            (Self::Arr(array), Self::Num(index)) => Ok(index
                .floor()
                .and_then(|index| usize::try_from(index).ok())
                .is_some_and(|index| index < array.items.len())),
            _ => Err(Error::str(format_args!(
                "Cannot check whether {} has a {} key",
                self.kind(),
                key.kind()
            ))),
        }
    }

    /// Where the other value occurs in this one: strings by character, arrays by run or item.
    pub(crate) fn indices(&self, wanted: &Self) -> ValR {
        if !meter::tick_bytes(self.bytes()) {
            return Err(exhausted());
        }
        let found: Vec<usize> = match (self, wanted) {
            (Self::Null(_), _) => return Ok(Self::NULL),
            (Self::Str(text), Self::Str(wanted)) => occurrences(text, wanted),
            (Self::Arr(_), Self::Arr(wanted)) if wanted.items.is_empty() => {
                return Ok(Self::NULL);
            }
            (Self::Arr(array), Self::Arr(wanted)) => {
                let windows = array.items.windows(wanted.items.len());
                if !meter::tick((windows.len() as u64).saturating_mul(1 + wanted.bytes as u64 / 64))
                {
                    return Err(exhausted());
                }
                let equal = |window: &[Self]| {
                    window
                        .iter()
                        .zip(&wanted.items)
                        .all(|(x, y)| order(x, y).is_eq())
                };
                windows
                    .enumerate()
                    .filter(|(_, window)| equal(window))
                    .map(|(at, _)| at)
                    .collect()
            }
            (Self::Arr(array), item) => {
                let items = array.items.iter().enumerate();
                items
                    .filter(|(_, other)| order(other, item).is_eq())
                    .map(|(at, _)| at)
                    .collect()
            }
            (value, key) => return Err(no_index(value, key)),
        };
        Self::array(found.into_iter().map(Self::int).collect())
    }

    /// Keys and values: of an array with its positions.
    pub(crate) fn pairs(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::Arr(array) => {
                let items = array.items.iter().enumerate();
                Some(
                    items
                        .map(|(index, item)| (Self::int(index), item.clone()))
                        .collect(),
                )
            }
            Self::Obj(object) => {
                let entries = object.entries.iter();
                Some(
                    entries
                        .map(|(key, item)| (key.to_val(), item.clone()))
                        .collect(),
                )
            }
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) => None,
        }
    }

    /// Replaces what is at `.[key]` by what `change` makes of it; null becomes an array or object
    /// as the key needs. `None` from `change` leaves null in its place, for the caller to remove;
    /// what is changed is taken out meanwhile, so that it is not shared and can change in place.
    pub(crate) fn change<E: From<Error>>(
        self,
        key: &Self,
        change: impl FnOnce(Self) -> Result<Option<Self>, E>,
    ) -> Result<Self, E> {
        if !meter::tick(1) {
            return Err(exhausted().into());
        }
        match (self, key) {
            (Self::Null(steps), Self::Str(key)) => Ok(match change(below_null(steps)?)? {
                Some(value) => {
                    let mut object = Object::empty();
                    object.insert(Key::from(key), value);
                    object.admitted()?
                }
                None => Self::Null(steps),
            }),
            (Self::Obj(object), Self::Str(key)) => change_entry(object, key, change),
            (Self::Null(steps), Self::Num(index)) => Ok(match change(below_null(steps)?)? {
                Some(value) => put(Array::new(Vec::new()), index, value)?,
                None => Self::Null(steps),
            }),
            (Self::Arr(array), Self::Num(index)) => change_item(array, index, change),
            (value @ (Self::Null(_) | Self::Arr(_)), Self::Obj(range)) => {
                let (start, end) = (range.get("start"), range.get("end"));
                let Some(part) = change(value.slice(start, end)?)? else {
                    return Ok(value);
                };
                Ok(value.splice(start, end, &part)?)
            }
            (value, key) => Err(no_index(&value, key).into()),
        }
    }

    fn splice(self, from: Option<&Self>, upto: Option<&Self>, part: &Self) -> ValR {
        let mut items = match self {
            Self::Arr(array) => array.into_items(),
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) | Self::Obj(_) => {
                Vec::new()
            }
        };
        let range = bounds(from, upto, items.len())?;
        let Some(part) = part.as_items() else {
            return Err(Error::str(
                "A slice of an array can only be assigned another array",
            ));
        };
        if !meter::tick(1 + part.len() as u64) {
            return Err(exhausted());
        }
        items.splice(range, part.iter().cloned());
        Self::array(items)
    }

    /// Removes what is at `.[key]`, if there is something.
    pub(crate) fn without(self, key: &Self) -> ValR {
        match (self, key) {
            (value @ Self::Null(_), _) => Ok(value),
            (Self::Obj(object), Self::Str(key)) => {
                let mut object = object.own();
                if let Some(old) = object.entries.shift_remove(key.as_str()) {
                    object.bytes -= super::entry_bytes(key, &old);
                    meter::tick(1 + object.entries.len() as u64 / 8);
                }
                object.admitted()
            }
            (Self::Arr(array), Self::Num(index)) => {
                let mut array = array.own();
                let found = index
                    .floor()
                    .and_then(|index| position(index, array.items.len()));
                if let Some(index) = found {
                    let old = array.items.remove(index);
                    array.bytes -= old.bytes() + super::ITEM_BYTES;
                    meter::tick((array.items.len() - index) as u64 / 64);
                }
                // Not `admitted`, which would pay for all items each time.
                Ok(Self::Arr(Arc::new(array)))
            }
            (value @ Self::Arr(_), Self::Obj(range)) => {
                let empty = Self::Arr(Arc::new(Array::new(Vec::new())));
                value.splice(range.get("start"), range.get("end"), &empty)
            }
            (value, key) => Err(Error::str(format_args!(
                "Cannot delete {} key of {}",
                key.kind(),
                value.kind()
            ))),
        }
    }
}

fn change_entry<E: From<Error>>(
    object: Arc<Object>,
    key: &Arc<String>,
    change: impl FnOnce(Val) -> Result<Option<Val>, E>,
) -> Result<Val, E> {
    let mut object = object.own();
    let old = match object.entries.get_mut(key.as_str()) {
        Some(slot) => {
            let old = std::mem::replace(slot, Val::NULL);
            object.bytes = object.bytes + Val::NULL.bytes() - old.bytes();
            old
        }
        None => Val::Null(1),
    };
    if let Some(value) = change(old)? {
        object.insert(Key::from(key), value);
    }
    Ok(object.admitted()?)
}

fn change_item<E: From<Error>>(
    array: Arc<Array>,
    index: &Num,
    change: impl FnOnce(Val) -> Result<Option<Val>, E>,
) -> Result<Val, E> {
    let mut array = array.own();
    let found = index
        .floor()
        .and_then(|index| position(index, array.items.len()));
    let Some(found) = found else {
        return Ok(match change(Val::Null(1))? {
            Some(value) => put(array, index, value)?,
            None => Val::Arr(Arc::new(array)),
        });
    };
    let old = std::mem::replace(&mut array.items[found], Val::NULL);
    array.bytes = array.bytes + Val::NULL.bytes() - old.bytes();
    if let Some(value) = change(old)? {
        array.bytes = array.bytes + value.bytes() - Val::NULL.bytes();
        array.depth = array.depth.max(value.depth() + 1);
        array.items[found] = value;
    }
    // Not `admitted`, which would pay for all items each time.
    if !meter::admits(array.bytes, array.depth) {
        return Err(exhausted().into());
    }
    Ok(Val::Arr(Arc::new(array)))
}

/// Sets an item behind the end, filling the gap with nulls.
fn put(array: Array, index: &Num, value: Val) -> ValR {
    let Some(index) = index.floor() else {
        return Err(Error::str("Cannot set array element at NaN index"));
    };
    let Ok(index) = usize::try_from(index) else {
        return Err(Error::str("Out of bounds negative array index"));
    };
    let gap = index.saturating_sub(array.items.len());
    let bytes = gap
        .saturating_mul(Val::NULL.bytes())
        .saturating_add(array.bytes);
    if !(meter::admits(bytes, array.depth) && meter::tick(1 + gap as u64 / 8)) {
        return Err(exhausted());
    }
    let mut items = array.items;
    items.resize(index, Val::NULL);
    items.push(value);
    Val::array(items)
}

/// Null below null, counted: see [`Val::Null`].
fn below_null(steps: u8) -> ValR {
    if usize::from(steps) < DEPTH_MAX {
        Ok(Val::Null(steps + 1))
    } else {
        meter::stop(Stop::Depth);
        Err(exhausted())
    }
}

/// An index that may count from the end, if it is within the length.
fn position(index: i128, length: usize) -> Option<usize> {
    let index = if index < 0 {
        index.checked_add(length as i128)?
    } else {
        index
    };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// The range that a slice selects, clipped to the length.
fn bounds(from: Option<&Val>, upto: Option<&Val>, length: usize) -> Result<Range<usize>, Error> {
    let clip = |bound: Option<&Val>, default: usize, up: bool| match bound {
        None | Some(Val::Null(_)) => Ok(default),
        Some(Val::Num(number)) => {
            let whole = number.floor().unwrap_or(0);
            let whole = if up && number.as_i128().is_none() {
                whole + 1
            } else {
                whole
            };
            let whole = if whole < 0 {
                whole.saturating_add(length as i128)
            } else {
                whole
            };
            Ok(usize::try_from(whole.max(0)).map_or(length, |whole| whole.min(length)))
        }
        Some(Val::Bool(_) | Val::Str(_) | Val::Arr(_) | Val::Obj(_)) => Err(Error::str(
            "Start and end indices of an array slice must be numbers",
        )),
    };
    let start = clip(from, 0, false)?;
    let end = clip(upto, length, true)?;
    Ok(start..end.max(start))
}

fn occurrences(text: &str, wanted: &str) -> Vec<usize> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let (mut found, mut characters, mut counted) = (Vec::new(), 0, 0);
    let mut from = 0;
    // Occurrences may overlap, so the search goes on one character further each time.
    while let Some(at) = text[from..].find(wanted).map(|at| from + at) {
        // Each search prepares and compares all of what is wanted.
        if !meter::tick_bytes(wanted.len().saturating_mul(4)) {
            break;
        }
        characters += text[counted..at].chars().count();
        counted = at;
        found.push(characters);
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

fn no_index(value: &Val, key: &Val) -> Error {
    match key {
        Val::Str(key) if key.len() <= 64 => {
            Error::str(format_args!("Cannot index {} with \"{key}\"", value.kind()))
        }
        Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Arr(_) | Val::Obj(_) => {
            Error::str(format_args!(
                "Cannot index {} with {}",
                value.kind(),
                key.kind()
            ))
        }
    }
}

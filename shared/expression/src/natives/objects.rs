//! Objects: keys and entries.

use jaq_core::native::bome;

use super::{Named, plain};
use crate::meter;
use crate::value::{Error, Key, Object, Val, ValR, exhausted, to_text};

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("keys", |cv| bome(keys(&cv.1, true))),
        plain("keys_unsorted", |cv| bome(keys(&cv.1, false))),
        plain("to_entries", |cv| bome(to_entries(&cv.1))),
        plain("from_entries", |cv| bome(from_entries(&cv.1))),
    ]
}

fn keys(value: &Val, sorted: bool) -> ValR {
    match value {
        Val::Arr(array) => Val::array((0..array.items().len()).map(Val::int).collect()),
        Val::Obj(object) => {
            let mut keys: Vec<&Key> = object.entries().keys().collect();
            if !meter::tick(1 + keys.len() as u64) {
                return Err(exhausted());
            }
            if sorted {
                keys.sort_unstable();
            }
            Val::array(keys.into_iter().map(Key::to_val).collect())
        }
        Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {
            Err(Error::str(format_args!("{} has no keys", value.kind())))
        }
    }
}

fn to_entries(value: &Val) -> ValR {
    let Val::Obj(object) = value else {
        return Err(Error::str(format_args!("{} has no keys", value.kind())));
    };
    let mut items = Vec::new();
    for (key, value) in object.entries() {
        if !meter::tick(2) {
            return Err(exhausted());
        }
        let mut entry = Object::empty();
        entry.insert(Key::from("key"), key.to_val());
        entry.insert(Key::from("value"), value.clone());
        items.push(entry.admitted()?);
    }
    Val::array(items)
}

/// Takes entries `{key, value}`, with jq's other names for them.
fn from_entries(value: &Val) -> ValR {
    const KEYS: [&str; 6] = ["key", "k", "name", "Name", "Key", "K"];
    const VALUES: [&str; 4] = ["value", "v", "Value", "V"];
    let entries = match value {
        Val::Arr(array) => array.items().to_vec(),
        Val::Obj(object) => object.entries().values().cloned().collect(),
        Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {
            return Err(Error::str(format_args!(
                "Cannot iterate over {}",
                value.kind()
            )));
        }
    };
    let mut built = Object::empty();
    for entry in entries {
        if !meter::tick(2) {
            return Err(exhausted());
        }
        let Val::Obj(entry) = &entry else {
            return Err(Error::str(format_args!(
                "Cannot index {} with \"key\"",
                entry.kind()
            )));
        };
        let present = |name: &&str| {
            entry
                .get(name)
                .is_some_and(|key| !matches!(key, Val::Null(_)))
        };
        let key = match KEYS
            .iter()
            .find(|name| present(name))
            .and_then(|name| entry.get(name))
        {
            Some(Val::Str(key)) => Key::from(key),
            Some(scalar @ (Val::Bool(_) | Val::Num(_))) => Key::from(to_text(scalar).as_str()),
            Some(Val::Arr(_) | Val::Obj(_) | Val::Null(_)) | None => {
                return Err(Error::str("Cannot use null as object key"));
            }
        };
        let found = VALUES.iter().find_map(|name| entry.get(name));
        built.insert(key, found.cloned().unwrap_or(Val::NULL));
    }
    built.admitted()
}

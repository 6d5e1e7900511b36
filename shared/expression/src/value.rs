//! The values that jq programs handle.
//!
//! A type of our own rather than jaq's, because it has to carry the bounds: every array and
//! object knows its size and depth, so that no program can build a value that is too large to
//! print, too deep to drop or (by sharing) exponentially larger than the memory it takes. It also
//! gives jq's semantics where jaq's differ: assignment through null, strings that are always
//! Unicode, division by zero as an error.

mod access;
mod arithmetic;
mod compare;
mod json;
mod key;
mod number;
mod runtime;
mod text;

use std::sync::Arc;

use indexmap::IndexMap;

pub(crate) use arithmetic::pay_for_order;
pub(crate) use compare::order;
pub(crate) use json::{from_json, to_json};
pub(crate) use key::Key;
pub(crate) use number::Num;
pub(crate) use text::to_text;

use crate::meter;

pub(crate) type Error = jaq_core::Error<Val>;
pub(crate) type ValR = Result<Val, Error>;
pub(crate) type ValX<'a> = jaq_core::ValX<'a, Val>;
pub(crate) type ValXs<'a> = jaq_core::ValXs<'a, Val>;

/// One value. Arrays, objects and strings are shared until they are changed.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    /// Null, and how many steps below the last existing value it was found: `null | .a.b` is two
    /// below. That bounds paths into nothing, which no value's depth bounds.
    Null(u8),
    Bool(bool),
    Num(Num),
    Str(Arc<String>),
    Arr(Arc<Array>),
    Obj(Arc<Object>),
}

/// An array, with the size and depth of the tree it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    items: Vec<Val>,
    bytes: usize,
    depth: usize,
}

/// An object, in order of insertion, with the size and depth of the tree it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    entries: Entries,
    bytes: usize,
    depth: usize,
}

/// An object's entries, in order of insertion. How they are hashed can't be seen.
pub(crate) type Entries = IndexMap<Key, Val, foldhash::fast::RandomState>;

/// Bytes of one array item or object entry beside the value (and key) itself.
const ITEM_BYTES: usize = 1;
const ENTRY_BYTES: usize = 4;
const FRAME_BYTES: usize = 2;

impl Val {
    pub(crate) const NULL: Self = Self::Null(0);

    pub(crate) fn string(text: impl Into<String>) -> Self {
        Self::Str(Arc::new(text.into()))
    }

    /// A string that a program builds.
    ///
    /// # Errors
    /// It is too large, and the evaluation has been stopped.
    pub(crate) fn text(text: impl Into<String>) -> ValR {
        let text = text.into();
        if meter::tick_bytes(text.len()) && meter::admits(text.len(), 0) {
            Ok(Self::string(text))
        } else {
            Err(exhausted())
        }
    }

    /// An array that a program builds.
    ///
    /// # Errors
    /// It is too large or too deep, and the evaluation has been stopped.
    pub(crate) fn array(items: Vec<Self>) -> ValR {
        Array::new(items).admitted()
    }

    /// Estimated size as JSON text, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null(_) => 4,
            Self::Bool(_) => 5,
            Self::Num(_) => 8,
            Self::Str(text) => text.len() + FRAME_BYTES,
            Self::Arr(array) => array.bytes,
            Self::Obj(object) => object.bytes,
        }
    }

    /// Levels of arrays and objects.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) => 0,
            Self::Arr(array) => array.depth,
            Self::Obj(object) => object.depth,
        }
    }

    /// jq's name for the type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null(_) => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    /// False for null and false.
    pub(crate) fn truthy(&self) -> bool {
        !matches!(self, Self::Null(_) | Self::Bool(false))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Arr(_) | Self::Obj(_) => None,
        }
    }

    pub(crate) fn as_num(&self) -> Option<&Num> {
        match self {
            Self::Num(number) => Some(number),
            Self::Null(_) | Self::Bool(_) | Self::Str(_) | Self::Arr(_) | Self::Obj(_) => None,
        }
    }

    pub(crate) fn as_items(&self) -> Option<&[Self]> {
        match self {
            Self::Arr(array) => Some(&array.items),
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) | Self::Obj(_) => None,
        }
    }

    pub(crate) fn int(int: usize) -> Self {
        Self::Num(Num::from_i128(int as i128))
    }
}

impl Array {
    pub(crate) fn new(items: Vec<Val>) -> Self {
        let bytes = items
            .iter()
            .map(|item| item.bytes() + ITEM_BYTES)
            .sum::<usize>();
        let depth = items.iter().map(Val::depth).max().unwrap_or(0);
        Self {
            items,
            bytes: bytes + FRAME_BYTES,
            depth: depth + 1,
        }
    }

    pub(crate) fn items(&self) -> &[Val] {
        &self.items
    }

    /// The items, copied only if they are shared.
    pub(crate) fn into_items(self: Arc<Self>) -> Vec<Val> {
        Self::own(self).items
    }

    fn own(self: Arc<Self>) -> Self {
        Arc::try_unwrap(self).unwrap_or_else(|shared| {
            meter::tick(1 + shared.items.len() as u64 / 8);
            (*shared).clone()
        })
    }

    fn admitted(self) -> ValR {
        // Eight items are moved in the time of one step.
        let paid = meter::tick(1 + self.items.len() as u64 / 8);
        if paid && meter::admits(self.bytes, self.depth) {
            Ok(Val::Arr(Arc::new(self)))
        } else {
            Err(exhausted())
        }
    }
}

impl Object {
    pub(crate) fn empty() -> Self {
        Self::new(Entries::default())
    }

    pub(crate) fn new(entries: Entries) -> Self {
        let bytes = entries
            .iter()
            .map(|(key, value)| entry_bytes(key, value))
            .sum::<usize>();
        let depth = entries.values().map(Val::depth).max().unwrap_or(0);
        Self {
            entries,
            bytes: bytes + FRAME_BYTES,
            depth: depth + 1,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Val> {
        self.entries.get(key)
    }

    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    pub(crate) fn into_entries(self: Arc<Self>) -> Entries {
        Self::own(self).entries
    }

    /// Adds or replaces an entry.
    pub(crate) fn insert(&mut self, key: Key, value: Val) {
        self.bytes += entry_bytes(&key, &value);
        // An upper bound once something deep was replaced, which is all that is needed.
        self.depth = self.depth.max(value.depth() + 1);
        let key_len = key.len();
        if let Some(old) = self.entries.insert(key, value) {
            self.bytes -= key_len + ENTRY_BYTES + old.bytes();
        }
    }

    fn own(self: Arc<Self>) -> Self {
        Arc::try_unwrap(self).unwrap_or_else(|shared| {
            meter::tick(1 + shared.entries.len() as u64);
            (*shared).clone()
        })
    }

    pub(crate) fn admitted(self) -> ValR {
        if meter::tick(1) && meter::admits(self.bytes, self.depth) {
            Ok(Val::Obj(Arc::new(self)))
        } else {
            Err(exhausted())
        }
    }
}

fn entry_bytes(key: &str, value: &Val) -> usize {
    key.len() + ENTRY_BYTES + value.bytes()
}

/// What every operation answers once the evaluation is stopped. Programs may catch it, to no
/// avail: the meter remembers.
pub(crate) fn exhausted() -> Error {
    Error::new(Val::NULL)
}

//! What jaq asks of a value type.

use std::fmt;
use std::sync::Arc;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::{Exn, val};

use super::{Array, Error, Key, Num, Object, Val, ValR, ValX, exhausted, to_text};
use crate::meter;

impl jaq_core::ValT for Val {
    fn from_num(text: &str) -> ValR {
        let number = Num::parse(text);
        number
            .map(Self::Num)
            .ok_or_else(|| Error::str(format_args!("bad number {text}")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValR {
        let mut object = Object::empty();
        for (key, value) in entries {
            let Self::Str(key) = key else {
                return Err(Error::str(format_args!(
                    "Cannot use {} as object key",
                    key.kind()
                )));
            };
            object.insert(Key::from(key), value);
        }
        object.admitted()
    }

    fn key_values(self) -> BoxIter<'static, Result<(Self, Self), Error>> {
        match self.pairs() {
            Some(pairs) => Box::new(Paid::new(pairs.into_iter())),
            None => box_once(Err(not_iterable(&self))),
        }
    }

    fn values(self) -> BoxIter<'static, ValR> {
        match self {
            Self::Arr(array) => Box::new(Paid::new(array.into_items().into_iter())),
            Self::Obj(object) => Box::new(Paid::new(object.into_entries().into_values())),
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) => {
                box_once(Err(not_iterable(&self)))
            }
        }
    }

    fn index(self, index: &Self) -> ValR {
        self.at(index)
    }

    fn range(self, range: val::Range<&Self>) -> ValR {
        self.slice(range.start, range.end)
    }

    // Assignments are rewritten to calls of `_modify` and `_assign` before jaq sees them, so the
    // three following are never called.

    fn map_values<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        Err(Exn::from(Error::path_expr(self)))
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        _: &Self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        Err(Exn::from(Error::path_expr(self)))
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        _: val::Range<&Self>,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        Err(Exn::from(Error::path_expr(self)))
    }

    fn as_bool(&self) -> bool {
        self.truthy()
    }

    fn into_string(self) -> Self {
        match self {
            Self::Str(_) => self,
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Arr(_) | Self::Obj(_) => {
                if meter::tick_bytes(self.bytes()) {
                    Self::text(to_text(&self)).unwrap_or(Self::NULL)
                } else {
                    Self::NULL
                }
            }
        }
    }
}

impl jaq_std::ValT for Val {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Self::Arr(array) => Ok(array.into_items().into_iter().collect()),
            Self::Null(_) | Self::Bool(_) | Self::Num(_) | Self::Str(_) | Self::Obj(_) => Err(self),
        }
    }

    fn is_int(&self) -> bool {
        self.as_num()
            .is_some_and(|number| number.as_i128().is_some())
    }

    fn as_isize(&self) -> Option<isize> {
        self.as_num()
            .and_then(Num::as_i128)
            .and_then(|int| int.try_into().ok())
    }

    fn as_f64(&self) -> Option<f64> {
        self.as_num().map(Num::as_f64)
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Self::Str(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        self.as_str().map(str::as_bytes)
    }

    fn as_sub_str(&self, sub: &[u8]) -> Self {
        Self::from_utf8_bytes(sub.to_vec())
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::text(String::from_utf8_lossy(bytes.as_ref())).unwrap_or(Self::NULL)
    }
}

/// Takes a step per item, and ends with an error when there is none left.
struct Paid<I> {
    items: I,
    open: bool,
}

impl<I> Paid<I> {
    fn new(items: I) -> Self {
        Self { items, open: true }
    }
}

impl<I: Iterator> Iterator for Paid<I> {
    type Item = Result<I::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.open {
            return None;
        }
        let item = self.items.next()?;
        self.open = meter::tick(1);
        Some(if self.open {
            Ok(item)
        } else {
            Err(exhausted())
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.open {
            self.items.size_hint()
        } else {
            (0, Some(0))
        }
    }
}

impl From<bool> for Val {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<isize> for Val {
    fn from(int: isize) -> Self {
        Self::Num(Num::from_i128(int as i128))
    }
}

impl From<usize> for Val {
    fn from(int: usize) -> Self {
        Self::int(int)
    }
}

impl From<f64> for Val {
    fn from(float: f64) -> Self {
        Self::Num(Num::from_f64(float))
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<val::Range<Self>> for Val {
    /// How a slice appears in a path.
    fn from(range: val::Range<Self>) -> Self {
        let mut object = Object::empty();
        object.insert(Key::from("start"), range.start.unwrap_or(Self::NULL));
        object.insert(Key::from("end"), range.end.unwrap_or(Self::NULL));
        Self::Obj(Arc::new(object))
    }
}

impl FromIterator<Self> for Val {
    /// An array; null if it must not be built, in which case the evaluation has been stopped.
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Array::new(items.into_iter().collect())
            .admitted()
            .unwrap_or(Self::NULL)
    }
}

impl fmt::Display for Val {
    /// Only jaq's own error messages print values this way. They show types and no content:
    /// errors are stored and traced, and the content may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

fn not_iterable(value: &Val) -> Error {
    Error::str(format_args!("Cannot iterate over {}", value.kind()))
}

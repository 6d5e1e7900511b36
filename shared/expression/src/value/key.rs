//! Keys of objects.

use std::borrow::Borrow;
use std::ops::Deref;
use std::sync::Arc;

use super::Val;

/// A key, shared with the strings it is made from and with the objects it is copied to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Arc<String>);

impl Key {
    /// The key as a string value.
    pub(crate) fn to_val(&self) -> Val {
        Val::Str(Arc::clone(&self.0))
    }
}

impl From<Arc<String>> for Key {
    fn from(text: Arc<String>) -> Self {
        Self(text)
    }
}

impl From<&Arc<String>> for Key {
    fn from(text: &Arc<String>) -> Self {
        Self(Arc::clone(text))
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(Arc::new(text.to_owned()))
    }
}

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Equal, ordered and hashed as its text.
impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

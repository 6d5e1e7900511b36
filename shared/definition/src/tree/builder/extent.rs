//! How much a value holds.

/// What a value adds to the document, each time it is repeated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The values in it, itself counted.
    pub values: usize,
    /// The bytes of its keys and strings.
    pub text_bytes: usize,
    /// The collections from it down to its deepest value.
    pub height: usize,
    /// What the longest pointer into it adds to its own.
    pub pointer_bytes: usize,
}

impl Extent {
    /// An empty collection.
    pub const COLLECTION: Self = Self {
        values: 1,
        text_bytes: 0,
        height: 1,
        pointer_bytes: 0,
    };

    pub fn scalar(text_bytes: usize) -> Self {
        Self {
            values: 1,
            text_bytes,
            height: 0,
            pointer_bytes: 0,
        }
    }

    /// Adds a child that is reached by `token_bytes` more of a pointer.
    pub fn add(&mut self, child: Self, token_bytes: usize) {
        self.values += child.values;
        self.text_bytes += child.text_bytes;
        self.height = self.height.max(child.height + 1);
        self.pointer_bytes = self.pointer_bytes.max(child.pointer_bytes + token_bytes);
    }
}

//! JSON pointers (RFC 6901).

use std::borrow::Cow;

/// The pointer of a member or item of the value at `parent`.
pub(crate) fn join(parent: &str, token: &str) -> String {
    if token.contains(['~', '/']) {
        return format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"));
    }
    [parent, "/", token].concat()
}

/// The decoded tokens of a pointer.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let rest = pointer.strip_prefix('/');
    rest.into_iter()
        .flat_map(|rest| rest.split('/'))
        .map(|token| {
            if token.contains('~') {
                Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
            } else {
                Cow::Borrowed(token)
            }
        })
}

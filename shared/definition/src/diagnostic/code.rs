//! The codes of diagnostics. A code keeps its meaning for ever; new ones are added at the end of
//! their group: 0xx about the text, 02x about shape, 03x about names that belong together.

/// The source is larger than [`crate::SOURCE_BYTES_MAX`].
pub const TOO_LARGE: &str = "D001";
/// The text is no YAML or JSON.
pub const SYNTAX: &str = "D002";
/// Values are nested deeper than [`crate::NESTING_MAX`].
pub const TOO_DEEP: &str = "D003";
/// Aliases included, there are more values than [`crate::VALUES_MAX`], or more text than
/// [`crate::TEXT_BYTES_MAX`].
pub const TOO_MANY_VALUES: &str = "D004";
/// A merge key, `<<`.
pub const MERGE_KEY: &str = "D005";
/// A mapping's key is not a string.
pub const KEY_NOT_A_STRING: &str = "D006";
/// A number that JSON cannot hold: not a number, infinite, or an integer beyond 64 bits.
pub const NUMBER: &str = "D007";
/// A key stands twice in a mapping.
pub const DUPLICATE_KEY: &str = "D008";
/// The text holds no document, or several.
pub const NOT_ONE_DOCUMENT: &str = "D009";
/// A YAML tag that means nothing here, or that its value contradicts.
pub const TAG: &str = "D010";

/// A property that the DSL does not have here.
pub const UNKNOWN_PROPERTY: &str = "D020";
/// A property that must be there is not.
pub const MISSING_PROPERTY: &str = "D021";
/// A value of the wrong type.
pub const WRONG_TYPE: &str = "D022";
/// A value of the right type that is not allowed.
pub const NOT_ALLOWED: &str = "D023";
/// Of several properties, exactly one may be there.
pub const EXCLUSIVE: &str = "D024";
/// A version of the DSL that is not supported.
pub const DSL_VERSION: &str = "D025";
/// A name that is not made as names must be.
pub const NAME: &str = "D026";
/// Not a semantic version.
pub const VERSION: &str = "D027";
/// Not a duration.
pub const DURATION: &str = "D028";
/// Something empty that must not be.
pub const EMPTY: &str = "D029";

/// Two tasks or cases of one list have the same name.
pub const DUPLICATE_NAME: &str = "D030";
/// A task of no kind, or of several.
pub const TASK_KIND: &str = "D031";
/// `then` names no task of its list.
pub const UNKNOWN_TARGET: &str = "D032";
/// A name that is not defined under `use`.
pub const UNKNOWN_COMPONENT: &str = "D033";
/// A switch with a second default.
pub const SECOND_DEFAULT: &str = "D034";
/// `schedule.read` without `schedule.on`.
pub const READ_WITHOUT_ON: &str = "D035";

//! The codes of diagnostics. A code keeps its meaning for ever; new ones are added at the end of
//! their group: `E00x` about the text, `E02x` about shape, `E03x` about names that belong
//! together, `E1xx` about what the document means, `Wxxx` warnings. What each means to an author
//! stands in [`super::explain`].

/// The source is larger than [`crate::SOURCE_BYTES_MAX`].
pub const TOO_LARGE: &str = "E001";
/// The text is no YAML or JSON.
pub const SYNTAX: &str = "E002";
/// Values are nested deeper than [`crate::NESTING_MAX`].
pub const TOO_DEEP: &str = "E003";
/// Aliases included, there are more values than [`crate::VALUES_MAX`], or more text than
/// [`crate::TEXT_BYTES_MAX`].
pub const TOO_MANY_VALUES: &str = "E004";
/// A merge key, `<<`.
pub const MERGE_KEY: &str = "E005";
/// A mapping's key is not a string.
pub const KEY_NOT_A_STRING: &str = "E006";
/// A number that JSON cannot hold: not a number, infinite, or an integer beyond 64 bits.
pub const NUMBER: &str = "E007";
/// A key stands twice in a mapping.
pub const DUPLICATE_KEY: &str = "E008";
/// The text holds no document, or several.
pub const NOT_ONE_DOCUMENT: &str = "E009";
/// A YAML tag that means nothing here, or that its value contradicts.
pub const TAG: &str = "E010";

/// A property that the DSL does not have here.
pub const UNKNOWN_PROPERTY: &str = "E020";
/// A property that must be there is not.
pub const MISSING_PROPERTY: &str = "E021";
/// A value of the wrong type.
pub const WRONG_TYPE: &str = "E022";
/// A value of the right type that is not allowed.
pub const NOT_ALLOWED: &str = "E023";
/// Of several properties, exactly one may be there.
pub const EXCLUSIVE: &str = "E024";
/// A version of the DSL that is not supported.
pub const DSL_VERSION: &str = "E025";
/// A name that is not made as names must be.
pub const NAME: &str = "E026";
/// Not a semantic version.
pub const VERSION: &str = "E027";
/// Not a duration.
pub const DURATION: &str = "E028";
/// Something empty that must not be.
pub const EMPTY: &str = "E029";

/// Two tasks or cases of one list have the same name.
pub const DUPLICATE_NAME: &str = "E030";
/// A task of no kind, or of several.
pub const TASK_KIND: &str = "E031";
/// `then` names no task of its list.
pub const UNKNOWN_TARGET: &str = "E032";
/// A name that is not defined under `use`.
pub const UNKNOWN_COMPONENT: &str = "E033";
/// A switch with a second default.
pub const SECOND_DEFAULT: &str = "E034";
/// `schedule.read` without `schedule.on`.
pub const READ_WITHOUT_ON: &str = "E035";

/// A jq program that does not compile.
pub const EXPRESSION: &str = "E101";
/// An endpoint that is no URI template of level 1.
pub const ENDPOINT: &str = "E102";
/// A schema that is not valid JSON Schema.
pub const SCHEMA: &str = "E103";
/// Valid, but not executed yet.
pub const UNSUPPORTED: &str = "E104";
/// `then` leads round in a circle.
pub const CYCLE: &str = "E105";
/// More than the limits allow.
pub const BOUND: &str = "E106";
/// A name that nothing has.
pub const UNKNOWN: &str = "E107";
/// A variable where it has no value.
pub const VARIABLE: &str = "E108";
/// A cron expression that is none.
pub const CRON: &str = "E109";

/// A task that no way leads to.
pub const UNREACHABLE: &str = "W001";
/// A timeout that an earlier one round it forestalls.
pub const LATE_TIMEOUT: &str = "W002";
/// A wait that a deadline always cuts off.
pub const LATE_WAIT: &str = "W003";
/// A retry for which there is never time.
pub const LATE_RETRY: &str = "W004";
/// A case of a switch that is never taken.
pub const CASE_NEVER: &str = "W005";
/// A catch for which there is never an error.
pub const CATCHES_NOTHING: &str = "W006";
/// A correlation key that is compared with nothing.
pub const CORRELATES_NOTHING: &str = "W007";
/// An expression that fails on whatever its schema lets through.
pub const FAILS_ON_SCHEMA: &str = "W008";

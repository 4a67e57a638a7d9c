//! Every bound on the content of a document, with its reason.

/// The most characters of a text that people write together. A keystroke costs
/// a walk over the text it lands in, so this also bounds the price of typing.
pub const TEXT_CHARS_MAX: u32 = 20_000;

/// The most bytes of a title or a name: a long sentence in any script.
pub const TITLE_BYTES_MAX: usize = 2_000;

/// The most bytes of a short name, such as that of a label.
pub const NAME_BYTES_MAX: usize = 400;

/// The most bytes of a text that replaces the series' own for one occurrence.
/// It is a scalar, copied whole on each edit.
pub const OVERRIDE_TEXT_BYTES_MAX: usize = 20_000;

/// The most bytes of an address of a page, a call or a mailbox.
pub const URI_BYTES_MAX: usize = 2_048;

/// The most bytes of a UID from a calendar file.
pub const UID_BYTES_MAX: usize = 1_024;

/// The most bytes of a zone's name; vCalendar files carry long ones.
pub const ZONE_BYTES_MAX: usize = 128;

/// The most bytes of a reaction: one emoji with its modifiers and joiners.
pub const REACTION_BYTES_MAX: usize = 64;

/// The most bytes of an icon: one emoji, or the name of a drawing.
pub const ICON_BYTES_MAX: usize = 64;

/// The most bytes of a fractional index. Always inserting at the same place
/// costs a character about every six times.
pub const ORDER_BYTES_MAX: usize = 200;

/// The most bytes of a recurrence rule: every part of it, with long lists.
pub const RULE_BYTES_MAX: usize = 1_024;

/// The largest INTERVAL of a rule.
pub const RULE_INTERVAL_MAX: u32 = 10_000;

/// The most occurrences that a rule's COUNT may ask for: twenty-seven years of days.
pub const RULE_COUNT_MAX: u32 = 10_000;

/// The most occurrences that one expansion of a series yields.
pub const OCCURRENCES_MAX: usize = 2_000;

/// The most days that one expansion of a series spans: ten years.
pub const EXPANSION_DAYS_MAX: i64 = 3_653;

/// The most candidate days and times that one expansion looks at. An honest rule
/// needs some thousands, one by the hour for ten years ninety thousand; so many
/// take two hundredths of a second.
pub const EXPANSION_STEPS_MAX: u64 = 200_000;

/// The most bytes of a cluster, looked at before it is parsed. The largest is a
/// place with a name and an address.
pub const CLUSTER_BYTES_MAX: usize = 8_192;

/// The most bytes of one line of an address and of a file's name.
pub const PLACE_BYTES_MAX: usize = 2_000;

/// The most days of a duration: a century and its leap days.
pub const DURATION_DAYS_MAX: u32 = 36_525;

/// The most alerts of a default list.
pub const ALERTS_MAX: usize = 10;

/// The farthest that an alert may lie from its start: a year, in minutes.
pub const ALERT_MINUTES_MAX: i32 = 366 * 24 * 60;

/// The most bytes of a name in `ext`.
pub const EXT_NAME_BYTES_MAX: usize = 64;

/// The most bytes of a value in `ext`; what is longer is split over several names.
pub const EXT_VALUE_BYTES_MAX: usize = 4_096;

/// The most names that `ext` may ever hold.
pub const EXT_ENTRIES_MAX: u32 = 64;

/// The most files attached to one document, ever.
pub const FILES_MAX: u32 = 100;

/// The most labels on one document, ever.
pub const LABELS_MAX: u32 = 200;

/// The most accounts that a todo is ever assigned to.
pub const ASSIGNEES_MAX: u32 = 200;

/// The most accounts that react to one comment.
pub const REACTIONS_MAX: u32 = 1_000;

/// The most links of one todo, ever.
pub const LINKS_MAX: u32 = 500;

/// The most entries of a todo's checklist, ever: a few for each item, and one
/// for each item that is ticked off in an occurrence of a repeating todo.
pub const CHECKS_MAX: u32 = 5_000;

/// The most occurrences of a repeating todo that are ever logged: ten years of days.
pub const LOG_MAX: u32 = 4_000;

/// The most extra dates of an event.
pub const RDATES_MAX: u32 = 2_000;

/// The most overridden fields of an event's occurrences, all together.
pub const OVERRIDES_MAX: u32 = 4_000;

/// The most fields of a space's sections, and of its labels, all together.
pub const PARTS_MAX: u32 = 2_000;

/// The most fields of a dashboard's layout.
pub const DASHBOARD_MAX: u32 = 200;

const _: () = assert!(PLACE_BYTES_MAX * 2 < CLUSTER_BYTES_MAX);
const _: () = assert!(RULE_BYTES_MAX < CLUSTER_BYTES_MAX);

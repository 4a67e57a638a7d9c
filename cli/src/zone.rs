//! The zone that this device is in.

use umbra_model::recurrence::Zone;

/// The zone of `TZ`, else that of the system, else UTC.
pub fn here() -> Zone {
    let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    let parse = |name: String| Zone::parse(name.trim_start_matches(':')).ok();
    named
        .and_then(parse)
        .or_else(|| iana_time_zone::get_timezone().ok().and_then(parse))
        .unwrap_or(Zone::UTC)
}

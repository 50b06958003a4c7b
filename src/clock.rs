//! The time, injected: the one place that reads the wall clock.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Now, in UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the clock itself")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Today in a named time zone; UTC when the name is unknown.
#[must_use]
pub fn today_in(time_zone: &str) -> NaiveDate {
    now().with_timezone(&zone(time_zone)).date_naive()
}

/// The time zone of a name; UTC when it is unknown.
#[must_use]
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The instant today began in a named time zone.
#[must_use]
pub fn start_of_day(time_zone: &str) -> DateTime<Utc> {
    let zone = zone(time_zone);
    let midnight = today_in(time_zone).and_hms_opt(0, 0, 0).unwrap_or_default();
    midnight.and_local_timezone(zone).earliest().map_or_else(now, |local| local.with_timezone(&Utc))
}

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

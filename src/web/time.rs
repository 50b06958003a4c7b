//! Times and ages as people read them: `Sat Nov 14 02:14` in a named zone, `3 d 4 h`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// An instant to show: text in a zone, UTC for the `datetime` attribute.
#[derive(Debug, Clone)]
pub struct Instant {
    /// `Sat Nov 14 02:14`
    pub short: String,
    /// `Sat Nov 14, 2026 02:14:09 EST`
    pub long: String,
    /// `02:14:09`
    pub clock: String,
    /// `2026-11-14T07:14:09Z`
    pub utc: String,
}

/// How an instant is shown in a zone.
#[must_use]
pub fn instant(at: DateTime<Utc>, zone: Tz) -> Instant {
    let local = at.with_timezone(&zone);
    Instant {
        short: local.format("%a %b %-d %H:%M").to_string(),
        long: local.format("%a %b %-d, %Y %H:%M:%S %Z").to_string(),
        clock: local.format("%H:%M:%S").to_string(),
        utc: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    }
}

/// `New York time`: a zone as a column's head names it. An abbreviation such as EST would be wrong half the year.
#[must_use]
pub fn zone_words(zone: Tz) -> String {
    let city = zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
    if matches!(zone, Tz::UTC) { "UTC".to_owned() } else { format!("{city} time") }
}

/// `Nov 17, 2026`
#[must_use]
pub fn date(day: NaiveDate) -> String {
    day.format("%b %-d, %Y").to_string()
}

/// An age in its two largest units: `3 d 4 h`, `14 h`, `5 min`.
#[must_use]
pub fn age(span: TimeDelta) -> String {
    let minutes = span.num_minutes().max(0);
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) => format!("{hours} h"),
        (days, 0) => format!("{days} d"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

/// `1,204`
#[must_use]
pub fn count(n: impl std::borrow::Borrow<i64>) -> String {
    let n = *n.borrow();
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if n < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{age, count, zone_words};
    use chrono::TimeDelta;
    use chrono_tz::Tz;

    #[test]
    fn ages_and_counts_read_well() {
        assert_eq!(
            (zone_words(Tz::America__New_York).as_str(), zone_words(Tz::UTC).as_str()),
            ("New York time", "UTC")
        );
        assert_eq!(age(TimeDelta::minutes(5)), "5 min");
        assert_eq!(age(TimeDelta::hours(14)), "14 h");
        assert_eq!(age(TimeDelta::hours(76)), "3 d 4 h");
        assert_eq!(count(1_204_000_i64), "1,204,000");
        assert_eq!(count(12_i64), "12");
    }
}

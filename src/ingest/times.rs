//! How a file writes its times and days: a closed list with an example each, declared once per file. The order of day and
//! month is never guessed row by row; where a file fits both, a person says which.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::words::Reason;

/// Notation and example, the common ones first.
pub const TIMES: &[(&str, &str)] = &[
    ("%Y-%m-%d %H:%M:%S", "2026-03-28 14:05:09"),
    ("%Y-%m-%d %H:%M:%S%.f", "2026-03-28 14:05:09.123"),
    ("%Y-%m-%d %H:%M", "2026-03-28 14:05"),
    ("%Y-%m-%dT%H:%M:%S", "2026-03-28T14:05:09"),
    ("%+", "2026-03-28T14:05:09-04:00"),
    ("%m/%d/%Y %H:%M:%S", "03/28/2026 14:05:09"),
    ("%m/%d/%Y %H:%M", "03/28/2026 14:05"),
    ("%m/%d/%Y %I:%M:%S %p", "03/28/2026 02:05:09 PM"),
    ("%m/%d/%Y %I:%M %p", "03/28/2026 02:05 PM"),
    ("%d/%m/%Y %H:%M:%S", "28/03/2026 14:05:09"),
    ("%d/%m/%Y %H:%M", "28/03/2026 14:05"),
    ("%d.%m.%Y %H:%M:%S", "28.03.2026 14:05:09"),
    ("%d-%b-%Y %H:%M:%S", "28-Mar-2026 14:05:09"),
    ("%Y%m%d%H%M%S", "20260328140509"),
];

/// The same for days.
pub const DAYS: &[(&str, &str)] = &[
    ("%Y-%m-%d", "2026-03-28"),
    ("%m/%d/%Y", "03/28/2026"),
    ("%m/%d/%y", "03/28/26"),
    ("%d/%m/%Y", "28/03/2026"),
    ("%d.%m.%Y", "28.03.2026"),
    ("%d-%b-%Y", "28-Mar-2026"),
    ("%b %d, %Y", "Mar 28, 2026"),
    ("%Y%m%d", "20260328"),
];

/// Whether chrono reads a notation at all.
#[must_use]
pub fn known(notation: &str) -> bool {
    !notation.trim().is_empty() && !StrftimeItems::new(notation).any(|item| matches!(item, Item::Error))
}

/// The notations of a list that read every one of these texts; several where day and month cannot be told apart.
#[must_use]
pub fn fitting(list: &[(&'static str, &'static str)], texts: &[String]) -> Vec<&'static str> {
    let reads = |notation: &str, text: &str| {
        if has_offset(notation) {
            DateTime::parse_from_str(text, notation).is_ok()
        } else if notation.contains("%H") || notation.contains("%I") {
            NaiveDateTime::parse_from_str(text, notation).is_ok()
        } else {
            NaiveDate::parse_from_str(text, notation).is_ok()
        }
    };
    if texts.is_empty() {
        return Vec::new();
    }
    list.iter()
        .map(|&(notation, _)| notation)
        .filter(|notation| texts.iter().all(|text| reads(notation, text)))
        .collect()
}

fn has_offset(notation: &str) -> bool {
    ["%z", "%:z", "%#z", "%+"].iter().any(|offset| notation.contains(offset))
}

/// A file's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: Tz,
    notation: String,
    with_offset: bool,
}

/// When something was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970, UTC.
    pub micros: i64,
    /// The local clock said this twice, because it went back; the earlier was taken.
    pub repeated: bool,
}

impl Clock {
    /// Of a mapping's zone and notation.
    #[must_use]
    pub fn new(zone: &str, notation: &str) -> Self {
        Self { zone: zone.parse().unwrap_or(Tz::UTC), notation: notation.to_owned(), with_offset: has_offset(notation) }
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The moment a text says.
    ///
    /// # Errors
    /// When it is written otherwise, never was, or lies before 2000 or more than a day ahead.
    pub fn read(&self, text: &str, now: DateTime<Utc>) -> Result<Moment, Reason> {
        let (at, repeated) = if self.with_offset {
            (
                DateTime::parse_from_str(text, &self.notation).map_err(|_| Reason::UnreadableTime)?.with_timezone(&Utc),
                false,
            )
        } else {
            let local = NaiveDateTime::parse_from_str(text, &self.notation).map_err(|_| Reason::UnreadableTime)?;
            match self.zone.from_local_datetime(&local) {
                LocalResult::Single(at) => (at.with_timezone(&Utc), false),
                LocalResult::Ambiguous(earlier, _) => (earlier.with_timezone(&Utc), true),
                LocalResult::None => return Err(Reason::AbsentLocalTime),
            }
        };
        let first = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
        if at < first || at > now + TimeDelta::days(1) {
            return Err(Reason::TimeOutOfRange);
        }
        Ok(Moment { micros: at.timestamp_micros(), repeated })
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, DAYS, TIMES, fitting, known};
    use chrono::{DateTime, NaiveDate, Utc};

    #[test]
    fn every_notation_reads_its_own_example() {
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().expect("a time");
        for (notation, example) in TIMES {
            let at = Clock::new("America/New_York", notation).read(example, now).expect(example);
            let at = DateTime::from_timestamp_micros(at.micros).expect("in range").to_rfc3339();
            assert!(at.starts_with("2026-03-28T18:05"), "{notation}: {at}");
        }
        for (notation, example) in DAYS {
            assert_eq!(
                NaiveDate::parse_from_str(example, notation).map(|day| day.to_string()).as_deref(),
                Ok("2026-03-28")
            );
        }
        assert!(known("%Y") && !known("%Q") && !known(" "));
    }

    #[test]
    fn the_order_of_day_and_month_is_left_open_where_a_file_fits_both() {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(fitting(DAYS, &texts(&["03/04/2026", "3/5/2026"])), ["%m/%d/%Y", "%d/%m/%Y"]);
        assert_eq!(fitting(DAYS, &texts(&["03/04/2026", "03/28/2026"])), ["%m/%d/%Y"]);
        assert_eq!(fitting(TIMES, &texts(&["2024-10-11 10:44"])), ["%Y-%m-%d %H:%M"]);
        assert!(fitting(TIMES, &[]).is_empty());
    }
}

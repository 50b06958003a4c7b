//! A list's filters as they stand in its URL: ids, dates and closed words. What cannot be read is named by its field and
//! answered with a sentence; an empty value is no filter, because that is what a form sends.

use chrono::{DateTime, Days as Span, LocalResult, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::audit::{Db, Intent};
use crate::error::AppError;

/// One active filter as a page shows it.
pub struct Chip {
    /// What is filtered.
    pub field: &'static str,
    /// By what, in the reader's words.
    pub value: String,
    /// The same list without it.
    pub remove: String,
}

/// One option of a filter's select.
#[derive(Clone)]
pub struct Choice {
    /// As the URL has it.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// Whether the list is narrowed to it.
    pub selected: bool,
}

/// A filter's options with the chosen one marked.
#[must_use]
pub fn choices(words: &[(&'static str, &'static str)], chosen: Option<&str>) -> Vec<Choice> {
    words
        .iter()
        .map(|&(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            selected: chosen == Some(value),
        })
        .collect()
}

/// The same list with some of its parameters replaced; an empty value takes one away.
#[must_use]
pub fn link(path: &str, pairs: &[(&'static str, String)], changes: &[(&'static str, &str)]) -> String {
    let mut all: Vec<(&str, &str)> = pairs
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    all.extend(changes.iter().copied());
    super::paging::url(path, &all)
}

/// A filter or a form that was read. One that cannot be accepted is recorded under the act it was for; whoever may not do
/// that act at all learns only that.
///
/// # Errors
/// What the reading answered, or [`AppError::Denied`].
pub async fn accepted<T>(db: &Db, intent: Intent, read: Result<T, AppError>) -> Result<T, AppError> {
    if matches!(read, Err(AppError::Invalid(_))) {
        db.refuse_form(&intent).await?;
    }
    read
}

fn present(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

pub(super) fn unreadable(field: &str, wanted: &str) -> AppError {
    AppError::Invalid(format!("The filter “{field}” needs {wanted}. Nothing was shown."))
}

/// A uuid.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn id(field: &str, value: Option<&str>) -> Result<Option<Uuid>, AppError> {
    present(value)
        .map(|text| Uuid::try_parse(text).map_err(|_| unreadable(field, "an id such as the one in a record’s address")))
        .transpose()
}

/// One of a closed list.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn word(field: &str, value: Option<&str>, allowed: &[&'static str]) -> Result<Option<&'static str>, AppError> {
    present(value)
        .map(|text| {
            allowed
                .iter()
                .copied()
                .find(|word| *word == text)
                .ok_or_else(|| unreadable(field, "one of the listed values"))
        })
        .transpose()
}

/// A word of a closed vocabulary.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn known<T>(field: &str, value: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, AppError> {
    present(value).map(|text| parse(text).ok_or_else(|| unreadable(field, "one of the listed values"))).transpose()
}

/// `true` or `false`.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn flag(field: &str, value: Option<&str>) -> Result<Option<bool>, AppError> {
    Ok(word(field, value, &["true", "false"])?.map(|word| word == "true"))
}

/// A day as a form sends it: `2026-11-14`.
///
/// # Errors
/// [`AppError::Invalid`] naming the field.
pub fn day(field: &str, value: Option<&str>) -> Result<Option<NaiveDate>, AppError> {
    present(value)
        .map(|text| {
            let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let day = shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
            day.ok_or_else(|| unreadable(field, "a date such as 2026-11-14"))
        })
        .transpose()
}

/// A period of whole days in a time zone, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Days {
    /// Both ends, in order.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming the field.
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, AppError> {
        let days = Self { from: day("From", from)?, to: day("To", to)? };
        match (days.from, days.to) {
            (Some(from), Some(to)) if to < from => Err(unreadable("To", "a day on or after “From”")),
            _ => Ok(days),
        }
    }

    /// The lowest time-ordered id of the period, and the lowest after it, so that partitions and the primary key answer it.
    #[must_use]
    pub fn ids(self, zone: Tz) -> (Option<Uuid>, Option<Uuid>) {
        let lowest = |day: NaiveDate| lowest_id(midnight(day, zone));
        (self.from.map(lowest), self.to.map(|day| lowest(day.checked_add_days(Span::new(1)).unwrap_or(day))))
    }
}

/// The first instant of a local day. Where midnight is skipped by a clock change the day begins an hour later.
#[must_use]
pub fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    for hour in 0..24 {
        let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        match zone.from_local_datetime(&day.and_time(time)) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.with_timezone(&Utc),
            LocalResult::None => {}
        }
    }
    Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN))
}

/// The same as `audit.uuid_floor`: 48 bits of milliseconds, then nothing.
#[must_use]
pub fn lowest_id(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

#[cfg(test)]
mod tests {
    use super::{Days, day, id, word};
    use crate::error::AppError;
    use uuid::Uuid;

    #[test]
    fn a_value_that_cannot_be_read_is_named_by_its_field_and_an_empty_one_is_no_filter() {
        assert!(matches!(id("Person", Some("x")), Err(AppError::Invalid(text)) if text.contains("Person")));
        assert!(matches!(id("Person", Some("")), Ok(None)));
        assert!(
            matches!(word("Outcome", Some("perhaps"), &["success"]), Err(AppError::Invalid(text)) if text.contains("Outcome"))
        );
        for wrong in ["2026-13-01", "1.2.2026", "+12026-01-01", "2026-1-1"] {
            assert!(day("From", Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_period_begins_and_ends_at_local_midnight() {
        let days = Days::parse(Some("2026-11-01"), Some("2026-11-01")).expect("a day");
        let zone = chrono_tz::America::New_York;
        // 04:00 UTC before the clocks go back, 05:00 UTC the night after: 25 hours
        let milliseconds = |id: Option<Uuid>| id.map(|id| id.as_u128() >> 80);
        let (first, end) = days.ids(zone);
        assert_eq!(milliseconds(first), Some(1_793_505_600_000));
        assert_eq!(milliseconds(end), Some(1_793_595_600_000));
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_refused() {
        assert!(Days::parse(Some("2026-11-02"), Some("2026-11-01")).is_err());
    }
}

//! A person's training as it comes: what each course's record says today. Courses, and who must take which, are not here yet,
//! so nothing can be called late that was never taken.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::queries::Training;
use crate::web::time;

/// How many days before it ends a training is called due.
const DUE_SOON: i64 = 30;

/// What a record says on a day; derived, never stored (45 CFR 164.530(b)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    Current,
    /// It holds, and ends within thirty days.
    DueSoon,
    /// It no longer holds.
    Expired,
    /// Another of the same course holds longer.
    Replaced,
}

impl Status {
    /// Of a record whose first day without effect is `expires_on`.
    #[must_use]
    pub fn on(today: NaiveDate, expires_on: Option<NaiveDate>, replaced: bool) -> Self {
        match expires_on {
            _ if replaced => Self::Replaced,
            Some(day) if day <= today => Self::Expired,
            Some(day) if day <= today + TimeDelta::days(DUE_SOON) => Self::DueSoon,
            _ => Self::Current,
        }
    }

    /// The badge: its class, its icon, its word.
    #[must_use]
    pub const fn badge(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Current => ("ok", "circle-check", "Current"),
            Self::DueSoon => ("medium", "clock", "Due soon"),
            Self::Expired => ("critical", "alert-triangle", "Expired"),
            Self::Replaced => ("", "history", "Replaced"),
        }
    }
}

/// One record as people read it.
pub struct TrainingLine {
    /// The course's code.
    pub course: String,
    /// What it says today.
    pub badge: (&'static str, &'static str, &'static str),
    /// When it was completed.
    pub completed: String,
    /// Until when it holds.
    pub expires: String,
}

/// Records as lines.
#[must_use]
pub fn lines(records: Vec<Training>, today: NaiveDate, zone: Tz) -> Vec<TrainingLine> {
    records
        .into_iter()
        .map(|record| TrainingLine {
            badge: Status::on(today, record.expires_on, record.replaced).badge(),
            completed: time::date(record.completed_at.with_timezone(&zone).date_naive()),
            expires: record.expires_on.map_or_else(|| "Does not expire".to_owned(), time::date),
            course: record.course_code,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_current_until_thirty_days_before_it_ends_and_expired_from_its_first_day_without_effect() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let today = day("2026-11-22");
        for (expires, expected) in [
            (None, Status::Current),
            (Some("2026-12-23"), Status::Current),
            (Some("2026-12-22"), Status::DueSoon),
            (Some("2026-11-23"), Status::DueSoon),
            (Some("2026-11-22"), Status::Expired),
        ] {
            assert_eq!(Status::on(today, expires.map(day), false), expected, "{expires:?}");
        }
        assert_eq!(Status::on(today, Some(day("2026-11-21")), true), Status::Replaced, "a retake holds");
    }
}

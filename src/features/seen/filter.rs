//! The days asked about: the last ninety, unless somebody says otherwise.

use chrono::{Days as Span, NaiveDate};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::error::AppError;
use crate::web::filters::Days;
use crate::web::list::{self, Reader};

/// How many days an answer covers where none were named.
const USUAL: u64 = 90;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// The days as they were named.
    days: Days,
    /// After this event.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/audit";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self { days: from.days()?, after: from.after()? })
    }
}

impl Filter {
    /// The first day that is answered for.
    #[must_use]
    pub fn first(self, today: NaiveDate) -> NaiveDate {
        let last = self.days.to.unwrap_or(today);
        self.days.from.unwrap_or_else(|| last.checked_sub_days(Span::new(USUAL)).unwrap_or(last))
    }

    /// The last day, where one was named.
    #[must_use]
    pub const fn last(self) -> Option<NaiveDate> {
        self.days.to
    }

    /// The lowest id of the days asked about, and the lowest after them or after what was shown before.
    #[must_use]
    pub fn ids(self, today: NaiveDate, zone: Tz) -> (Uuid, Uuid) {
        let (first, end) = Days { from: Some(self.first(today)), to: self.days.to }.ids(zone);
        let end = end.unwrap_or(Uuid::max());
        (first.unwrap_or(Uuid::nil()), self.after.map_or(end, |after| after.min(end)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::Filter;
    use crate::web::filters::Days;

    #[test]
    fn ninety_days_are_asked_about_unless_others_are_named() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let today = day("2026-11-22");
        assert_eq!(Filter::default().first(today), day("2026-08-24"));
        let until = Filter { days: Days { from: None, to: Some(day("2026-06-01")) }, after: None };
        assert_eq!(until.first(today), day("2026-03-03"));
        let from = Filter { days: Days { from: Some(day("2024-01-01")), to: None }, after: None };
        assert_eq!(from.first(today), day("2024-01-01"));
    }
}

//! The days that a patient's and a person's page are about: the last ninety, unless somebody names others or asks for all.

use chrono::{DateTime, Days as Span, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::clock;
use crate::error::AppError;
use crate::web::filters::{Days, midnight};
use crate::web::list::{self, List, Reader};
use crate::web::time;

/// How many days a page covers where none were named.
const USUAL: u64 = 90;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// The days as they were named.
    days: Days,
    /// All there is, where no day is named.
    all: bool,
    /// After this row.
    pub after: Option<Uuid>,
}

impl list::Filter for Filter {
    const PATH: &'static str = "/patients";

    fn read(from: &mut Reader<'_>) -> Result<Self, AppError> {
        Ok(Self {
            days: from.days()?,
            all: from.one_of("period", "Period", &[("all", "All time")])?.is_some(),
            after: from.after()?,
        })
    }
}

/// The days a page is about, as ids that the access rows' keys are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day; none: from the beginning.
    pub first_day: Option<NaiveDate>,
    /// The last day; none: until now.
    pub last_day: Option<NaiveDate>,
    /// The lowest id of the period.
    pub first: Uuid,
    /// The lowest id after it.
    pub end: Uuid,
}

impl Period {
    /// The instants it begins and ends at.
    #[must_use]
    pub fn times(&self, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        let first = self.first_day.map_or(DateTime::UNIX_EPOCH, |day| midnight(day, zone));
        let next = self.last_day.and_then(|day| day.checked_add_days(Span::new(1)));
        (first, next.map_or_else(|| clock::now() + TimeDelta::days(2), |day| midnight(day, zone)))
    }
}

impl Filter {
    /// The period asked for, in the reader's zone.
    #[must_use]
    pub fn period(self, today: NaiveDate, zone: Tz) -> Period {
        let named = self.days.from.is_some() || self.days.to.is_some();
        let usual = || {
            let last = self.days.to.unwrap_or(today);
            last.checked_sub_days(Span::new(USUAL)).unwrap_or(last)
        };
        let first_day = self.days.from.or_else(|| (named || !self.all).then(usual));
        let (first, end) = Days { from: first_day, to: self.days.to }.ids(zone);
        Period {
            first_day,
            last_day: self.days.to,
            first: first.unwrap_or(Uuid::nil()),
            end: end.unwrap_or(Uuid::max()),
        }
    }
}

/// A period as its page's form says it.
pub struct PeriodView {
    /// Where the form leads.
    pub path: String,
    /// The first day, as a field holds it.
    pub from: String,
    /// The last day, as a field holds it.
    pub to: String,
    /// `Aug 25, 2026 to Nov 23, 2026`
    pub words: String,
    /// All there is, unless that is what is shown.
    pub all: Option<String>,
    /// The last ninety days, unless they are what is shown.
    pub usual: Option<String>,
    /// The same rows as a file, for whoever may have it.
    pub file: Option<String>,
}

impl PeriodView {
    /// Of a period, with its list's addresses.
    #[must_use]
    pub fn of(period: &Period, list: &List, today: NaiveDate, may_export: bool) -> Self {
        let end = period.last_day.unwrap_or(today);
        let words = match period.first_day {
            Some(first) if first == end => time::date(first),
            Some(first) => format!("{} to {}", time::date(first), time::date(end)),
            None => "All time".to_owned(),
        };
        let usual = list.path.to_string();
        let all = list.with(&[("from", ""), ("to", ""), ("period", "all")]);
        Self {
            path: usual.clone(),
            from: period.first_day.map(|day| day.to_string()).unwrap_or_default(),
            to: period.first_day.map(|_| end.to_string()).unwrap_or_default(),
            words,
            all: period.first_day.is_some().then_some(all),
            usual: Some(usual).filter(|usual| *usual != list.url()),
            file: may_export.then(|| list.file()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Period};
    use crate::web::filters::Days;
    use chrono::NaiveDate;

    #[test]
    fn ninety_days_are_meant_unless_others_are_named_or_all_are_asked_for() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let days = |from: Option<&str>, to: Option<&str>, all| {
            let filter = Filter { days: Days { from: from.map(day), to: to.map(day) }, all, after: None };
            let Period { first_day, last_day, .. } = filter.period(day("2026-11-22"), chrono_tz::Tz::UTC);
            (first_day.map(|day| day.to_string()), last_day.map(|day| day.to_string()))
        };
        let said = |from: Option<&str>, to: Option<&str>| (from.map(str::to_owned), to.map(str::to_owned));
        assert_eq!(days(None, None, false), said(Some("2026-08-24"), None));
        assert_eq!(days(None, None, true), said(None, None));
        assert_eq!(days(None, Some("2026-06-01"), false), said(Some("2026-03-03"), Some("2026-06-01")));
        assert_eq!(days(Some("2024-01-01"), None, true), said(Some("2024-01-01"), None), "days that are named win");
    }
}

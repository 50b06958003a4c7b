//! What was true on a day, what the portal knew of it at an instant, and what is true now. A fact that was entered later changes
//! what is true of the day, not what was known on it.

use chrono::{DateTime, NaiveDate, Utc};

/// A period of employment, also one that was superseded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employment {
    pub job_role: String,
    pub department: String,
    pub facility: String,
    pub supervisor: Option<String>,
    pub starts_on: NaiveDate,
    /// The last day of work.
    pub ends_on: Option<NaiveDate>,
    pub on_leave: bool,
    /// When the portal learned of it.
    pub recorded_at: DateTime<Utc>,
    /// When it learned of the last day.
    pub end_known_at: Option<DateTime<Utc>>,
    /// Since when it holds something else instead.
    pub superseded_at: Option<DateTime<Utc>>,
}

/// How somebody is employed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    OnLeave,
    /// The last day of work.
    Ended(NaiveDate),
}

/// One period as it stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Employed<'a> {
    pub period: &'a Employment,
    pub standing: Standing,
}

impl Employed<'_> {
    /// Whether it says the same of the person: standing, job, place, supervisor.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |one: &Self| {
            let period = one.period;
            (
                one.standing,
                period.job_role.clone(),
                period.department.clone(),
                period.facility.clone(),
                period.supervisor.clone(),
            )
        };
        said(self) == said(other)
    }

    /// When what it says became known.
    #[must_use]
    pub fn known_at(&self) -> DateTime<Utc> {
        match self.standing {
            Standing::Ended(_) => self.period.end_known_at.unwrap_or(self.period.recorded_at),
            Standing::Active | Standing::OnLeave => self.period.recorded_at,
        }
    }
}

/// What is true of a day, as the portal knows it now.
#[must_use]
pub fn employed_on(periods: &[Employment], day: NaiveDate) -> Option<Employed<'_>> {
    standing(periods.iter().filter(|period| period.superseded_at.is_none()).map(|period| (period, period.ends_on)), day)
}

/// What the portal said of a day at an instant: without what was entered later.
#[must_use]
pub fn employed_as_known(periods: &[Employment], day: NaiveDate, at: DateTime<Utc>) -> Option<Employed<'_>> {
    let known = periods
        .iter()
        .filter(|period| period.recorded_at <= at && period.superseded_at.is_none_or(|superseded| superseded > at));
    standing(
        known.map(|period| {
            let end_known = period.end_known_at.unwrap_or(period.recorded_at) <= at;
            (period, period.ends_on.filter(|_| end_known))
        }),
        day,
    )
}

/// The period that covers the day, else the last one that ended before it; of several the one that began last.
fn standing<'a>(
    periods: impl Iterator<Item = (&'a Employment, Option<NaiveDate>)>,
    day: NaiveDate,
) -> Option<Employed<'a>> {
    periods
        .filter(|(period, _)| period.starts_on <= day)
        .max_by_key(|(period, end)| {
            (end.is_none_or(|end| end >= day), period.starts_on, period.superseded_at.is_none())
        })
        .map(|(period, end)| Employed {
            period,
            standing: match end {
                Some(end) if end < day => Standing::Ended(end),
                _ if period.on_leave => Standing::OnLeave,
                _ => Standing::Active,
            },
        })
}

/// One completed course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    pub course_code: String,
    pub completed_at: DateTime<Utc>,
    /// The first day on which it no longer holds; none: for good.
    pub expires_on: Option<NaiveDate>,
    pub recorded_at: DateTime<Utc>,
}

/// A course as it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course<'a> {
    pub code: &'a str,
    /// Since when it holds no more.
    pub lapsed: Option<NaiveDate>,
    /// The completion that counts.
    pub completed_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
}

/// Each course that was completed before an instant, as it stands on a day; what was recorded after `known_by` counts for nothing.
#[must_use]
pub fn trained(
    records: &[Training],
    day: NaiveDate,
    before: DateTime<Utc>,
    known_by: Option<DateTime<Utc>>,
) -> Vec<Course<'_>> {
    let counts =
        |record: &&Training| record.completed_at < before && known_by.is_none_or(|at| record.recorded_at <= at);
    let mut courses: Vec<Course<'_>> = Vec::new();
    for record in records.iter().filter(counts) {
        let lapsed = record.expires_on.filter(|expires| *expires <= day);
        let course = Course {
            code: &record.course_code,
            lapsed,
            completed_at: record.completed_at,
            recorded_at: record.recorded_at,
        };
        // what holds longest counts; of what has lapsed, the last that held
        let better = |old: &Course<'_>| match (old.lapsed, course.lapsed) {
            (Some(_), None) => true,
            (Some(old), Some(new)) => new > old,
            (None, _) => false,
        };
        match courses.iter_mut().find(|known| known.code == course.code) {
            Some(known) if better(known) => *known = course,
            Some(_) => {}
            None => courses.push(course),
        }
    }
    courses
}

/// When an agreement with a vendor is in effect, also one that was superseded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub effective_from: NaiveDate,
    /// The last day, included.
    pub effective_to: Option<NaiveDate>,
    pub recorded_at: DateTime<Utc>,
    pub superseded_at: Option<DateTime<Utc>>,
}

/// How a vendor stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered<'a> {
    /// By this agreement.
    By(&'a Agreement),
    /// No more: this one was the last.
    Ended(&'a Agreement),
    /// There was none yet.
    Never,
}

/// What is true of a day; or, with an instant, what the portal said of it then.
#[must_use]
pub fn covered(agreements: &[Agreement], day: NaiveDate, known_by: Option<DateTime<Utc>>) -> Covered<'_> {
    let known = |agreement: &&Agreement| match known_by {
        None => agreement.superseded_at.is_none(),
        Some(at) => agreement.recorded_at <= at && agreement.superseded_at.is_none_or(|superseded| superseded > at),
    };
    let covers = |agreement: &Agreement| agreement.effective_to.is_none_or(|last| last >= day);
    let found = agreements
        .iter()
        .filter(known)
        .filter(|agreement| agreement.effective_from <= day)
        .max_by_key(|agreement| (covers(agreement), agreement.effective_to, agreement.effective_from));
    match found {
        Some(agreement) if covers(agreement) => Covered::By(agreement),
        Some(agreement) => Covered::Ended(agreement),
        None => Covered::Never,
    }
}

/// Who held a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
    pub name: String,
}

/// Who held it at an instant.
#[must_use]
pub fn holder_at(holders: &[Holder], at: DateTime<Utc>) -> Option<&Holder> {
    holders.iter().find(|holder| holder.valid_from <= at && holder.valid_to.is_none_or(|end| end > at))
}

/// The middle of some numbers.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of a day")]
pub fn median(mut numbers: Vec<i64>) -> Option<f64> {
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        n if n % 2 == 1 => Some(numbers[middle] as f64),
        _ => Some((numbers[middle - 1] + numbers[middle]) as f64 / 2.0),
    }
}

#[cfg(test)]
mod tests;

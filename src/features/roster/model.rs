//! Employment as a line of periods, one after the other: what entering a change does to it. Nothing is changed in place: a
//! step supersedes periods and adds others, and the day it became known is kept with each.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::words::RosterProblem;

/// Where, as what, and under whom somebody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The facility.
    pub facility: Uuid,
    /// The department of that facility.
    pub department: Department,
    /// The job, in the roster's words.
    pub job_role: String,
    /// Who supervises, if anybody.
    pub supervisor: Option<Supervisor>,
}

/// A department that exists, or one that is made by applying the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Department {
    /// It exists.
    Known(Uuid),
    /// It will be made, with this name.
    New(String),
}

/// A person who exists, or one whom the same roster adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supervisor {
    /// They exist.
    Known(Uuid),
    /// The same roster adds them, with this employee number.
    New(String),
}

/// One recorded period that is not superseded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Our id.
    pub id: Uuid,
    /// Where and as what.
    pub placement: Placement,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day; none while it lasts.
    pub ends_on: Option<NaiveDate>,
    /// Whether they were on leave.
    pub on_leave: bool,
}

/// A period to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPeriod {
    /// Where and as what.
    pub placement: Placement,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day; none while it lasts.
    pub ends_on: Option<NaiveDate>,
    /// Whether they are on leave.
    pub on_leave: bool,
}

/// What a change does: nothing, where both lists are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// Periods that hold no longer.
    pub supersede: Vec<Uuid>,
    /// Periods that hold instead.
    pub add: Vec<NewPeriod>,
}

/// The period that holds on a day, else the next one to begin.
#[must_use]
pub fn current(periods: &[Period], day: NaiveDate) -> Option<&Period> {
    let open = |period: &&Period| period.ends_on.is_none_or(|last| last >= day);
    periods.iter().filter(open).min_by_key(|period| period.starts_on)
}

/// The period that ended last before a day.
#[must_use]
pub fn last_ended(periods: &[Period], day: NaiveDate) -> Option<&Period> {
    periods.iter().filter(|period| period.ends_on.is_some_and(|last| last < day)).max_by_key(|period| period.ends_on)
}

fn same(period: &Period, ends_on: Option<NaiveDate>) -> NewPeriod {
    NewPeriod { placement: period.placement.clone(), starts_on: period.starts_on, ends_on, on_leave: period.on_leave }
}

/// Employment begins, for the first time or again.
///
/// # Errors
/// When the days are out of order, or overlap a recorded period.
pub fn begin(
    periods: &[Period],
    placement: Placement,
    from: NaiveDate,
    last_day: Option<NaiveDate>,
    on_leave: bool,
) -> Result<Steps, RosterProblem> {
    if last_day.is_some_and(|last| last < from) {
        return Err(RosterProblem::DateDisorder);
    }
    let overlaps = periods.iter().any(|period| {
        period.ends_on.is_none_or(|last| last >= from) && last_day.is_none_or(|last| period.starts_on <= last)
    });
    if overlaps {
        return Err(RosterProblem::Overlaps);
    }
    let add = vec![NewPeriod { placement, starts_on: from, ends_on: last_day, on_leave }];
    Ok(Steps { supersede: Vec::new(), add })
}

/// Another place, job, supervisor or standing from a day on: the period until then ends the day before. From a period's own
/// first day on it is a correction of that period.
///
/// # Errors
/// When the day is before the period's first, or after its last.
pub fn change(
    period: &Period,
    placement: Placement,
    from: NaiveDate,
    last_day: Option<NaiveDate>,
    on_leave: bool,
) -> Result<Steps, RosterProblem> {
    let last_day = last_day.or(period.ends_on);
    if from < period.starts_on || last_day.is_some_and(|last| last < from) {
        return Err(RosterProblem::DateDisorder);
    }
    let before = from.checked_sub_days(Days::new(1)).filter(|day| *day >= period.starts_on);
    let mut add: Vec<_> = before.map(|day| same(period, Some(day))).into_iter().collect();
    add.push(NewPeriod { placement, starts_on: from, ends_on: last_day, on_leave });
    Ok(Steps { supersede: vec![period.id], add })
}

/// Employment ends with a last day of work; what was recorded to begin after it never holds.
///
/// # Errors
/// When the day is before the period's first.
pub fn end(periods: &[Period], period: &Period, last_day: NaiveDate) -> Result<Steps, RosterProblem> {
    if last_day < period.starts_on {
        return Err(RosterProblem::DateDisorder);
    }
    let later = periods.iter().filter(|other| other.starts_on > last_day).map(|other| other.id);
    Ok(Steps { supersede: std::iter::once(period.id).chain(later).collect(), add: vec![same(period, Some(last_day))] })
}

/// The first day on which steps make a difference: what held before and what holds instead are laid side by side, border by
/// border. A last day that moves later differs from the day after the old one on.
#[must_use]
pub fn first_changed(periods: &[Period], steps: &Steps) -> Option<NaiveDate> {
    let after = |last: Option<NaiveDate>| last.and_then(|last| last.checked_add_days(Days::new(1)));
    let old: Vec<_> = periods.iter().filter(|period| steps.supersede.contains(&period.id)).collect();
    let before = |day| {
        old.iter()
            .find(|held| held.starts_on <= day && held.ends_on.is_none_or(|last| last >= day))
            .map(|held| (&held.placement, held.on_leave))
    };
    let instead = |day| {
        steps
            .add
            .iter()
            .find(|new| new.starts_on <= day && new.ends_on.is_none_or(|last| last >= day))
            .map(|new| (&new.placement, new.on_leave))
    };
    let borders = old.iter().flat_map(|held| [Some(held.starts_on), after(held.ends_on)]);
    let borders = borders.chain(steps.add.iter().flat_map(|new| [Some(new.starts_on), after(new.ends_on)]));
    borders.flatten().filter(|day| before(*day) != instead(*day)).min()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    pub fn place(n: u128) -> Placement {
        Placement {
            facility: Uuid::from_u128(n),
            department: Department::Known(Uuid::from_u128(n + 100)),
            job_role: "Nurse".to_owned(),
            supervisor: None,
        }
    }

    pub fn period(id: u128, from: &str, to: Option<&str>) -> Period {
        Period {
            id: Uuid::from_u128(id),
            placement: place(1),
            starts_on: day(from),
            ends_on: to.map(day),
            on_leave: false,
        }
    }

    #[test]
    fn a_move_ends_the_period_the_day_before_and_begins_another() {
        let held = period(7, "2020-01-01", None);
        let steps = change(&held, place(2), day("2026-11-01"), None, false).expect("a move");
        assert_eq!(steps.supersede, [held.id]);
        assert_eq!(steps.add[0].ends_on, Some(day("2026-10-31")));
        assert_eq!(steps.add[0].placement, place(1));
        assert_eq!((steps.add[1].starts_on, steps.add[1].ends_on), (day("2026-11-01"), None));
    }

    #[test]
    fn a_move_from_the_first_day_on_corrects_the_period() {
        let held = period(7, "2020-01-01", None);
        let steps = change(&held, place(2), day("2020-01-01"), None, false).expect("a correction");
        assert_eq!(steps.add.len(), 1);
        assert_eq!(steps.add[0].placement, place(2));
    }

    #[test]
    fn a_move_before_the_period_began_or_after_it_ended_is_refused() {
        let held = period(7, "2020-01-01", Some("2020-12-31"));
        for wrong in ["2019-12-31", "2021-01-01"] {
            assert_eq!(change(&held, place(2), day(wrong), None, false), Err(RosterProblem::DateDisorder));
        }
    }

    #[test]
    fn an_end_supersedes_what_was_to_begin_later() {
        let periods = [period(7, "2020-01-01", Some("2026-12-31")), period(8, "2027-01-01", None)];
        let steps = end(&periods, &periods[0], day("2026-11-12")).expect("an end");
        assert_eq!(steps.supersede, [periods[0].id, periods[1].id]);
        assert_eq!(steps.add.len(), 1);
        assert_eq!(steps.add[0].ends_on, Some(day("2026-11-12")));
        assert_eq!(end(&periods, &periods[0], day("2019-11-12")), Err(RosterProblem::DateDisorder));
    }

    #[test]
    fn a_difference_begins_where_the_old_and_the_new_part() {
        let gone = period(7, "2020-01-01", Some("2026-11-01"));
        let periods = [gone.clone()];
        let later = end(&periods, &gone, day("2026-11-20")).expect("an end");
        assert_eq!(first_changed(&periods, &later), Some(day("2026-11-02")), "a last day that moves later");
        let sooner = end(&periods, &gone, day("2026-10-20")).expect("an end");
        assert_eq!(first_changed(&periods, &sooner), Some(day("2026-10-21")));
        let moved = change(&gone, place(2), day("2026-10-01"), None, false).expect("a move");
        assert_eq!(first_changed(&periods, &moved), Some(day("2026-10-01")), "not from the first day of the job on");
        let corrected = change(&gone, place(2), day("2020-01-01"), None, false).expect("a correction");
        assert_eq!(first_changed(&periods, &corrected), Some(day("2020-01-01")));
        assert_eq!(first_changed(&periods, &Steps::default()), None);
    }

    #[test]
    fn employment_never_overlaps_itself() {
        let periods = [period(7, "2020-01-01", Some("2020-12-31"))];
        assert_eq!(begin(&periods, place(1), day("2020-12-31"), None, false), Err(RosterProblem::Overlaps));
        assert_eq!(
            begin(&periods, place(1), day("2019-01-01"), Some(day("2020-01-01")), false),
            Err(RosterProblem::Overlaps)
        );
        assert!(begin(&periods, place(1), day("2019-01-01"), Some(day("2019-12-31")), false).is_ok());
        assert_eq!(
            begin(&[], place(1), day("2020-01-02"), Some(day("2020-01-01")), false),
            Err(RosterProblem::DateDisorder)
        );
    }

    #[test]
    fn what_holds_is_the_period_of_the_day_else_the_next() {
        let periods = [period(7, "2020-01-01", Some("2020-12-31")), period(8, "2022-01-01", None)];
        let at = |text| current(&periods, day(text)).map(|period| period.id.as_u128());
        assert_eq!((at("2020-06-01"), at("2021-06-01"), at("2023-01-01")), (Some(7), Some(8), Some(8)));
        assert_eq!(last_ended(&periods, day("2021-06-01")).map(|period| period.id.as_u128()), Some(7));
    }
}

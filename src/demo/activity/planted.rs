//! What a privacy office would want to see: every suspicious case of the demo, told once.
//!
//! Each story gives its rows, what a rule should find in them ([`planted`]) and, for some old ones, how
//! they were decided ([`past_decisions`]). The stories themselves stand in `planted/stories.rs`.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use super::metrics;
use super::pen::Pen;
use super::workday::in_house;
use super::{Row, seed, who};
use crate::demo::names::Dice;
use crate::demo::organisation::{Organisation, days_ago, related};

mod stories;

use stories::{Act, Outcome, STORIES, Story};

/// Cases are decided in the demo once they are older than this many days.
const SETTLED: u64 = 7;

/// What a rule must find: a person, a local day and, unless it is about a whole day, a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The rule's code.
    pub rule: &'static str,
    /// EHR login.
    pub login: String,
    /// Local day, `America/New_York`.
    pub day: NaiveDate,
    /// The patient's number; none for what is about a whole day.
    pub mrn: Option<String>,
    /// What happened, for people who read the demo's source.
    pub story: &'static str,
}

/// How an old case was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// The case.
    pub planted: Planted,
    /// Disposition in the portal's vocabulary.
    pub disposition: &'static str,
    /// Reason code in the portal's vocabulary.
    pub reason_code: &'static str,
    /// The note, without a patient's name.
    pub note: &'static str,
    /// Index into `people`: the coordinator or the manager.
    pub decided_by: usize,
    /// Local wall-clock time of the decision.
    pub decided_at: NaiveDateTime,
    /// The manager, where the disposition needs a second review.
    pub second_review_by: Option<usize>,
}

struct Told {
    planted: Planted,
    outcome: Option<Outcome>,
    rows: Vec<Row>,
}

/// Everything suspicious by design, oldest first.
#[must_use]
pub fn planted(org: &Organisation, today: NaiveDate) -> Vec<Planted> {
    told(org, today).into_iter().map(|told| told.planted).collect()
}

/// Decisions on about two thirds of what is older than a week, oldest case first.
#[must_use]
pub fn past_decisions(org: &Organisation, today: NaiveDate) -> Vec<PastDecision> {
    let decide = |(index, told): (usize, Told)| {
        let (disposition, reason_code, by_manager, note) = told.outcome?;
        let mut on = told.planted.day + TimeDelta::days(2);
        while matches!(on.weekday(), Weekday::Sat | Weekday::Sun) {
            on += TimeDelta::days(1);
        }
        let minute = u32::try_from(index * 23 % 60).unwrap_or(0);
        let decided_by = if by_manager { org.accounts.manager } else { org.accounts.coordinator };
        let needs_second = !["appropriate", "appropriate_policy_gap", "duplicate"].contains(&disposition);
        (told.planted.day < days_ago(today, SETTLED)).then_some(PastDecision {
            planted: told.planted,
            disposition,
            reason_code,
            note,
            decided_by,
            decided_at: on.and_hms_opt(9 + minute % 7, minute, 20)?,
            second_review_by: needs_second.then_some(org.accounts.manager),
        })
    };
    told(org, today).into_iter().enumerate().filter_map(decide).collect()
}

/// The numbers of the patients that the demo's privacy office watches.
#[must_use]
pub fn watched(org: &Organisation) -> Vec<String> {
    let slot = |story: &Story| match story.act {
        Act::Watched { slot, .. } => Some(org.patients[related(org, slot)].mrn.clone()),
        _ => None,
    };
    STORIES.iter().filter_map(slot).collect()
}

/// The rows of all stories.
pub(super) fn rows(org: &Organisation, today: NaiveDate) -> Vec<Row> {
    told(org, today).into_iter().flat_map(|told| told.rows).collect()
}

/// True for logins whose unusual day only shows against many usual ones.
pub(super) fn needs_history(login: &str) -> bool {
    STORIES.iter().any(|story| story.login == login && matches!(story.act, Act::Sweep { .. }))
}

fn told(org: &Organisation, today: NaiveDate) -> Vec<Told> {
    let mut all = Vec::new();
    for (index, story) in STORIES.iter().enumerate() {
        let mut dice = Dice::new(&[6, seed(today), index as u64]);
        tell(org, today, story, &mut dice, &mut all);
    }
    all.sort_by(|a, b| (a.planted.day, &a.planted.login).cmp(&(b.planted.day, &b.planted.login)));
    all
}

fn tell(org: &Organisation, today: NaiveDate, story: &Story, dice: &mut Dice, all: &mut Vec<Told>) {
    let day = story.when.before(today);
    let (Some(who), Some(at)) = (who(org, story.login), day.and_hms_opt(story.at.0, story.at.1, story.at.2)) else {
        return;
    };
    let mut rows = Vec::new();
    let mut pen = Pen { rows: &mut rows, who, workstation: story.workstation.to_owned(), at };
    pen.write(&metrics::LOGIN, None);
    pen.wait(dice.between(9, 40));
    let place = org.departments.iter().find(|place| place.name == story.place);
    let patients = place.map_or(0..org.patients.len(), |place| place.patients.clone());
    let case = |mrn: Option<String>| Planted {
        rule: story.act.rule(),
        login: story.login.to_owned(),
        day,
        mrn,
        story: story.text,
    };
    let mut seen = Vec::new();
    match story.act {
        Act::Sweep { patients: count, metrics, gap } => {
            for step in 0..count {
                for metric in metrics {
                    pen.write(metric, Some(patients.start + step * (patients.len() / count)));
                    pen.wait(dice.between(gap.0, gap.1));
                }
            }
            seen.push(case(None));
        }
        Act::Related { slot, .. } => {
            let patient = related(org, slot);
            pen.open(dice, &metrics::LOOK, patient);
            seen.push(case(Some(org.patients[patient].mrn.clone())));
        }
        Act::Watched { slot, nurse, days } => {
            let patient = related(org, slot);
            // the stay itself was work, and is over
            if let Some(who) = super::who(org, nurse) {
                let (rows, workstation, at) = (&mut *pen.rows, "RVH-WS-0111".to_owned(), at - TimeDelta::days(days));
                Pen { rows, who, workstation, at }.open(dice, &metrics::CARE, patient);
            }
            // who is watched lies behind the glass; whoever breaks it says why
            pen.write(&metrics::GLASS, Some(patient));
            if let Some(row) = pen.rows.last_mut() {
                row.reason = metrics::REASONS[0];
            }
            pen.open(dice, &metrics::LOOK, patient);
            seen.push(case(Some(org.patients[patient].mrn.clone())));
        }
        Act::Again { days } => {
            let patient = patients.start + patients.len() / 2;
            for ago in (0..days).rev() {
                pen.at = at - TimeDelta::days(i64::try_from(ago * 2).unwrap_or(0));
                pen.open(dice, &metrics::LOOK, patient);
            }
            seen.push(case(Some(org.patients[patient].mrn.clone())));
        }
        Act::OnLeave { charts } => {
            for _ in 0..charts {
                let patient = in_house(dice, &patients, story.when.ago());
                pen.open(dice, &metrics::CARE, patient);
                pen.wait(dice.between(90, 420));
            }
            seen.push(case(None));
        }
        Act::AfterLeaving { charts } | Act::NoReason { charts } => {
            for _ in 0..charts {
                let mut patient = in_house(dice, &patients, story.when.ago());
                let known = |patient: usize, seen: &[Planted]| {
                    let case = case(Some(org.patients[patient].mrn.clone()));
                    seen.contains(&case) || all.iter().any(|told| told.planted.same_case(&case))
                };
                while known(patient, &seen) {
                    patient = in_house(dice, &patients, story.when.ago());
                }
                let glass = matches!(story.act, Act::NoReason { .. });
                if glass {
                    pen.write(&metrics::GLASS, Some(patient));
                    pen.wait(dice.between(3, 14));
                }
                let opening = if glass { &metrics::CARE } else { &metrics::LOOK };
                pen.open(dice, opening, patient);
                pen.wait(dice.between(90, 420));
                seen.push(case(Some(org.patients[patient].mrn.clone())));
            }
        }
    }
    pen.write(&metrics::LOGOUT, None);
    // All rows of a story belong to its first case; they are only counted together.
    for planted in seen {
        all.push(Told { planted, outcome: story.outcome, rows: std::mem::take(&mut rows) });
    }
}

impl Planted {
    /// Same person, patient and day, whatever rule and story.
    fn same_case(&self, other: &Self) -> bool {
        (&self.login, self.day, &self.mrn) == (&other.login, other.day, &other.mrn)
    }
}

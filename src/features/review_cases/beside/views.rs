//! The lines of what only a case's page shows: who else was there, earlier cases, and what lies outside.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::queries::CaseRow;
use super::queries::{Beyond, Other, OtherCase};
use super::usual::Usual;
use super::{OTHERS, Whole};
use crate::web::time::{self, Instant};
use crate::words::{AccessType, Disposition, ReviewState, Risk, RuleCode};

/// Somebody else on the same patient.
pub struct OtherLine {
    pub who: String,
    pub href: Option<String>,
    pub job: String,
    pub first: Instant,
    /// `to 03:20`, if it was more than one moment.
    pub last: Option<Instant>,
    /// `2 h before`, `at the same time`
    pub away: String,
    pub kinds: String,
    pub rows: usize,
}

/// Another case of the same person.
pub struct CaseLine {
    pub id: Uuid,
    pub number: i64,
    pub day: String,
    pub risk: Risk,
    pub rules: String,
    pub standing: &'static str,
}

/// What only the page shows.
pub struct WholeView {
    pub usual: Option<Usual>,
    /// None for a case without a patient.
    pub others: Option<Vec<OtherLine>>,
    pub more_others: bool,
    /// The patient's page with the days around the case.
    pub patient_href: Option<String>,
    pub near_outside: Option<String>,
    pub earlier: Vec<CaseLine>,
    /// The queue with all of the person's cases.
    pub all_cases: Option<String>,
    pub cases_outside: Option<String>,
    /// What the person did in all on that day.
    pub day: Option<String>,
    /// The person's page with that day.
    pub day_href: Option<String>,
}

impl WholeView {
    /// From what was read.
    pub fn of(whole: Whole, head: &CaseRow, usual: Option<Usual>, zone: Tz) -> Self {
        let around = |days: i64| {
            let day = |by: i64| head.local_day + TimeDelta::days(by);
            format!("from={}&to={}", day(-days), day(days))
        };
        let outside = &whole.outside;
        Self {
            usual,
            more_others: whole.others.len() > OTHERS,
            others: head
                .patient_id
                .map(|_| whole.others.into_iter().take(OTHERS).map(|other| other_line(other, head, zone)).collect()),
            patient_href: head.patient_id.map(|id| format!("/patients/{id}?{}", around(1))),
            near_outside: outside.near_outside.filter(|n| *n > 0).map(|n| {
                format!("{} of this patient in this time {} outside what your account covers.", rows(n), lie(n))
            }),
            earlier: whole.earlier.iter().map(case_line).collect(),
            all_cases: head.person_id.map(|id| format!("/access-logs?view=all&person={id}")),
            cases_outside: outside.cases_outside.filter(|n| *n > 0).map(|n| {
                let cases = if n == 1 { "1 more case".to_owned() } else { format!("{} more cases", time::count(n)) };
                format!("{cases} in a year {} outside what your account covers.", lie(n))
            }),
            day: day(outside),
            day_href: head.person_id.map(|id| format!("/people/{id}?{}", around(0))),
        }
    }
}

fn rows(n: i64) -> String {
    match n {
        1 => "1 row".to_owned(),
        n if n > 10_000 => "10,000+ rows".to_owned(),
        n => format!("{} rows", time::count(n)),
    }
}

const fn lie(n: i64) -> &'static str {
    if n == 1 { "lies" } else { "lie" }
}

/// `60 rows on this day, 12 of them outside what your account covers.`
fn day(outside: &Beyond) -> Option<String> {
    let all = outside.day_rows.filter(|all| *all > 0)?;
    let hidden = outside.day_outside.unwrap_or(0);
    let all = rows(all);
    Some(if hidden > 0 {
        format!("{all} in all on this day, {} of them outside what your account covers.", time::count(hidden))
    } else {
        format!("{all} in all on this day.")
    })
}

fn other_line(other: Other, head: &CaseRow, zone: Tz) -> OtherLine {
    let kinds = AccessType::ALL.iter().filter(|kind| other.kinds.iter().any(|word| word == kind.as_str()));
    OtherLine {
        job: match (other.person_id, other.job_role, &other.vendor_name) {
            (Some(_), Some(job), _) => job,
            (Some(_), None, _) => "Job outside your facilities".to_owned(),
            (None, _, Some(_)) => format!("Vendor account {}", other.login),
            (None, _, None) => "Unmatched login".to_owned(),
        },
        who: other.full_name.or(other.vendor_name).unwrap_or(other.login),
        href: other.person_id.map(|id| format!("/people/{id}")),
        first: time::instant(other.first_at, zone),
        last: (other.last_at != other.first_at).then(|| time::instant(other.last_at, zone)),
        away: away(other.first_at, other.last_at, head),
        kinds: kinds.map(|kind| kind.label()).collect::<Vec<_>>().join(", "),
        rows: other.rows.len(),
    }
}

/// How far from the case's rows somebody's were.
fn away(first: DateTime<Utc>, last: DateTime<Utc>, head: &CaseRow) -> String {
    if last < head.first_action_at {
        format!("{} before", time::age(head.first_action_at - last))
    } else if first > head.last_action_at {
        format!("{} after", time::age(first - head.last_action_at))
    } else {
        "at the same time".to_owned()
    }
}

fn case_line(case: &OtherCase) -> CaseLine {
    let rules = case.rules.iter().filter_map(|rule| RuleCode::parse(rule)).map(RuleCode::label);
    let decided = case.disposition.as_deref().and_then(Disposition::parse);
    CaseLine {
        id: case.id,
        number: case.number,
        day: time::date(case.local_day),
        risk: Risk::parse(&case.risk).unwrap_or(Risk::Low),
        rules: rules.collect::<Vec<_>>().join(", "),
        standing: decided
            .map_or_else(|| ReviewState::parse(&case.state).map_or("Open", ReviewState::label), Disposition::label),
    }
}

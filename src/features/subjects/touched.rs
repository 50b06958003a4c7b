//! Everybody who touched a patient's records, as the page shows them: one line each, with their cases.

use chrono_tz::Tz;
use uuid::Uuid;

use super::queries::touched::{MOST, PatientCase, Touched};
use crate::web::time::{self, Instant};
use crate::words::{AccessType, Disposition, ReviewState};

/// One person, or one login that no person held.
pub struct TouchedLine {
    pub who: String,
    pub href: Option<String>,
    pub logins: String,
    pub job: String,
    pub rows: String,
    pub first: Instant,
    pub last: Instant,
    /// Whether it was one moment only.
    pub once: bool,
    pub kinds: String,
    pub cases: Vec<(Uuid, i64, &'static str)>,
}

/// The lines, and whether there are more people than the page lists.
pub struct TouchedView {
    pub lines: Vec<TouchedLine>,
    pub more: bool,
}

impl TouchedView {
    /// From what was read.
    #[must_use]
    pub fn of(mut touched: Vec<Touched>, cases: &[PatientCase], zone: Tz) -> Self {
        let more = touched.len() > MOST;
        touched.truncate(MOST);
        Self { lines: touched.into_iter().map(|one| line(one, cases, zone)).collect(), more }
    }

    /// `12 people and logins`
    #[must_use]
    pub fn count(&self) -> String {
        match self.lines.len() {
            1 => "1 person or login".to_owned(),
            n => format!("{n}{} people and logins", if self.more { "+" } else { "" }),
        }
    }
}

fn line(one: Touched, cases: &[PatientCase], zone: Tz) -> TouchedLine {
    let theirs = |case: &&PatientCase| match one.person_id {
        Some(person) => case.person_id == Some(person),
        None => case.person_id.is_none() && Some(case.login_id) == one.login_id,
    };
    let cases = cases.iter().filter(theirs).map(|case| (case.id, case.number, standing(case))).collect();
    let job = match (one.person_id, one.job_role, one.vendor_name.is_some()) {
        (Some(_), Some(job), _) if one.left => format!("{job}, had left"),
        (Some(_), Some(job), _) => job,
        (Some(_), None, _) => "Job outside your facilities".to_owned(),
        (None, _, true) => "Vendor account".to_owned(),
        (None, _, false) => "Unmatched login".to_owned(),
    };
    TouchedLine {
        job,
        who: one.full_name.or(one.vendor_name).unwrap_or_else(|| "Nobody known".to_owned()),
        href: match (one.person_id, one.login_id) {
            (Some(person), _) => Some(format!("/people/{person}")),
            (None, Some(login)) => Some(format!("/people/logins/{login}")),
            (None, None) => None,
        },
        logins: one.logins.join(", "),
        rows: time::count(one.rows),
        first: time::instant(one.first_at, zone),
        last: time::instant(one.last_at, zone),
        once: one.rows == 1 || one.first_at == one.last_at,
        kinds: kinds(&one.kinds),
        cases,
    }
}

/// `Viewed, Printed`
fn kinds(words: &[String]) -> String {
    let labels = AccessType::ALL.iter().filter(|kind| words.iter().any(|word| word == kind.as_str()));
    labels.map(|kind| kind.label()).collect::<Vec<_>>().join(", ")
}

fn standing(case: &PatientCase) -> &'static str {
    let decided = case.disposition.as_deref().and_then(Disposition::parse);
    decided.map_or_else(|| ReviewState::parse(&case.state).map_or("Open", ReviewState::label), Disposition::label)
}

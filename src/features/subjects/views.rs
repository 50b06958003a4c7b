//! The views of a patient's and a person's page; both show access rows the same way.

use askama::Template;
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use uuid::Uuid;

use super::filter::PeriodView;
use super::queries::rows::AccessRow;
use super::queries::{CaseLink, Counted, HeldLogin, PatientHead, Period, PersonHead};
use super::touched::TouchedView;
use super::training::TrainingLine;
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::words::{AccessReason, AccessType, Disposition, ReviewState, pseudonym, resource_label};

/// Who touched a patient's records.
#[derive(Template)]
#[template(path = "subjects/patient.html")]
pub struct PatientPage {
    pub chrome: Chrome,
    pub name: String,
    pub head: PatientHead,
    pub period: PeriodView,
    pub touched: TouchedView,
    pub rows: Rows,
    pub zone_name: String,
    pub who: bool,
    pub may_review: bool,
    /// Why a patient may be put on the watch list; empty for who may not.
    pub watch_reasons: Vec<(&'static str, &'static str)>,
}

/// One person: profile, periods, logins, cases, accesses.
#[derive(Template)]
#[template(path = "subjects/person.html")]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, read by the template")]
pub struct PersonPage {
    pub chrome: Chrome,
    pub id: Uuid,
    pub head: PersonHead,
    pub role_label: &'static str,
    pub own: bool,
    pub may_change: bool,
    pub change: String,
    pub periods: Vec<PeriodLine>,
    /// None for who may not see it, which is not the same as having none.
    pub training: Option<Vec<TrainingLine>>,
    pub activity: Option<Activity>,
    pub zone_name: String,
    pub who: bool,
    pub may_review: bool,
}

/// What only the privacy office sees of a person.
pub struct Activity {
    pub logins: Vec<LoginLine>,
    pub cases: Vec<CaseLine>,
    pub all_cases: String,
    pub period: PeriodView,
    pub rows: Rows,
}

/// The access rows of a page, and how many there are.
pub struct Rows {
    pub lines: Vec<AccessLine>,
    /// `1,204 rows`, of the period.
    pub counted: String,
    /// `12 more lie outside what your account covers.`
    pub outside: Option<String>,
    pub shown: String,
    pub next: Option<String>,
    /// Where the list begins, if this is a page further down.
    pub top: Option<String>,
}

impl Rows {
    /// Of a page of rows.
    pub fn of(rows: &[AccessRow], more: bool, counted: Counted, list: &List, zone: Tz) -> Self {
        Self {
            lines: lines(rows, zone),
            counted: how_many(counted),
            outside: outside(counted),
            shown: format!("{} shown", rows.len()),
            next: list.next(more, rows.last().map(|row| row.id)),
            top: list.continued.then(|| list.url()),
        }
    }
}

/// How far rows are counted.
const COUNTED: i64 = 10_000;

/// The rows that the reader sees.
fn how_many(counted: Counted) -> String {
    let seen = counted.total - counted.outside;
    match (counted.total > COUNTED, seen) {
        (true, _) => format!("{}+ rows", time::count(COUNTED - counted.outside)),
        (false, 1) => "1 row".to_owned(),
        (false, seen) => format!("{} rows", time::count(seen)),
    }
}

/// Those that the reader does not see, without more.
fn outside(counted: Counted) -> Option<String> {
    let more = if counted.total > COUNTED { "At least " } else { "" };
    match counted.outside {
        0 => None,
        1 => Some(format!("{more}1 more row lies outside what your account covers.")),
        n => Some(format!("{more}{} more rows lie outside what your account covers.", time::count(n))),
    }
}

/// One access row as people read it.
pub struct AccessLine {
    pub at: Instant,
    pub who: String,
    pub who_href: Option<String>,
    pub login: String,
    pub verb: &'static str,
    pub resource: &'static str,
    pub subject: String,
    pub subject_href: Option<String>,
    pub reason: &'static str,
    pub place: String,
    pub case: Option<(Uuid, i64)>,
}

/// One period of employment.
pub struct PeriodLine {
    pub period: Period,
    pub from: String,
    pub to: String,
    /// When the portal learned of it, if that was after it happened.
    pub recorded: Option<String>,
    pub supervisor_href: Option<String>,
}

/// One login and when it was held.
pub struct LoginLine {
    pub href: String,
    pub login: String,
    pub from: String,
    pub to: String,
}

/// One case in the person's list.
pub struct CaseLine {
    pub id: Uuid,
    pub number: i64,
    pub risk: String,
    pub state: &'static str,
    pub day: String,
}

/// Rows as lines; a patient's page shows who, a person's page shows which patient.
pub fn lines(rows: &[AccessRow], zone: Tz) -> Vec<AccessLine> {
    rows.iter().map(|row| line(row, zone)).collect()
}

fn line(row: &AccessRow, zone: Tz) -> AccessLine {
    let patient = row.source_patient_id.clone().or_else(|| row.patient_id.map(pseudonym));
    AccessLine {
        at: time::instant(row.action_at, zone),
        who: row.full_name.clone().or_else(|| row.vendor_name.clone()).unwrap_or_else(|| "Unmatched login".to_owned()),
        who_href: row.person_id.map(|id| format!("/people/{id}")),
        login: row.login.clone(),
        verb: AccessType::parse(&row.access_type).map_or("Used", AccessType::label),
        resource: resource_label(&row.resource_type),
        subject: row.resource_id.clone().or(patient).unwrap_or_default(),
        subject_href: row.patient_id.map(|id| format!("/patients/{id}")),
        reason: AccessReason::ALL
            .iter()
            .find(|reason| reason.as_str() == row.access_reason)
            .map_or("Other", |reason| reason.label()),
        place: [row.site_code.clone(), row.device_label.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        case: row.case_id.zip(row.case_number),
    }
}

/// Periods as lines.
pub fn periods(periods: Vec<Period>, zone: Tz) -> Vec<PeriodLine> {
    periods
        .into_iter()
        .map(|period| PeriodLine {
            recorded: late(&period, zone).map(time::date),
            supervisor_href: period.supervisor_id.map(|id| format!("/people/{id}")),
            from: time::date(period.starts_on),
            to: period.ends_on.map_or_else(|| "now".to_owned(), time::date),
            period,
        })
        .collect()
}

/// The day a period became known, if that was more than a day after it began, or, once it has an end, the day the end
/// became known, if that was as late.
fn late(period: &Period, zone: Tz) -> Option<NaiveDate> {
    let (known, happened) = match period.ends_on {
        Some(last) => (period.end_known_at.unwrap_or(period.recorded_at), last),
        None => (period.recorded_at, period.starts_on),
    };
    let recorded = known.with_timezone(&zone).date_naive();
    (recorded > happened + TimeDelta::days(1)).then_some(recorded)
}

/// Logins as lines.
pub fn logins(logins: Vec<HeldLogin>, zone: Tz) -> Vec<LoginLine> {
    logins
        .into_iter()
        .map(|held| LoginLine {
            href: format!("/people/logins/{}", held.login_id),
            login: held.login,
            from: time::date(held.valid_from.with_timezone(&zone).date_naive()),
            to: held.valid_to.map_or_else(|| "now".to_owned(), |at| time::date(at.with_timezone(&zone).date_naive())),
        })
        .collect()
}

/// Cases as lines.
pub fn cases(cases: Vec<CaseLink>) -> Vec<CaseLine> {
    cases
        .into_iter()
        .map(|case| CaseLine {
            id: case.id,
            number: case.number,
            risk: case.risk,
            state: case
                .disposition
                .as_deref()
                .and_then(Disposition::parse)
                .map_or_else(|| ReviewState::parse(&case.state).map_or("Open", ReviewState::label), Disposition::label),
            day: time::date(case.local_day),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Counted, how_many, outside};

    #[test]
    fn what_is_counted_to_an_end_says_that_there_is_more() {
        let said = |total, out| {
            let counted = Counted { total, outside: out };
            (how_many(counted), outside(counted).unwrap_or_default())
        };
        let lies = "more rows lie outside what your account covers.";
        assert_eq!(said(1, 0), ("1 row".to_owned(), String::new()));
        assert_eq!(said(1204, 4), ("1,200 rows".to_owned(), format!("4 {lies}")));
        assert_eq!(said(10_001, 0), ("10,000+ rows".to_owned(), String::new()));
        assert_eq!(said(10_001, 4000), ("6,000+ rows".to_owned(), format!("At least 4,000 {lies}")));
    }
}

//! One case, in the drawer or on its own page: why it was flagged, what was true at the time of the access, the rows
//! themselves, and the form that decides it.

use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{DecisionForm, is_local};
use super::queries::{CaseRow, DayCount, Earlier, Employment, EvidenceRow, FindingLink, HistoryRow};
use super::views::{self, FlagView};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, Role, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{AccessReason, AccessType, Disposition, Reason, ReviewState, Risk, resource_label};

/// Everything one transaction read about a case.
pub struct Loaded {
    pub head: CaseRow,
    pub evidence: Vec<EvidenceRow>,
    pub in_scope: i64,
    pub employment: Option<Employment>,
    pub history: Vec<HistoryRow>,
    pub earlier: Earlier,
    pub days: Vec<DayCount>,
    pub findings: Vec<FindingLink>,
    pub last_reason: Option<String>,
}

/// Where the person came from, so that every link leads back.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Around {
    #[serde(default)]
    pub back: String,
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub previous: String,
}

/// The case's own page.
#[derive(Template)]
#[template(path = "review_cases/case.html")]
pub struct CasePage {
    pub chrome: Chrome,
    pub case: CaseView,
}

/// The case in the drawer.
#[derive(Template)]
#[template(path = "review_cases/drawer.html")]
pub struct Drawer {
    pub case: CaseView,
}

/// What both show.
#[allow(clippy::struct_excessive_bools, reason = "each is one thing the page shows or leaves out")]
pub struct CaseView {
    pub id: Uuid,
    pub number: i64,
    pub version: i32,
    pub risk: Risk,
    pub state: ReviewState,
    pub headline: String,
    pub when: Instant,
    pub place: String,
    pub zone_name: String,
    pub waiting: String,
    pub late: bool,
    pub person: Option<Uuid>,
    pub patient: Option<Uuid>,
    pub subject: String,
    pub flags: Vec<FlagView>,
    pub facts: Vec<Fact>,
    pub rows: Vec<RowView>,
    pub row_count: i64,
    pub outside: i64,
    pub bars: Vec<Bar>,
    pub busiest: String,
    pub history: Vec<HistoryLine>,
    pub earlier: String,
    pub findings: Vec<FindingLink>,
    pub decided: Option<Decided>,
    pub may_decide: bool,
    pub may_reopen: bool,
    pub may_find: bool,
    pub preset: &'static str,
    pub errors: Errors,
    pub form: DecisionForm,
    pub conflict: Option<String>,
    pub back: String,
    pub next_path: String,
    pub next_link: Option<String>,
    pub previous_link: Option<String>,
}

/// One line of "at the time of access": a badge where it speaks, and words.
pub struct Fact {
    pub label: &'static str,
    pub badge: Option<(&'static str, &'static str, &'static str)>,
    pub text: String,
    pub href: Option<String>,
}

/// One access row of the case.
pub struct RowView {
    pub at: Instant,
    pub verb: &'static str,
    pub icon: &'static str,
    pub resource: &'static str,
    pub subject: String,
    pub detail: String,
    pub flagged: bool,
}

/// One day of the small chart.
pub struct Bar {
    pub x: i64,
    pub y: i64,
    pub height: i64,
    pub class: &'static str,
}

/// One line of the case's history.
pub struct HistoryLine {
    pub at: Instant,
    pub icon: &'static str,
    pub text: String,
    pub note: Option<String>,
    pub finding: Option<(Uuid, String)>,
}

/// How the case was decided.
pub struct Decided {
    pub disposition: &'static str,
    pub reason: &'static str,
    pub by: String,
    pub at: Instant,
}

impl CaseView {
    /// From what was read, for a role, with the way back.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn of(
        loaded: Loaded,
        role: Role,
        around: &Around,
        organisation_zone: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let head = loaded.head;
        let zone_name = head.time_zone.clone().unwrap_or_else(|| organisation_zone.to_owned());
        let zone = clock::zone(&zone_name);
        let state = ReviewState::parse(&head.state).ok_or(AppError::Internal("unknown state"))?;
        let (who, _) = views::who(&head);
        let back = if is_local(&around.back) { around.back.clone() } else { "/access-logs".to_owned() };
        let open = |id: &str| Uuid::try_parse(id).ok().map(|id| with_open(&back, id));
        let decided = decided(&head, zone);
        let row_count = i64::from(head.row_count);
        Ok(Self {
            id: head.id,
            number: head.number,
            version: head.version,
            risk: Risk::parse(&head.risk).ok_or(AppError::Internal("unknown risk"))?,
            state,
            headline: headline(&head, &who),
            when: time::instant(head.first_action_at, zone),
            place: head.facility_name.clone().unwrap_or_else(|| "No facility named".to_owned()),
            waiting: time::age(now - head.last_action_at),
            late: views::is_late(&head, now),
            person: head.person_id,
            patient: head.patient_id,
            subject: views::subject(head.patient_id, head.source_patient_id.as_deref()),
            flags: views::flags(&head, zone)?,
            facts: facts(&head, loaded.employment.as_ref(), &loaded.evidence),
            rows: loaded.evidence.iter().map(|row| row_view(row, zone)).collect(),
            row_count,
            outside: (row_count - loaded.in_scope).max(0),
            busiest: busiest(&loaded.days),
            bars: bars(&loaded.days, &head),
            history: loaded.history.into_iter().map(|line| history_line(line, zone)).collect(),
            earlier: earlier(&loaded.earlier),
            findings: loaded.findings,
            may_decide: decided.is_none() && state.may_be_decided() && may(role, Action::ReviewCaseDecide),
            may_reopen: state.reopened().is_some() && may(role, Action::ReviewCaseReopen),
            may_find: may(role, Action::FindingCreate),
            decided,
            preset: loaded.last_reason.as_deref().and_then(Reason::parse).map_or("", Reason::as_str),
            errors: Errors::new(),
            form: DecisionForm { version: head.version, ..DecisionForm::default() },
            conflict: None,
            next_path: open(&around.next).unwrap_or_else(|| back.clone()),
            next_link: open(&around.next),
            previous_link: open(&around.previous),
            back,
            zone_name: time::zone_words(zone),
        })
    }

    /// The same, after a form that could not be accepted: what was typed stays.
    #[must_use]
    pub fn answering(mut self, form: DecisionForm, errors: Errors) -> Self {
        if is_local(&form.next) {
            self.next_path.clone_from(&form.next);
        }
        self.form = DecisionForm { version: self.version, ..form };
        self.errors = errors;
        self
    }

    /// The same, after somebody else was first: says who decided what and when, keeps what was typed.
    #[must_use]
    pub fn conflicting(mut self, form: DecisionForm) -> Self {
        self.conflict = Some(match &self.decided {
            Some(decided) => format!(
                "{} decided this case as “{}” ({}) on {}.",
                decided.by, decided.disposition, decided.reason, decided.at.long
            ),
            None => "Somebody changed this case while you worked on it. Look at its history below.".to_owned(),
        });
        self.answering(form, Errors::new())
    }

    /// The reasons a quick "appropriate" can have.
    #[must_use]
    #[allow(clippy::unused_self, reason = "the template asks the case")]
    pub fn quick_reasons(&self) -> &'static [Reason] {
        Disposition::Appropriate.reasons()
    }

    /// The link to the finding form.
    #[must_use]
    pub fn finding_href(&self) -> String {
        format!("/findings/new?case={}", self.id)
    }
}

fn with_open(back: &str, id: Uuid) -> String {
    format!("{back}{}open={id}", if back.contains('?') { '&' } else { '?' })
}

fn headline(head: &CaseRow, who: &str) -> String {
    let verb = AccessType::parse(&head.access_type).map_or("Used", AccessType::label).to_lowercase();
    let resource = resource_label(&head.resource_type).to_lowercase();
    match (head.patient_id, head.row_count) {
        (None, rows) => format!("{who} opened {} rows about many patients in one day", time::count(i64::from(rows))),
        (Some(_), 1) if head.access_type == "break_glass" => format!("{who} broke the glass on a {resource}"),
        (Some(_), rows) if head.access_type == "break_glass" => {
            format!("{who} broke the glass, {rows} rows of one patient")
        }
        (Some(_), 1) => format!("{who} {verb} a {resource}"),
        (Some(_), rows) => format!("{who} {verb} {rows} rows of one patient"),
    }
}

fn facts(head: &CaseRow, employment: Option<&Employment>, evidence: &[EvidenceRow]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let plain = |label, text: String| Fact { label, badge: None, text, href: None };
    match (employment, head.person_id) {
        (Some(job), Some(person)) => {
            let ended = job.ends_on.is_some_and(|day| day < head.local_day);
            let badge = match (ended, job.on_leave) {
                (true, _) => ("critical", "user-off", "Ended"),
                (false, true) => ("medium", "clock", "On leave"),
                (false, false) => ("ok", "circle-check", "Active"),
            };
            let until = job.ends_on.filter(|_| ended).map_or_else(
                || format!("since {}", time::date(job.starts_on)),
                |day| format!("last day {}", time::date(day)),
            );
            facts.push(Fact {
                label: "Employment",
                badge: Some(badge),
                text: format!("{}, {until}", job.job_role),
                href: Some(format!("/people/{person}")),
            });
            facts.push(plain("Department", format!("{}, {}", job.department, job.facility)));
            facts.push(plain("Supervisor", job.supervisor.clone().unwrap_or_else(|| "None recorded".to_owned())));
        }
        (None, Some(person)) => {
            facts.push(Fact {
                label: "Employment",
                badge: None,
                text: "Outside your facilities on that day".to_owned(),
                href: Some(format!("/people/{person}")),
            });
        }
        (_, None) => match &head.vendor_name {
            Some(vendor) => facts.push(plain("Account", format!("Vendor account of {vendor}"))),
            None => facts.push(Fact {
                label: "Account",
                badge: Some(("medium", "user-question", "Unmatched")),
                text: "Nobody is known to have held this login on that day".to_owned(),
                href: None,
            }),
        },
    }
    facts.push(plain("Login", head.login.clone()));
    let mut reasons: Vec<_> = evidence
        .iter()
        .map(|row| AccessReason::ALL.iter().find(|r| r.as_str() == row.access_reason).map_or("Other", |r| r.label()))
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    facts.push(plain("Stated reason", if reasons.is_empty() { "None given".to_owned() } else { reasons.join(", ") }));
    facts
}

fn row_view(row: &EvidenceRow, zone: chrono_tz::Tz) -> RowView {
    let access = AccessType::parse(&row.access_type);
    let place = [row.device_label.clone(), row.source_ip.map(|ip| ip.ip().to_string())];
    let mut detail: Vec<_> = place.into_iter().flatten().collect();
    if row.outcome != "success" {
        detail.push(format!("outcome {}", row.outcome.replace('_', " ")));
    }
    let subject = match &row.resource_id {
        Some(id) => id.clone(),
        None if row.patient_id.is_none() => String::new(),
        None => views::subject(row.patient_id, row.source_patient_id.as_deref()),
    };
    RowView {
        at: time::instant(row.action_at, zone),
        verb: access.map_or("Used", AccessType::label),
        icon: match access {
            Some(AccessType::Search) => "search",
            Some(AccessType::Export) => "download",
            Some(AccessType::Print) => "printer",
            Some(AccessType::Login) => "login",
            Some(AccessType::Logout) => "logout",
            Some(AccessType::Update | AccessType::Create | AccessType::Delete) => "pencil",
            Some(AccessType::BreakGlass) => "key",
            _ => "eye",
        },
        resource: resource_label(&row.resource_type),
        subject,
        detail: detail.join(" · "),
        flagged: row.flagged,
    }
}

fn decided(head: &CaseRow, zone: chrono_tz::Tz) -> Option<Decided> {
    Some(Decided {
        disposition: Disposition::parse(head.disposition.as_deref()?).map_or("Decided", Disposition::label),
        reason: Reason::parse(head.reason_code.as_deref()?).map_or("no reason", Reason::label),
        by: head.decided_by_name.clone().unwrap_or_else(|| "Somebody".to_owned()),
        at: time::instant(head.decided_at?, zone),
    })
}

fn history_line(line: HistoryRow, zone: chrono_tz::Tz) -> HistoryLine {
    let who = line.actor.unwrap_or_else(|| "The portal".to_owned());
    let (icon, text) = match line.kind.as_str() {
        "opened" => ("flag", "Case opened by the rules".to_owned()),
        "decided" => {
            let disposition =
                line.disposition.as_deref().and_then(Disposition::parse).map_or("decided", Disposition::label);
            let reason = line.reason_code.as_deref().and_then(Reason::parse).map_or("", Reason::label);
            ("gavel", format!("{who} decided: {disposition} ({reason})"))
        }
        "reopened" => ("arrow-back-up", format!("{who} opened the case again")),
        "finding_linked" => ("flag", format!("{who} linked a finding")),
        "row_added" => ("plus", "Rows were added by a later import".to_owned()),
        _ => ("user", format!("{who} was assigned")),
    };
    let finding = line.finding_id.zip(line.finding_number);
    HistoryLine { at: time::instant(line.at, zone), icon, text, note: line.note, finding }
}

fn earlier(earlier: &Earlier) -> String {
    match (earlier.cases, earlier.open, earlier.inappropriate) {
        (0, _, _) => "No other case in 12 months.".to_owned(),
        (1, open, bad) => format!("1 other case in 12 months, {}.", outcome_words(open, bad)),
        (n, open, bad) => format!("{n} other cases in 12 months, {}.", outcome_words(open, bad)),
    }
}

fn outcome_words(open: i64, inappropriate: i64) -> String {
    format!("{open} open, {inappropriate} found inappropriate")
}

/// Thirty columns, one a day; the case's own day stands out.
fn bars(days: &[DayCount], head: &CaseRow) -> Vec<Bar> {
    let most = days.iter().map(|day| i64::from(day.patients)).max().unwrap_or(0).max(1);
    days.iter()
        .map(|day| {
            let height = (i64::from(day.patients) * 44 / most).max(1);
            let back = (head.local_day - day.local_day).num_days();
            Bar { x: (29 - back) * 13, y: 46 - height, height, class: if back == 0 { "c-critical" } else { "c-mut" } }
        })
        .collect()
}

fn busiest(days: &[DayCount]) -> String {
    days.last().map_or_else(String::new, |day| {
        let patients = if day.patients == 1 { "1 patient".to_owned() } else { format!("{} patients", day.patients) };
        format!("{}: {patients}", day.local_day.format("%b %-d"))
    })
}

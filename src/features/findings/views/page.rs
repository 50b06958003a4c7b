//! One finding: facts, linked cases, the evidence it relies on, and what was done to it. It prints as it reads.

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::model;
use super::super::queries::one::{Evidence, Finding, LinkedCase, Step};
use super::form::CaseLine;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::filters::link;
use crate::web::time::{self, Instant};
use crate::words::{AccessReason, AccessType, resource_label};

/// What the queries gave.
pub struct Shown {
    /// The finding's id.
    pub id: Uuid,
    /// The finding.
    pub finding: Finding,
    /// Its cases in scope.
    pub cases: Vec<LinkedCase>,
    /// A page of its evidence.
    pub evidence: Vec<Evidence>,
    /// Whether more follows.
    pub more: bool,
    /// Whether it begins after another page.
    pub continued: bool,
    /// What was done to it.
    pub history: Vec<Step>,
}

/// The page.
#[derive(Template)]
#[template(path = "findings/page.html")]
pub struct FindingPage {
    chrome: Chrome,
    id: Uuid,
    number: String,
    title: String,
    severity: String,
    status: (&'static str, &'static str, &'static str),
    facility: String,
    owner: String,
    creator: String,
    opened: Instant,
    due: String,
    late: Option<String>,
    discovered: Option<String>,
    details: Vec<String>,
    cases: Vec<CaseLine>,
    cases_label: String,
    hidden_cases: Option<String>,
    zone: String,
    evidence: Vec<EvidenceLine>,
    evidence_label: String,
    next: Option<String>,
    first: Option<String>,
    days: Vec<Day>,
}

struct EvidenceLine {
    at: Instant,
    login: String,
    holder: String,
    access: &'static str,
    reason: &'static str,
    resource_type: &'static str,
    resource: Option<String>,
    patient: Option<(Option<String>, String)>,
    device: Option<String>,
}

struct Day {
    name: String,
    steps: Vec<StepLine>,
}

struct StepLine {
    at: Instant,
    hour: String,
    icon: &'static str,
    sentence: &'static str,
    actor: String,
    status: &'static str,
}

impl FindingPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown) -> Self {
        let finding = shown.finding;
        let zone_name = finding.time_zone.as_deref().unwrap_or(&actor.identity().time_zone);
        let zone = clock::zone(zone_name);
        let days_late = (clock::today_in(&actor.identity().time_zone) - finding.due_date).num_days();
        let hidden = finding.cases - i64::try_from(shown.cases.len()).unwrap_or(0);
        let path = format!("/findings/{}", shown.id);
        let next = shown
            .evidence
            .last()
            .filter(|_| shown.more)
            .map(|row| link(&path, &[], &[("after", &row.access_id.to_string())]));
        let patients = may(actor.role(), Action::PatientRead);
        Self {
            id: shown.id,
            chrome,
            status: model::status(&finding.status),
            late: (days_late > 0 && !model::is_closed(&finding.status))
                .then(|| plural(days_late, "day late", "days late")),
            number: finding.number,
            title: finding.title,
            severity: finding.severity,
            facility: finding.facility.unwrap_or_else(|| "Several facilities, or none".to_owned()),
            owner: finding.owner.unwrap_or_else(|| "Privacy office".to_owned()),
            creator: finding.creator.unwrap_or_else(|| "Privacy office".to_owned()),
            opened: time::instant(finding.created_at, zone),
            due: time::date(finding.due_date),
            discovered: finding.discovered_on.map(time::date),
            details: finding.details.iter().flat_map(|text| text.split("\n\n")).map(ToOwned::to_owned).collect(),
            cases: shown.cases.iter().map(|case| CaseLine::of(case, zone_name)).collect(),
            cases_label: plural(finding.cases, "case", "cases"),
            hidden_cases: (hidden > 0).then(|| plural(hidden, "linked case lies", "linked cases lie")),
            zone: zone_name.to_owned(),
            evidence_label: plural(finding.rows, "row", "rows"),
            evidence: shown.evidence.into_iter().map(|row| EvidenceLine::of(row, zone, patients)).collect(),
            next,
            first: shown.continued.then_some(path),
            days: days(shown.history, zone),
        }
    }
}

fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", time::count(count), if count == 1 { one } else { many })
}

impl EvidenceLine {
    fn of(row: Evidence, zone: Tz, patients: bool) -> Self {
        let page = row.patient_id.filter(|_| patients).map(|id| format!("/patients/{id}"));
        Self {
            at: time::instant(row.action_at, zone),
            login: row.login,
            holder: row.holder.unwrap_or_default(),
            access: AccessType::parse(&row.access_type).map_or("Other", AccessType::label),
            reason: AccessReason::parse(&row.access_reason).map_or("No reason given", AccessReason::label),
            resource_type: resource_label(&row.resource_type),
            resource: row.resource,
            patient: row.patient.map(|shown| (page, shown)),
            device: row.device_label,
        }
    }
}

/// The history under the days it happened on, in the finding's zone.
fn days(history: Vec<Step>, zone: Tz) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for step in history {
        let name = step.at.with_timezone(&zone).format("%a %B %-d, %Y").to_string();
        let (icon, sentence) = match step.kind.as_str() {
            "opened" => ("flag", "Finding opened"),
            "case_linked" => ("link", "Case linked"),
            "status_changed" => ("progress", "Status changed"),
            "assigned" => ("user-check", "Owner changed"),
            _ => ("message-2", "Comment added"),
        };
        let line = StepLine {
            at: time::instant(step.at, zone),
            hour: step.at.with_timezone(&zone).format("%H:%M").to_string(),
            icon,
            sentence,
            actor: step.actor.unwrap_or_else(|| "Privacy office".to_owned()),
            status: model::status(&step.to_status).0,
        };
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.steps.push(line),
            None => days.push(Day { name, steps: vec![line] }),
        }
    }
    days
}

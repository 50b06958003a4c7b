//! One finding: where it stands, what this person can do now, who works on it, its story, cases and evidence. It prints as it
//! reads.

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::model::edit::Content;
use super::super::model::status::{NEEDS_APPROVAL, Status, Step};
use super::super::queries::history::{Comment, Event};
use super::super::queries::one::{Evidence, Finding, LinkedCase};
use super::super::queries::owner::Candidate;
use super::form::CaseLine;
use super::history::{self, Day, Stage};
use crate::audit::Actor;
use crate::clock;
use crate::policy::conflict::Relation;
use crate::policy::{Action, Role, may};
use crate::web::filters::{Choice, link};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
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
    pub events: Vec<Event>,
    /// What was said beside it.
    pub comments: Vec<Comment>,
    /// Every version of what it says.
    pub versions: Vec<(i32, Content)>,
    /// How the reader stands to whom it is about.
    pub relation: Option<Relation>,
    /// Whom it can be given to, by whoever gives it.
    pub candidates: Vec<Candidate>,
}

/// What a form on the page came back with, kept as typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Beside a step.
    pub note: String,
    /// Whom the list named.
    pub owner: Option<String>,
    /// Whose number was typed.
    pub employee: String,
    /// What was to be said.
    pub comment: String,
    /// Which case was to be linked.
    pub number: String,
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
    root_cause: Vec<String>,
    stages: Vec<Stage>,
    acts: Acts,
    cases: Vec<CaseLine>,
    cases_label: String,
    hidden_cases: Option<String>,
    zone: String,
    evidence: Vec<EvidenceLine>,
    evidence_label: String,
    next: Option<String>,
    first: Option<String>,
    days: Vec<Day>,
    last_act: String,
    conflict: bool,
    errors: Errors,
    typed: Typed,
    version: i32,
    key: Uuid,
}

/// What this person can do with the finding now; where they cannot what their role could, why.
#[allow(clippy::struct_excessive_bools, reason = "each is an act of its own, read by the template")]
pub struct Acts {
    advice: &'static str,
    step: Option<Step>,
    sends_back: bool,
    locked_close: Option<&'static str>,
    locked: Option<&'static str>,
    edits: bool,
    office: Vec<Choice>,
    workforce: Vec<Choice>,
    comments: bool,
    adds_evidence: bool,
    links: bool,
    unlinks: bool,
}

impl Acts {
    fn of(role: Role, status: Status, relation: Option<Relation>, candidates: Vec<Candidate>, owner: Uuid) -> Self {
        let mover = may(role, Action::FindingMove);
        let open = !status.is_closed();
        let free = open && relation.is_none();
        let (office, workforce): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|candidate| candidate.office);
        let choices = |people: Vec<Candidate>| {
            let choice = |person: Candidate| Choice {
                selected: person.id == owner,
                value: person.id.to_string(),
                label: person.name,
            };
            people.into_iter().map(choice).collect()
        };
        Self {
            advice: status.advice(),
            step: status.next().filter(|_| mover && free),
            sends_back: mover && free && status.take(Step::SendBack).is_ok(),
            locked_close: (mover && free).then_some(NEEDS_APPROVAL),
            locked: relation.filter(|_| mover && open).map(Relation::reason),
            edits: may(role, Action::FindingUpdate) && free,
            office: choices(office),
            workforce: choices(workforce),
            comments: may(role, Action::FindingCommentCreate),
            adds_evidence: may(role, Action::FindingEvidenceAdd) && open,
            links: may(role, Action::FindingCaseLink) && free,
            unlinks: may(role, Action::FindingCaseUnlink) && free,
        }
    }

    /// Whether there is anything to do or to explain.
    const fn any(&self) -> bool {
        self.step.is_some() || self.sends_back || self.locked.is_some() || self.locked_close.is_some()
    }

    /// Whether the reader gives the finding to people.
    const fn assigns(&self) -> bool {
        !self.office.is_empty() || !self.workforce.is_empty()
    }

    /// What the note beside a step is for.
    const fn note_hint(&self) -> &'static str {
        if self.sends_back {
            "What is missing. No patient names or clinical details."
        } else {
            "Optional. No patient names or clinical details."
        }
    }

    /// What the reader is asked to write.
    const fn comment_label(&self) -> &'static str {
        if self.comments { "Comment" } else { "What you found" }
    }

    /// Whether the reader says anything beside it.
    const fn speaks(&self) -> bool {
        self.comments || self.adds_evidence
    }
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

impl FindingPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown) -> Self {
        let finding = shown.finding;
        let zone_name = finding.time_zone.as_deref().unwrap_or(&actor.identity().time_zone);
        let zone = clock::zone(zone_name);
        let status = Status::parse(&finding.status).unwrap_or(Status::Open);
        let days_late = (clock::today_in(&actor.identity().time_zone) - finding.due_date).num_days();
        let hidden = finding.cases - i64::try_from(shown.cases.len()).unwrap_or(0);
        let path = format!("/findings/{}", shown.id);
        let last = shown.evidence.last().filter(|_| shown.more);
        let next = last.map(|row| link(&path, &[], &[("after", &row.access_id.to_string())]));
        let patients = may(actor.role(), Action::PatientRead);
        let due = time::date(finding.due_date);
        Self {
            id: shown.id,
            chrome,
            status: status.badge(),
            late: (days_late > 0 && !status.is_closed()).then(|| plural(days_late, "day late", "days late")),
            number: finding.number,
            title: finding.title,
            severity: finding.severity,
            facility: finding.facility.unwrap_or_else(|| "Several facilities, or none".to_owned()),
            owner: finding.owner.unwrap_or_else(|| "Privacy office".to_owned()),
            creator: finding.creator.unwrap_or_else(|| "Privacy office".to_owned()),
            opened: time::instant(finding.created_at, zone),
            discovered: finding.discovered_on.map(time::date),
            details: history::paragraphs(finding.details.as_deref()),
            root_cause: history::paragraphs(finding.root_cause.as_deref()),
            stages: history::stages(&shown.events, status, &due, zone),
            due,
            acts: Acts::of(actor.role(), status, shown.relation, shown.candidates, finding.assigned_to),
            cases: shown.cases.iter().map(|case| CaseLine::of(case, zone_name)).collect(),
            cases_label: plural(finding.cases, "case", "cases"),
            hidden_cases: (hidden > 0).then(|| plural(hidden, "linked case lies", "linked cases lie")),
            zone: zone_name.to_owned(),
            evidence_label: plural(finding.rows, "row", "rows"),
            evidence: shown.evidence.into_iter().map(|row| EvidenceLine::of(row, zone, patients)).collect(),
            next,
            first: shown.continued.then_some(path),
            last_act: history::last_act(&shown.events, &shown.versions, zone),
            days: history::story(shown.events, shown.comments, &shown.versions, zone),
            conflict: false,
            errors: Errors::new(),
            typed: Typed::default(),
            version: finding.version,
            key: Uuid::now_v7(),
        }
    }

    /// The same, after a form that could not be accepted: what was typed stays.
    #[must_use]
    pub fn answering(mut self, typed: Typed, errors: Errors) -> Self {
        if let Some(owner) = &typed.owner {
            for choice in self.acts.office.iter_mut().chain(&mut self.acts.workforce) {
                choice.selected = choice.value == *owner;
            }
        }
        // without a word about the form there is somebody who was first
        self.conflict = errors.is_empty();
        self.typed = typed;
        self.errors = errors;
        self
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

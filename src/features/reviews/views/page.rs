//! One review: everyone it looks at, its cases, its history, and how it ends. It prints as it reads.

use std::collections::BTreeSet;

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::model::{Outcome, PageForm, ReviewKind, ReviewReason, ReviewState};
use super::super::queries::page::{CaseLine, Group, Head, Step};
use super::plural;
use crate::audit::Actor;
use crate::clock;
use crate::policy::conflict::Relation;
use crate::policy::{Action, Role, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{AccessType, Disposition, ReviewState as CaseState};

/// What the queries gave.
pub struct Shown {
    /// The review's id.
    pub id: Uuid,
    /// The review.
    pub head: Head,
    /// Whom, or what, it looks at.
    pub groups: Vec<Group>,
    /// Its cases and those beside it.
    pub cases: Vec<CaseLine>,
    /// What was done about it.
    pub history: Vec<Step>,
}

/// The page.
#[derive(Template)]
#[template(path = "reviews/page.html")]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, read by the template")]
pub struct ReviewPage {
    chrome: Chrome,
    id: Uuid,
    number: String,
    title: String,
    badge: (&'static str, &'static str, &'static str),
    facts: Vec<Fact>,
    figures: Vec<(&'static str, String)>,
    of_patient: bool,
    groups_title: &'static str,
    end_title: &'static str,
    groups: Vec<GroupLine>,
    groups_label: String,
    left_out: Option<String>,
    outside: Option<String>,
    rows_href: String,
    linked: Vec<LinkedLine>,
    hidden_cases: Option<String>,
    open_again: bool,
    history: Vec<StepLine>,
    memo: Vec<String>,
    zone_name: String,
    version: i32,
    form: PageForm,
    errors: Errors,
    conflict: bool,
    ended: bool,
    may_take_up: bool,
    may_end: bool,
    may_amend: bool,
    may_reopen: bool,
    /// Why its end is somebody else's, or what is decided first.
    locked: Option<String>,
}

struct Fact {
    label: &'static str,
    value: String,
    href: Option<String>,
    id: bool,
}

struct GroupLine {
    who: Option<Uuid>,
    ticked: bool,
    name: String,
    href: Option<String>,
    below: String,
    job: Option<String>,
    rows: String,
    loose: Option<String>,
    first: Instant,
    last: Instant,
    kinds: String,
    cases: Vec<LinkedLine>,
}

#[derive(Clone)]
struct LinkedLine {
    href: String,
    number: String,
    risk: String,
    name: String,
    said: String,
    open: bool,
    day: String,
    rows: String,
}

struct StepLine {
    at: Instant,
    icon: &'static str,
    sentence: String,
    actor: String,
    memo: Vec<String>,
}

impl ReviewPage {
    /// Builds the page from what the queries gave; with what was typed where an act came back.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown, form: PageForm, errors: Errors, conflict: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let (head, role) = (shown.head, actor.role());
        let ended = head.state == ReviewState::Ended.as_str();
        let linked: Vec<_> = shown.cases.iter().filter(|case| case.linked).map(LinkedLine::of).collect();
        let open: Vec<_> = linked.iter().filter(|case| case.open).map(|case| case.number.clone()).collect();
        let relation = head.relation.as_deref().and_then(Relation::parse);
        let hidden = head.links - i64::try_from(linked.len()).unwrap_or(0);
        let visible = shown.groups.first().map_or(0, |group| group.all_rows);
        let all_groups = shown.groups.first().map_or(0, |group| group.all_groups);
        let left_out = all_groups - i64::try_from(shown.groups.len()).unwrap_or(0);
        let of_patient = head.patient_id.is_some();
        let allowed = |action| may(role, action) && relation.is_none();
        Self {
            id: shown.id,
            badge: super::list::badge(head.outcome.as_deref().and_then(Outcome::parse)),
            title: title(&head),
            facts: facts(&head, role, zone),
            figures: figures(&head, of_patient, all_groups, visible, &linked),
            groups_title: if of_patient {
                "Everyone who touched the records"
            } else {
                "Every patient whose records were touched"
            },
            end_title: if ended { "Memo" } else { "How it ends" },
            groups_label: if of_patient {
                plural(all_groups, "person or login", "people and logins")
            } else {
                plural(all_groups, "patient", "patients")
            },
            left_out: (left_out > 0).then(|| plural(left_out, "more with fewer rows is", "more with fewer rows are")),
            outside: (head.rows > visible).then(|| plural(head.rows - visible, "more row lies", "more rows lie")),
            rows_href: rows_href(&head),
            hidden_cases: (hidden > 0).then(|| plural(hidden, "more case lies", "more cases lie")),
            open_again: ended && !open.is_empty(),
            locked: relation
                .map(|near| near.reason().to_owned())
                .or_else(|| (!ended).then(|| waits_for(&open)).flatten()),
            may_take_up: may(role, Action::ReviewTakeUp) && !ended,
            may_end: allowed(Action::ReviewEnd) && !ended && (open.is_empty() || !form.memo.is_empty()),
            may_amend: allowed(Action::ReviewMemoAmend) && ended,
            may_reopen: allowed(Action::ReviewReopen) && ended,
            memo: shown.history.iter().rev().find_map(|step| step.memo.as_deref()).map(paragraphs).unwrap_or_default(),
            groups: shown
                .groups
                .into_iter()
                .map(|group| GroupLine::of(group, &shown.cases, &form, of_patient, zone))
                .collect(),
            history: shown.history.into_iter().map(|step| StepLine::of(step, zone)).collect(),
            zone_name: time::zone_words(zone),
            version: head.version,
            number: head.number,
            chrome,
            of_patient,
            linked,
            form,
            errors,
            conflict,
            ended,
        }
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(ToOwned::to_owned).collect()
}

fn title(head: &Head) -> String {
    let patient = super::patient(head.patient_id, head.source_patient_id.clone());
    match (patient, head.person.as_deref()) {
        (Some(patient), Some(person)) => format!("What {person} opened of {patient}"),
        (Some(patient), None) => format!("Who opened the records of {patient}"),
        (None, person) => format!("What {} opened", person.unwrap_or("a workforce member")),
    }
}

fn waits_for(open: &[String]) -> Option<String> {
    match open {
        [] => None,
        [one] => Some(format!("{one} is open. Decide it first, then end the review.")),
        several => Some(format!("{} are open. Decide them first, then end the review.", several.join(", "))),
    }
}

fn facts(head: &Head, role: Role, zone: Tz) -> Vec<Fact> {
    let fact = |label, value: String, href: Option<String>, id| Fact { label, value, href, id };
    let mut facts = vec![fact("Number", head.number.clone(), None, true)];
    if let Some(patient) = super::patient(head.patient_id, head.source_patient_id.clone()) {
        facts.push(fact("Patient", patient, head.patient_id.map(|id| format!("/patients/{id}")), true));
    }
    if let Some(person) = head.person_id {
        let name = head.person.clone().unwrap_or_else(|| "A workforce member".to_owned());
        facts.push(fact("Workforce member", name, Some(format!("/people/{person}")), false));
    }
    if let Some(complaint) = head.complaint_id {
        // whoever may not see the complaint learns that there is one
        let href = head.complaint.is_some().then(|| format!("/complaints/{complaint}"));
        let number = head.complaint.clone().unwrap_or_else(|| "One that you may not see".to_owned());
        facts.push(fact(
            "Complaint",
            number,
            href.filter(|_| may(role, Action::ComplaintRead)),
            head.complaint.is_some(),
        ));
    }
    facts.push(fact("Period", format!("{} to {}", time::date(head.from_on), time::date(head.to_on)), None, false));
    facts.push(fact("Began from", ReviewKind::parse(&head.kind).map_or("", ReviewKind::label).to_owned(), None, false));
    let reason =
        ReviewReason::parse(&head.reason).filter(|reason| *reason != ReviewReason::Other).map(ReviewReason::label);
    let why = match (reason, head.line.as_deref()) {
        (Some(reason), Some(line)) => format!("{reason}: {line}"),
        (Some(said), None) | (None, Some(said)) => said.to_owned(),
        (None, None) => String::new(),
    };
    facts.push(fact("Reason", why, None, false));
    let starter = head.starter.as_deref().unwrap_or("the privacy office");
    facts.push(fact("Started", format!("{} by {starter}", time::instant(head.created_at, zone).short), None, false));
    facts
}

fn figures(
    head: &Head,
    of_patient: bool,
    groups: i64,
    rows: i64,
    linked: &[LinkedLine],
) -> Vec<(&'static str, String)> {
    let cases = i64::try_from(linked.len()).unwrap_or(0);
    let open = i64::try_from(linked.iter().filter(|case| case.open).count()).unwrap_or(0);
    vec![
        (if of_patient { "People and logins" } else { "Patients" }, time::count(groups)),
        ("Access rows", time::count(rows)),
        ("Cases open", time::count(open)),
        ("Cases decided", time::count(cases - open)),
        ("Findings", time::count(head.findings)),
    ]
}

/// Every row of it, in the list of rows.
fn rows_href(head: &Head) -> String {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (from, to) = (head.from_on.to_string(), head.to_on.to_string());
    let (patient, person) = (id(head.patient_id), id(head.person_id));
    crate::web::paging::url(
        "/access-logs/rows",
        &[("person", &person), ("patient", &patient), ("from", &from), ("to", &to)],
    )
}

impl GroupLine {
    fn of(group: Group, cases: &[CaseLine], form: &PageForm, of_patient: bool, zone: Tz) -> Self {
        let its =
            |case: &&CaseLine| if of_patient { Some(case.subject) == group.who } else { case.patient_id == group.who };
        let patient = super::patient(group.who, group.source_patient_id);
        let login = group.login.unwrap_or_default();
        let (name, href, below) = if of_patient {
            match (group.full_name, group.person_id, group.vendor_name) {
                (Some(name), Some(person), _) => (name, Some(format!("/people/{person}")), login),
                (_, _, Some(vendor)) => (vendor, None, format!("Vendor account {login}")),
                _ => (login, None, "Nobody is known to have held it".to_owned()),
            }
        } else {
            let href = group.who.map(|id| format!("/patients/{id}"));
            (patient.unwrap_or_else(|| "No patient named".to_owned()), href, String::new())
        };
        let kinds: BTreeSet<_> =
            group.kinds.iter().map(|kind| AccessType::parse(kind).map_or("Other", AccessType::label)).collect();
        Self {
            who: group.who,
            ticked: group.who.is_some_and(|who| form.chosen.contains(&who)),
            name,
            href,
            below,
            job: group.job_role.map(|job| match group.department {
                Some(department) => format!("{job}, {department}"),
                None => job,
            }),
            rows: time::count(group.rows),
            loose: (group.loose > 0 && group.loose < group.rows)
                .then(|| format!("{} in no case", time::count(group.loose))),
            first: time::instant(group.first_at, zone),
            last: time::instant(group.last_at, zone),
            kinds: kinds.into_iter().collect::<Vec<_>>().join(", "),
            cases: cases.iter().filter(its).map(LinkedLine::of).collect(),
        }
    }
}

impl LinkedLine {
    fn of(case: &CaseLine) -> Self {
        let state = CaseState::parse(&case.state);
        let open = state != Some(CaseState::Closed);
        let disposition = case.disposition.as_deref().and_then(Disposition::parse).map(Disposition::label);
        let patient = super::patient(case.patient_id, case.source_patient_id.clone());
        Self {
            href: format!("/access-logs/cases/{}", case.id),
            number: format!("AL-{}", case.number),
            risk: case.risk.clone(),
            name: match patient {
                Some(patient) => format!("{}, {patient}", case.name),
                None => case.name.clone(),
            },
            said: match (open, disposition) {
                (false, Some(disposition)) => disposition.to_owned(),
                _ => state.map_or("Open", CaseState::label).to_owned(),
            },
            open,
            day: time::date(case.local_day),
            rows: plural(i64::from(case.row_count), "row", "rows"),
        }
    }
}

impl StepLine {
    fn of(step: Step, zone: Tz) -> Self {
        let (icon, sentence) = match step.kind.as_str() {
            "started" => ("search", "Review started".to_owned()),
            "cases_taken_up" => {
                ("list-search", format!("{} taken up", plural(i64::from(step.cases.unwrap_or(0)), "case", "cases")))
            }
            "ended" => {
                let outcome = step.outcome.as_deref().and_then(Outcome::parse).map_or("", Outcome::label);
                ("clipboard-check", format!("Review ended: {outcome}"))
            }
            "memo_amended" => ("pencil", "Memo amended".to_owned()),
            _ => ("refresh", "Review opened again".to_owned()),
        };
        Self {
            at: time::instant(step.at, zone),
            icon,
            sentence,
            actor: step.actor.unwrap_or_else(|| "Privacy office".to_owned()),
            memo: step.memo.as_deref().map(paragraphs).unwrap_or_default(),
        }
    }
}

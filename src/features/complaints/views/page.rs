//! One complaint: what came, whom it is about, its reviews, its history, and what it came to. It prints as it reads.

use askama::Template;
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::model::{Channel, Complainant, ComplaintDisposition, ComplaintKind, ComplaintState, Ending, Typed};
use super::super::queries::form::Offer;
use super::super::queries::page::{Head, ReviewLine, Step};
use super::form::options;
use crate::audit::Actor;
use crate::clock;
use crate::policy::conflict::Relation;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::pseudonym;

/// What the queries gave.
pub struct Shown {
    /// The complaint's id.
    pub id: Uuid,
    /// The complaint.
    pub head: Head,
    /// Its reviews.
    pub reviews: Vec<ReviewLine>,
    /// What was done about it.
    pub history: Vec<Step>,
    /// Who may own it.
    pub offer: Offer,
}

/// What was typed, where an act came back.
#[derive(Default)]
pub struct Sent {
    /// Whom it is about and whose it is.
    pub about: Option<Typed>,
    /// What it came to.
    pub ending: Ending,
}

/// The page.
#[derive(Template)]
#[template(path = "complaints/page.html")]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, read by the template")]
pub struct ComplaintPage {
    chrome: Chrome,
    id: Uuid,
    number: String,
    title: &'static str,
    badge: (&'static str, &'static str, &'static str),
    sentence: String,
    late: Option<String>,
    details: Vec<String>,
    facts: Vec<(&'static str, String, Option<String>, bool)>,
    reviews: Vec<Line>,
    hidden: Option<String>,
    history: Vec<StepLine>,
    statement: Vec<String>,
    zone_name: String,
    version: i32,
    typed: Typed,
    changing: bool,
    owners: Vec<(String, String)>,
    ending: Ending,
    errors: Errors,
    conflict: bool,
    may_review: bool,
    names_somebody: bool,
    may_change: bool,
    may_dispose: bool,
    may_reopen: bool,
    locked: Option<String>,
}

struct Line {
    href: String,
    number: String,
    said: &'static str,
    open: bool,
    at: Instant,
}

struct StepLine {
    at: Instant,
    icon: &'static str,
    sentence: String,
    actor: String,
    statement: Vec<String>,
}

impl ComplaintPage {
    /// Builds the page from what the queries gave; with what was typed where an act came back.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, shown: Shown, sent: Sent, errors: Errors, conflict: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let today = clock::today_in(&actor.identity().time_zone);
        let (head, role) = (shown.head, actor.role());
        let open = head.state == ComplaintState::Open.as_str();
        let reviews: Vec<_> = shown.reviews.iter().map(|review| Line::of(review, zone)).collect();
        let relation = head.relation.as_deref().and_then(Relation::parse);
        let hidden = head.reviews - i64::try_from(reviews.len()).unwrap_or(0);
        let waits = reviews.iter().filter(|review| review.open).map(|review| review.number.clone()).collect::<Vec<_>>();
        let allowed = |action| may(role, action) && relation.is_none();
        let disposition = head.disposition.as_deref().and_then(ComplaintDisposition::parse);
        let locked = match (relation, &*waits) {
            (Some(near), _) => Some(near.reason().to_owned()),
            (None, []) => None,
            (None, waits) if open => Some(format!(
                "{} {} open. End {} first.",
                waits.join(", "),
                if waits.len() == 1 { "is" } else { "are" },
                if waits.len() == 1 { "it with its memo" } else { "them with their memos" }
            )),
            (None, _) => None,
        };
        Self {
            id: shown.id,
            title: ComplaintKind::parse(&head.kind).map_or("Complaint", ComplaintKind::label),
            badge: super::badge(disposition),
            sentence: sentence(&head),
            late: super::late(open, head.due_on, today),
            details: paragraphs(&head.details),
            facts: facts(&head),
            hidden: (hidden > 0).then(|| {
                format!(
                    "{hidden} more {} outside what your account covers.",
                    if hidden == 1 { "review lies" } else { "reviews lie" }
                )
            }),
            statement: shown
                .history
                .iter()
                .rev()
                .find_map(|step| step.statement.as_deref())
                .filter(|_| !open)
                .map(paragraphs)
                .unwrap_or_default(),
            history: shown.history.into_iter().map(|step| StepLine::of(step, zone)).collect(),
            zone_name: time::zone_words(zone),
            version: head.version,
            changing: sent.about.is_some(),
            typed: sent.about.unwrap_or_else(|| typed(&head)),
            owners: options(shown.offer.owners),
            may_dispose: allowed(Action::ComplaintDispose)
                && open
                && (waits.is_empty() || !sent.ending.statement.is_empty()),
            ending: sent.ending,
            names_somebody: head.patient_id.is_some() || head.person_id.is_some(),
            may_review: may(role, Action::ReviewStart) && open,
            may_change: may(role, Action::ComplaintUpdate) && open,
            may_reopen: allowed(Action::ComplaintReopen) && !open,
            number: head.number,
            chrome,
            reviews,
            errors,
            conflict,
            locked,
        }
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(ToOwned::to_owned).collect()
}

/// The form as the complaint stands.
fn typed(head: &Head) -> Typed {
    Typed {
        patient: head.patient_id.map(|id| id.to_string()).unwrap_or_default(),
        employee: head.employee_number.clone().unwrap_or_default(),
        owner: head.owner_id.to_string(),
        due: head.due_on.to_string(),
        ..Typed::default()
    }
}

fn sentence(head: &Head) -> String {
    let owner = head.owner.as_deref().unwrap_or("the privacy office");
    format!("Received {} · owner {owner} · due {}", time::date(head.received_on), time::date(head.due_on))
}

fn facts(head: &Head) -> Vec<(&'static str, String, Option<String>, bool)> {
    let mut facts = vec![("Number", head.number.clone(), None, true)];
    facts.push(("Received", time::date(head.received_on), None, false));
    facts.push(("How", Channel::parse(&head.channel).map_or("", Channel::label).to_owned(), None, false));
    facts.push(("From", Complainant::parse(&head.complainant).map_or("", Complainant::label).to_owned(), None, false));
    facts.push(("Facility", head.facility.clone().unwrap_or_else(|| "Several, or not known".to_owned()), None, false));
    match head.patient_id {
        Some(id) => {
            let name = head.source_patient_id.clone().unwrap_or_else(|| pseudonym(id));
            facts.push(("Patient", name, Some(format!("/patients/{id}")), true));
        }
        None => facts.push(("Patient", "None named".to_owned(), None, false)),
    }
    match (head.person_id, head.person.clone()) {
        (Some(id), name) => {
            facts.push((
                "About",
                name.unwrap_or_else(|| "A workforce member".to_owned()),
                Some(format!("/people/{id}")),
                false,
            ));
        }
        (None, _) => facts.push(("About", "Nobody named".to_owned(), None, false)),
    }
    facts.push(("Recorded by", head.recorder.clone().unwrap_or_else(|| "The privacy office".to_owned()), None, false));
    facts
}

impl Line {
    fn of(review: &ReviewLine, zone: Tz) -> Self {
        Self {
            href: format!("/reviews/{}", review.id),
            number: review.number.clone(),
            open: review.state == "open",
            said: match review.outcome.as_deref() {
                Some("nothing_improper") => "Nothing improper found",
                Some("findings_made") => "Findings made",
                Some(_) => "Could not be determined",
                None => "Under way",
            },
            at: time::instant(review.created_at, zone),
        }
    }
}

impl StepLine {
    fn of(step: Step, zone: Tz) -> Self {
        let (icon, sentence) = match step.kind.as_str() {
            "recorded" => ("message-report", "Complaint recorded".to_owned()),
            "changed" => ("pencil", "Owner, due date or whom it is about changed".to_owned()),
            "review_started" => ("search", "Review started".to_owned()),
            "disposed" => {
                let word = step.disposition.as_deref().and_then(ComplaintDisposition::parse);
                ("clipboard-check", format!("Disposition: {}", word.map_or("", ComplaintDisposition::label)))
            }
            _ => ("refresh", "Complaint opened again".to_owned()),
        };
        Self {
            at: time::instant(step.at, zone),
            icon,
            sentence,
            actor: step.actor.unwrap_or_else(|| "Privacy office".to_owned()),
            statement: step.statement.as_deref().map(paragraphs).unwrap_or_default(),
        }
    }
}

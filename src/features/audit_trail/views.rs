//! How the trail is shown: every id leads to its page, or to its own history.

use askama::Template;
use uuid::Uuid;

use super::filter::{OUTCOMES, noun};
use super::queries::Event;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, Scope, may, scope_for};
use crate::web::list::{List, short};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};

const PATH: &str = "/audit";

/// What the queries gave.
pub struct Listed {
    /// The page's events.
    pub events: Vec<Event>,
    /// Whether more follow.
    pub more: bool,
    /// The name of the filter's person.
    pub person: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "audit_trail/list.html", blocks = ["list"])]
pub struct TrailPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    title: &'static str,
    sentence: &'static str,
    /// The heads of the table, with the zone of its times.
    heads: String,
    list: List,
    rows: Vec<Line>,
    next: Option<String>,
    may_export: bool,
}

struct Line {
    at: Instant,
    actor: String,
    actor_href: Option<String>,
    label: &'static str,
    action: String,
    resource_type: String,
    target: Option<(String, String)>,
    outcome: (&'static str, &'static str, &'static str),
    code: String,
    ip: String,
    agent: String,
    request: String,
    request_href: String,
}

impl TrailPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let scope = scope_for(actor.role(), Action::AuditEventListRead);
        let list = list.say("actor", listed.person);
        Self {
            chrome,
            fragment,
            title: if actor.role() == Role::FieldStaff { "My activity" } else { "Audit trail" },
            sentence: sentence(scope),
            heads: format!("When ({})|Who|Action|On what|Outcome|From|Request", time::zone_words(zone)),
            next: list.next(listed.more, listed.events.last().map(|event| event.event_id)),
            rows: listed.events.into_iter().map(|event| Line::of(event, zone, actor)).collect(),
            list: if scope == Some(Scope::Own) { list.without("actor") } else { list },
            may_export: may(actor.role(), Action::AuditEventListExport),
        }
    }
}

const fn sentence(scope: Option<Scope>) -> &'static str {
    match scope {
        Some(Scope::All) => "Everything that was done in this portal, and what was refused. Nobody can change it.",
        Some(Scope::WithoutPhi) => {
            "What was done in this portal, without actions on rows that may name a patient. Nobody can change it."
        }
        _ => "What you did in this portal, and what you were refused. Nobody can change it.",
    }
}

/// Badge class, icon and words of an outcome.
fn outcome(word: &str) -> (&'static str, &'static str, &'static str) {
    let label = OUTCOMES.iter().find(|(stored, _)| *stored == word).map_or("Failed", |(_, label)| *label);
    match word {
        "success" => ("ok", "circle-check", label),
        "auth_fail" => ("medium", "lock", label),
        "authz_fail" => ("high", "hand-stop", label),
        "validate_fail" => ("medium", "alert-circle", label),
        _ => ("critical", "alert-triangle", label),
    }
}

/// The page of a target, if it has one that the reader may open.
fn page_of(resource_type: &str, id: Uuid, actor: &Actor) -> Option<String> {
    let role = actor.role();
    match resource_type {
        "review_case" if may(role, Action::ReviewCaseRead) => Some(format!("/access-logs/cases/{id}")),
        "finding" if may(role, Action::FindingRead) => Some(format!("/findings/{id}")),
        "patient" if may(role, Action::PatientRead) => Some(format!("/patients/{id}")),
        "person" if role != Role::FieldStaff || id == actor.id() => Some(format!("/people/{id}")),
        "import_batch" if may(role, Action::ImportRead) => Some(format!("/imports/{id}")),
        "facility" if may(role, Action::FacilityRead) => Some(format!("/facilities/{id}")),
        "login" if may(role, Action::LoginListRead) => Some(format!("/people/logins/{id}")),
        "roster" if may(role, Action::RosterRead) => Some(format!("/people/roster/{id}")),
        "account" if may(role, Action::AccountRead) => Some(format!("/settings/accounts/{id}")),
        "rule_proposal" if may(role, Action::RuleProposalRead) => Some(format!("/settings/rules/proposals/{id}")),
        _ => None,
    }
}

impl Line {
    fn of(event: Event, zone: chrono_tz::Tz, actor: &Actor) -> Self {
        let known = Action::ALL.iter().find(|action| action.name() == event.action);
        let target = (!event.resource_id.is_nil()).then(|| {
            let history =
                || paging::url(PATH, &[("type", &event.resource_type), ("target", &event.resource_id.to_string())]);
            (page_of(&event.resource_type, event.resource_id, actor).unwrap_or_else(history), short(event.resource_id))
        });
        let nobody = if event.actor_type == "system" { "System" } else { "Nobody signed in" };
        Self {
            at: time::instant(event.event_time, zone),
            actor: event.actor_name.or_else(|| event.actor_id.map(short)).unwrap_or_else(|| nobody.to_owned()),
            actor_href: event.actor_id.map(|id| paging::url(PATH, &[("actor", &id.to_string())])),
            label: known.map_or("Action", |action| action.label()),
            action: event.action,
            resource_type: noun(&event.resource_type).to_owned(),
            target,
            outcome: outcome(&event.outcome),
            code: event.outcome_code.unwrap_or_default(),
            ip: event.ip_address.map(|address| address.ip().to_string()).unwrap_or_default(),
            agent: event.user_agent.map(|agent| agent.replace('/', " ")).unwrap_or_default(),
            request: short(event.request_id),
            request_href: paging::url(PATH, &[("request", &event.request_id.to_string())]),
        }
    }
}

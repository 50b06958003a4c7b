//! How the trail is shown: every id leads to its page, or to its own history.

use askama::Template;
use uuid::Uuid;

use super::filter::{Filter, OUTCOMES, resource_types};
use super::queries::Event;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, Scope, may, scope_for};
use crate::web::Chrome;
use crate::web::filters::{Chip, Choice, choices, link};
use crate::web::time::{self, Instant};

const PATH: &str = "/audit";

/// What the queries gave.
pub struct Listed {
    /// The page's events.
    pub events: Vec<Event>,
    /// Whether more follow.
    pub more: bool,
    /// Whether it begins after another page.
    pub continued: bool,
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
    own: bool,
    zone: String,
    actions: Vec<Choice>,
    types: Vec<Choice>,
    outcomes: Vec<Choice>,
    actor: String,
    target: String,
    request: String,
    from: String,
    to: String,
    chips: Vec<Chip>,
    newest: String,
    rows: Vec<Line>,
    next: Option<String>,
    continued: bool,
    export: Option<String>,
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
    pub fn new(chrome: Chrome, actor: &Actor, filter: &Filter, listed: Listed, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let pairs = filter.pairs();
        let scope = scope_for(actor.role(), Action::AuditEventListRead);
        let next = listed
            .events
            .last()
            .filter(|_| listed.more)
            .map(|event| link(PATH, &pairs, &[("after", &event.event_id.to_string())]));
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let actions: Vec<_> = Action::ALL.iter().map(|action| (action.name(), action.label())).collect();
        let types: Vec<_> = resource_types().into_iter().map(|word| (word, noun(word))).collect();
        Self {
            chrome,
            fragment,
            title: if actor.role() == Role::FieldStaff { "My activity" } else { "Audit trail" },
            sentence: sentence(scope),
            own: scope == Some(Scope::Own),
            zone: time::zone_words(zone),
            actions: choices(&actions, filter.action),
            types: choices(&types, filter.resource_type),
            outcomes: choices(&OUTCOMES, filter.outcome),
            actor: id(filter.actor),
            target: id(filter.target),
            request: id(filter.request),
            from: filter.days.from.map(|day| day.to_string()).unwrap_or_default(),
            to: filter.days.to.map(|day| day.to_string()).unwrap_or_default(),
            chips: chips(filter, listed.person),
            newest: link(PATH, &pairs, &[]),
            rows: listed.events.into_iter().map(|event| Line::of(event, zone, actor)).collect(),
            next,
            continued: listed.continued,
            export: may(actor.role(), Action::AuditEventListExport).then(|| link("/audit.csv", &pairs, &[])),
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

/// A kind of thing as people read it.
fn noun(resource_type: &str) -> &'static str {
    match resource_type {
        "review_case" => "Case",
        "access_log" => "Access rows",
        "patient" => "Patient",
        "person" => "Person",
        "finding" => "Finding",
        "import_batch" => "Import",
        "search" => "Search",
        "audit_event" => "Audit trail",
        "permission" => "Permissions",
        "session" => "Session",
        "partition" => "Partition",
        "organisation" => "Organisation",
        _ => "Record",
    }
}

fn chips(filter: &Filter, person: Option<String>) -> Vec<Chip> {
    let pairs = filter.pairs();
    let short = |id: Uuid| short(id);
    let mut chips = Vec::new();
    let mut add = |field, name, value: Option<String>| {
        if let Some(value) = value {
            chips.push(Chip { field, value, remove: link(PATH, &pairs, &[(name, "")]) });
        }
    };
    add("Person", "actor", filter.actor.map(|id| person.unwrap_or_else(|| short(id))));
    add("Action", "action", filter.action.map(ToOwned::to_owned));
    add("Kind", "type", filter.resource_type.map(|word| noun(word).to_owned()));
    add("Record", "target", filter.target.map(short));
    add("Outcome", "outcome", filter.outcome.map(|word| outcome(word).2.to_owned()));
    add("From", "from", filter.days.from.map(time::date));
    add("To", "to", filter.days.to.map(time::date));
    add("Request", "request", filter.request.map(short));
    chips
}

/// The end of an id, where time-ordered ids differ.
fn short(id: Uuid) -> String {
    let text = id.simple().to_string();
    format!("…{}", &text[text.len() - 8..])
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
        _ => None,
    }
}

impl Line {
    fn of(event: Event, zone: chrono_tz::Tz, actor: &Actor) -> Self {
        let known = Action::ALL.iter().find(|action| action.name() == event.action);
        let target = (!event.resource_id.is_nil()).then(|| {
            let history =
                || link(PATH, &[], &[("type", &event.resource_type), ("target", &event.resource_id.to_string())]);
            (page_of(&event.resource_type, event.resource_id, actor).unwrap_or_else(history), short(event.resource_id))
        });
        let nobody = if event.actor_type == "system" { "System" } else { "Nobody signed in" };
        Self {
            at: time::instant(event.event_time, zone),
            actor: event.actor_name.or_else(|| event.actor_id.map(short)).unwrap_or_else(|| nobody.to_owned()),
            actor_href: event.actor_id.map(|id| link(PATH, &[], &[("actor", &id.to_string())])),
            label: known.map_or("Action", |action| action.label()),
            action: event.action,
            resource_type: noun(&event.resource_type).to_owned(),
            target,
            outcome: outcome(&event.outcome),
            code: event.outcome_code.unwrap_or_default(),
            ip: event.ip_address.map(|address| address.ip().to_string()).unwrap_or_default(),
            agent: event.user_agent.map(|agent| agent.replace('/', " ")).unwrap_or_default(),
            request: short(event.request_id),
            request_href: link(PATH, &[], &[("request", &event.request_id.to_string())]),
        }
    }
}

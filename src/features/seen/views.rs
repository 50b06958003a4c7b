//! How the answer is shown: one line an event, newest first, each with what it was to the record.

use askama::Template;
use uuid::Uuid;

use super::filter::Filter;
use super::model::{How, Subject};
use super::queries::Look;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::list::{List, short};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};

/// What the queries gave.
pub struct Answer {
    /// The kind of record.
    pub subject: Subject,
    /// Which.
    pub id: Uuid,
    /// How people call it.
    pub name: String,
    /// The page's events.
    pub looks: Vec<Look>,
    /// Whether more follow.
    pub more: bool,
    /// What was asked.
    pub filter: Filter,
}

/// The page.
#[derive(Template)]
#[template(path = "seen/list.html", blocks = ["list"])]
pub struct SeenPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    name: String,
    back: (String, &'static str),
    sentence: String,
    refused: String,
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
    how: How,
    label: &'static str,
    action: String,
    ip: String,
    agent: String,
    request: String,
    request_href: String,
}

/// The record's own page, or the list that it stands in.
fn back(subject: Subject, id: Uuid) -> (String, &'static str) {
    match subject {
        Subject::ReviewCase => (format!("/access-logs/cases/{id}"), "The case"),
        Subject::Finding => (format!("/findings/{id}"), "The finding"),
        Subject::AccessLog => ("/access-logs/rows".to_owned(), "Access rows"),
        Subject::Person => (format!("/people/{id}"), "The profile"),
        Subject::Patient => (format!("/patients/{id}"), "The patient’s accesses"),
        Subject::Review => (format!("/reviews/{id}"), "The review"),
        Subject::Complaint => (format!("/complaints/{id}"), "The complaint"),
    }
}

impl SeenPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, answer: Answer, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let first = answer.filter.first(clock::today_in(&actor.identity().time_zone));
        let until = answer.filter.last().map(|day| format!(" to {}", time::date(day))).unwrap_or_default();
        let (word, id) = (answer.subject.word(), answer.id.to_string());
        Self {
            chrome,
            fragment,
            name: match answer.subject {
                Subject::AccessLog => format!("access row {}", answer.name),
                Subject::Patient => format!("patient {}", answer.name),
                _ => answer.name,
            },
            back: back(answer.subject, answer.id),
            sentence: format!(
                "From {}{until}: who opened or changed it, and who was shown {}.",
                time::date(first),
                answer.subject.shown_words()
            ),
            refused: paging::url("/audit", &[("type", word), ("target", &id)]),
            heads: format!("When ({})|Who|How|By doing what|From|Request", time::zone_words(zone)),
            next: list.next(answer.more, answer.looks.last().map(|look| look.event_id)),
            rows: answer.looks.into_iter().map(|look| Line::of(look, zone)).collect(),
            list,
            may_export: may(actor.role(), answer.subject.exports()),
        }
    }
}

impl Line {
    fn of(look: Look, zone: chrono_tz::Tz) -> Self {
        let known = Action::ALL.iter().find(|action| action.name() == look.action);
        let nobody = if look.actor_type == "system" { "System" } else { "Nobody signed in" };
        Self {
            at: time::instant(look.event_time, zone),
            actor_href: look.actor_name.is_some().then_some(look.actor_id).flatten().map(|id| format!("/people/{id}")),
            actor: look.actor_name.or_else(|| look.actor_id.map(short)).unwrap_or_else(|| nobody.to_owned()),
            how: How::of(&look.action, look.itself),
            label: known.map_or("Action", |action| action.label()),
            action: look.action,
            ip: look.ip_address.map(|address| address.ip().to_string()).unwrap_or_default(),
            agent: look.user_agent.map(|agent| agent.replace('/', " ")).unwrap_or_default(),
            request: short(look.request_id),
            request_href: paging::url("/audit", &[("request", &look.request_id.to_string())]),
        }
    }
}

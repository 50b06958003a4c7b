//! How exports are shown: each with what it was narrowed to, in words, and the hash that its file must have.

use askama::Template;
use uuid::Uuid;

use super::model::{self, Names, STATES};
use super::queries::Exported;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Scope, may, scope_for};
use crate::web::list::{List, short};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};

/// What the queries gave.
pub struct Listed {
    /// The page's exports.
    pub exports: Vec<Exported>,
    /// Whether more follow.
    pub more: bool,
    /// Names that the reader may see of what the filters mention.
    pub names: Names,
    /// Everybody who took something.
    pub takers: Vec<(Uuid, String)>,
}

/// The page.
#[derive(Template)]
#[template(path = "exports/list.html", blocks = ["list"])]
pub struct ExportsPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
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
    person: String,
    person_href: Option<String>,
    list: &'static str,
    filter: Vec<(String, String)>,
    rows: Option<String>,
    sha256: Option<String>,
    state: (&'static str, &'static str, &'static str),
    event_href: Option<String>,
}

impl ExportsPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let everybody = scope_for(actor.role(), Action::ExportListRead) == Some(Scope::All);
        let list = if everybody { list.offer("person", listed.takers) } else { list.without("person") };
        Self {
            chrome,
            fragment,
            sentence: if everybody {
                "Every file that left this portal, whether all of it arrived or not. Nobody can change this list."
            } else {
                "Every file that you took from this portal. Nobody can change this list."
            },
            heads: format!("When ({})|Who|What|Narrowed to|Rows #|State|SHA-256 of the file", time::zone_words(zone)),
            next: list.next(listed.more, listed.exports.last().map(|export| export.event_id)),
            rows: listed.exports.into_iter().map(|export| Line::of(export, &listed.names, zone)).collect(),
            list,
            may_export: may(actor.role(), Action::ExportListExport),
        }
    }
}

impl Line {
    fn of(export: Exported, names: &Names, zone: chrono_tz::Tz) -> Self {
        let state = STATES.into_iter().find(|(word, ..)| *word == export.state).unwrap_or(STATES[3]);
        let filter = model::words(&export.filter, names);
        Self {
            at: time::instant(export.started_at, zone),
            person_href: export.actor_name.is_some().then(|| format!("/people/{}", export.actor_id)),
            person: export.actor_name.unwrap_or_else(|| short(export.actor_id)),
            list: model::list_of(&export.action),
            filter,
            rows: export.row_count.map(time::count),
            sha256: export.sha256.map(hex::encode),
            state: (state.2, state.3, state.1),
            event_href: export.request_id.map(|request| paging::url("/audit", &[("request", &request.to_string())])),
        }
    }
}

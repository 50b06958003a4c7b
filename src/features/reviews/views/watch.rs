//! The watch list: who is on it, why and since when, and what was opened of theirs lately.

use askama::Template;

use super::super::queries::watch::WatchedRow;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};
use crate::words::WatchReason;

/// The page.
#[derive(Template)]
#[template(path = "reviews/watch.html", blocks = ["list"])]
pub struct WatchPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    list: List,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    zone_name: String,
    may_start: bool,
}

struct Line {
    href: String,
    name: String,
    reason: &'static str,
    since: Option<Instant>,
    marker: String,
    rows: String,
    last: Option<Instant>,
    cases: Option<(String, String)>,
    start: String,
}

impl WatchPage {
    /// Builds the page from what the query gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, rows: Vec<WatchedRow>, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let (rows, more) = paging::cut(rows);
        Self {
            chrome,
            fragment,
            next: list.next(more, rows.last().map(|row| row.id)),
            shown: format!("{} shown", super::plural(i64::try_from(rows.len()).unwrap_or(0), "patient", "patients")),
            zone_name: time::zone_words(zone),
            may_start: may(actor.role(), Action::ReviewStart),
            rows: rows
                .into_iter()
                .map(|row| Line {
                    href: format!("/patients/{}", row.id),
                    name: super::patient(Some(row.id), row.source_patient_id).unwrap_or_default(),
                    reason: row
                        .reason
                        .as_deref()
                        .and_then(WatchReason::parse)
                        .map_or("Not recorded", WatchReason::label),
                    since: row.watched_at.map(|at| time::instant(at, zone)),
                    marker: row.marker.unwrap_or_default(),
                    rows: time::count(row.rows),
                    last: row.last_at.map(|at| time::instant(at, zone)),
                    cases: (row.open_cases > 0).then(|| {
                        (super::plural(row.open_cases, "case", "cases"), format!("/access-logs?patient={}", row.id))
                    }),
                    start: format!("/reviews/new?patient={}&kind=watch_list", row.id),
                })
                .collect(),
            list,
        }
    }
}
